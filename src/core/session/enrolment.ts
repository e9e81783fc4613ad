/**
 * The two messages by which a host joins as bytes: written, read, and what is derived for them. The pattern
 * is that of the handshake, IKpsk2, with the joiner as initiator: the invitation names the inviter's static
 * key. No transport keys come of it.
 *
 *   prologue   "Sennit v1 join" || prologue of the handshake (key-schedule.ts)
 *   psk        BLAKE2b-256("Sennit v1 join psk" || one-time secret)
 *   proof key  BLAKE2b-256("Sennit v1 join proof" || one-time secret)
 *   proof      keyed BLAKE2b-256 over all bytes of the message before the proof. It takes the place of mac1:
 *              only who holds the secret makes the other end do more than one hash.
 *   headers    go into the handshake hash before each message, as in the handshake
 *
 * The first message can be opened by the inviter's static key, the second only with the one-time secret
 * too: the network's pre-shared key that it may carry is as safe as X25519 or the secret, whichever holds.
 */
import { ascii, concat, wipe } from '../crypto/bytes.js';
import type { Cipher } from '../crypto/cipher.js';
import { HandshakeState } from '../crypto/noise.js';
import type { Primitives } from '../crypto/primitives.js';
import {
  decodeJoinAnswer,
  decodeJoinRequest,
  encodeJoinAnswer,
  encodeJoinRequest,
  JOIN_NOISE,
  JOIN_PROOF_SIZE,
  type JoinAnswer,
  type JoinRequest,
  joinAnswerId,
  joinHeader,
} from '../wire/join.js';
import { TYPE_JOIN_ANSWER, TYPE_JOIN_REQUEST } from '../wire/transport.js';
import type { Random } from './exchange.js';
import { prologue } from './key-schedule.js';

/** An invitation, as far as the messages need it. */
export interface Secret {
  /** 8 bytes, in clear on the wire. */
  readonly id: Uint8Array;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/** What an end is: its static key and its network. */
export interface JoinIdentity {
  secretKey: Uint8Array;
  network: string;
  cipher: Cipher;
}

/** The joiner's side: one request, the same bytes over every link and as often as needed, and its answer. */
export class JoinAttempt {
  private constructor(
    /** The request. */
    readonly bytes: Uint8Array,
    private readonly primitives: Primitives,
    private readonly invitation: Secret,
    private readonly noise: HandshakeState,
  ) {}

  /** Null when the inviter's public key is of low order. */
  static make(
    primitives: Primitives,
    random: Random,
    invitation: Secret,
    inviterKey: Uint8Array,
    identity: JoinIdentity,
    request: JoinRequest,
  ): JoinAttempt | null {
    const noise = newHandshake(primitives, identity, inviterKey);
    const header = joinHeader(TYPE_JOIN_REQUEST, invitation.id);
    noise.mixHash(header);
    const message = noise.writeMessage(encodeJoinRequest(request), random(32));
    if (message !== null)
      return new JoinAttempt(withProof(primitives, invitation, header, message), primitives, invitation, noise);
    noise.wipe();
    return null;
  }

  /** The answer, or null for bytes that are none: forged ones don't end the attempt. The caller wipes its psk. */
  read(bytes: Uint8Array): JoinAnswer | null {
    if (joinAnswerId(bytes) === null || !hasProof(this.primitives, this.invitation, bytes)) return null;
    const noise = this.noise.clone();
    noise.psk = joinPsk(this.primitives, this.invitation);
    noise.mixHash(bytes.subarray(0, JOIN_NOISE));
    const payload = noise.readMessage(bytes.subarray(JOIN_NOISE, bytes.length - JOIN_PROOF_SIZE));
    noise.wipe();
    const answer = payload && decodeJoinAnswer(payload);
    wipe(payload);
    return answer;
  }

  wipe(): void {
    this.noise.wipe();
  }
}

/** The inviter's side: a request that is authentic, and not yet answered. */
export interface OpenedJoin {
  readonly request: JoinRequest;
  /** The joiner's static public key. */
  readonly publicKey: Uint8Array;
  readonly noise: HandshakeState;
}

/** Whether a message was made by somebody with the secret. Its shape was checked. */
export function hasProof(primitives: Primitives, invitation: Secret, bytes: Uint8Array): boolean {
  const at = bytes.length - JOIN_PROOF_SIZE;
  return primitives.equal(proofOf(primitives, invitation, bytes.subarray(0, at)), bytes.subarray(at));
}

/** Reads a request whose shape and proof were checked. */
export function readJoinRequest(
  primitives: Primitives,
  identity: JoinIdentity,
  bytes: Uint8Array,
): OpenedJoin | 'authentication' | 'payload' {
  const noise = newHandshake(primitives, identity, null);
  noise.mixHash(bytes.subarray(0, JOIN_NOISE));
  const payload = noise.readMessage(bytes.subarray(JOIN_NOISE, bytes.length - JOIN_PROOF_SIZE));
  const request = payload && decodeJoinRequest(payload);
  const publicKey = noise.remoteStatic;
  if (request && publicKey !== null) return { request, publicKey, noise };
  noise.wipe();
  return payload === null ? 'authentication' : 'payload';
}

/** Writes the answer. The state of `opened` is used up. Null when the joiner's ephemeral key is of low order. */
export function writeJoinAnswer(
  primitives: Primitives,
  random: Random,
  invitation: Secret,
  opened: OpenedJoin,
  answer: JoinAnswer,
): Uint8Array | null {
  const { noise } = opened;
  const header = joinHeader(TYPE_JOIN_ANSWER, invitation.id);
  noise.psk = joinPsk(primitives, invitation);
  noise.mixHash(header);
  const payload = encodeJoinAnswer(answer);
  const message = noise.writeMessage(payload, random(32));
  wipe(payload);
  noise.wipe();
  return message && withProof(primitives, invitation, header, message);
}

function newHandshake(primitives: Primitives, identity: JoinIdentity, remoteStatic: Uint8Array | null): HandshakeState {
  return new HandshakeState({
    primitives,
    pattern: 'IKpsk2',
    initiator: remoteStatic !== null,
    prologue: concat(ascii('Sennit v1 join'), prologue(identity.network, identity.cipher)),
    staticSecret: identity.secretKey,
    staticPublic: primitives.x25519Base(identity.secretKey),
    remoteStatic,
  });
}

function joinPsk(primitives: Primitives, { secret }: Secret): Uint8Array {
  return derived(primitives, 'Sennit v1 join psk', secret);
}

function proofOf(primitives: Primitives, { secret }: Secret, bytes: Uint8Array): Uint8Array {
  const key = derived(primitives, 'Sennit v1 join proof', secret);
  const proof = primitives.blake2b(JOIN_PROOF_SIZE, bytes, key);
  wipe(key);
  return proof;
}

function derived(primitives: Primitives, label: string, secret: Uint8Array): Uint8Array {
  const input = concat(ascii(label), secret);
  const key = primitives.blake2b(32, input);
  wipe(input);
  return key;
}

function withProof(primitives: Primitives, invitation: Secret, header: Uint8Array, message: Uint8Array): Uint8Array {
  const bytes = concat(header, message);
  return concat(bytes, proofOf(primitives, invitation, bytes));
}
