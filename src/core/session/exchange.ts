/**
 * The two messages of one handshake as bytes: written, read and turned into keys. It knows nothing of
 * time, retries or which session counts; that is the machine's affair (handshake.ts).
 */
import { concat, wipe } from '../crypto/bytes.js';
import type { Cipher } from '../crypto/cipher.js';
import { HandshakeState } from '../crypto/noise.js';
import type { Primitives } from '../crypto/primitives.js';
import {
  decodeInitiationPayload,
  decodeResponsePayload,
  encodeInitiationPayload,
  encodeResponsePayload,
  INITIATION_MAC1,
  INITIATION_NOISE,
  initiationHeader,
  MAC_SIZE,
  RESPONSE_MAC1,
  RESPONSE_NOISE,
  responseHeader,
  senderIndex,
} from '../wire/handshake.js';
import { cookieKey, mac1, mac1Key, presharedKey, prologue, type TransportKeys, transportKeys } from './key-schedule.js';

export type Random = (length: number) => Uint8Array;

/** What this host is. `Identity.wipe` when it changes. */
export class Identity {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly hostId: number;
  readonly prologue: Uint8Array;
  readonly networkPsk: Uint8Array | null;
  readonly mac1Key: Uint8Array;
  readonly cookieKey: Uint8Array;

  constructor(primitives: Primitives, options: IdentityOptions) {
    this.secretKey = options.secretKey.slice();
    this.publicKey = primitives.x25519Base(this.secretKey);
    this.hostId = options.hostId;
    this.prologue = prologue(options.network, options.cipher);
    this.networkPsk = options.networkPsk?.slice() ?? null;
    this.mac1Key = mac1Key(primitives, this.publicKey);
    this.cookieKey = cookieKey(primitives, this.publicKey);
  }

  wipe(): void {
    wipe(this.secretKey, this.networkPsk);
  }
}

export interface IdentityOptions {
  /** X25519, 32 bytes; copied. */
  secretKey: Uint8Array;
  hostId: number;
  network: string;
  cipher: Cipher;
  networkPsk: Uint8Array | null;
}

/** What a configured peer is, as far as the messages need it. */
export interface Remote {
  readonly hostId: number;
  readonly publicKey: Uint8Array;
  /** The pair's own pre-shared key, or none. */
  readonly psk: Uint8Array | null;
  readonly mac1Key: Uint8Array;
}

/** An initiation of ours that waits for its response. */
export interface Initiation {
  readonly bytes: Uint8Array;
  readonly localIndex: number;
  readonly createdAt: number;
  readonly noise: HandshakeState;
  readonly decapsulationKey: Uint8Array;
}

/** Null when the peer's public key is of low order, so that no handshake with it can succeed. */
export function writeInitiation(
  primitives: Primitives,
  random: Random,
  identity: Identity,
  remote: Remote,
  localIndex: number,
  stamp: bigint,
  now: number,
): Initiation | null {
  const noise = newHandshake(primitives, identity, remote.publicKey);
  const seed = random(64);
  const { encapsulationKey, decapsulationKey } = primitives.kemKeyPair(seed);
  wipe(seed);
  const header = initiationHeader(localIndex);
  noise.mixHash(header);
  const payload = encodeInitiationPayload({ stamp, hostId: identity.hostId, encapsulationKey });
  const message = noise.writeMessage(payload, random(32));
  if (message === null) {
    noise.wipe();
    wipe(decapsulationKey);
    return null;
  }
  const bytes = withMacs(primitives, remote.mac1Key, header, message);
  return { bytes, localIndex, createdAt: now, noise, decapsulationKey };
}

export function wipeInitiation(initiation: Initiation): void {
  initiation.noise.wipe();
  wipe(initiation.decapsulationKey);
}

/** The peer's initiation, authentic and understood, not yet answered. */
export interface OpenedInitiation<T extends Remote> {
  readonly remote: T;
  readonly remoteIndex: number;
  readonly stamp: bigint;
  readonly encapsulationKey: Uint8Array;
  readonly noise: HandshakeState;
}

/** mac1 of a message whose shape was checked, or null when it was not made for this host. */
export function checkMac1(primitives: Primitives, identity: Identity, bytes: Uint8Array): Uint8Array | null {
  const offset = bytes.length - 2 * MAC_SIZE;
  const found = bytes.subarray(offset, offset + MAC_SIZE);
  return primitives.equal(mac1(primitives, identity.mac1Key, bytes, offset), found) ? found : null;
}

/** Reads an initiation whose shape and mac1 were checked. `find` names the peer of a static public key. */
export function readInitiation<T extends Remote>(
  primitives: Primitives,
  identity: Identity,
  bytes: Uint8Array,
  find: (publicKey: Uint8Array) => T | undefined,
): OpenedInitiation<T> | 'authentication' | 'unknown-key' | 'payload' | 'host-id' {
  const noise = newHandshake(primitives, identity, null);
  noise.mixHash(bytes.subarray(0, INITIATION_NOISE));
  let stranger = false;
  let remote: T | undefined;
  const payload = noise.readMessage(bytes.subarray(INITIATION_NOISE, INITIATION_MAC1), (publicKey) => {
    remote = find(publicKey);
    stranger = remote === undefined;
    return !stranger;
  });
  const content = payload && decodeInitiationPayload(payload);
  if (content && remote !== undefined && content.hostId === remote.hostId) {
    const { stamp, encapsulationKey } = content;
    return { remote, remoteIndex: senderIndex(bytes), stamp, encapsulationKey, noise };
  }
  noise.wipe();
  if (stranger) return 'unknown-key';
  if (payload === null) return 'authentication';
  return content === null ? 'payload' : 'host-id';
}

/** Writes the response and derives the keys. The state of `opened` is used up, whatever comes of it. */
export function writeResponse(
  primitives: Primitives,
  random: Random,
  identity: Identity,
  opened: OpenedInitiation<Remote>,
  localIndex: number,
): { bytes: Uint8Array; keys: TransportKeys } | 'kem-key' | 'authentication' {
  const { noise, remote } = opened;
  const seed = random(32);
  const encapsulated = primitives.kemEncapsulate(opened.encapsulationKey, seed);
  wipe(seed);
  if (encapsulated === null) {
    noise.wipe();
    return 'kem-key';
  }
  const header = responseHeader(localIndex, opened.remoteIndex);
  noise.psk = presharedKey(primitives, identity.networkPsk, remote.psk);
  noise.mixHash(header);
  const payload = encodeResponsePayload({ hostId: identity.hostId, kemCiphertext: encapsulated.ciphertext });
  const message = noise.writeMessage(payload, random(32));
  if (message === null) {
    noise.wipe();
    wipe(encapsulated.secret);
    return 'authentication';
  }
  const keys = transportKeys(primitives, noise.getHandshakeHash(), noise.split(), encapsulated.secret);
  noise.wipe();
  return { bytes: withMacs(primitives, remote.mac1Key, header, message), keys };
}

/**
 * Reads a response whose shape, mac1 and receiver index were checked. On a refusal the initiation goes
 * on waiting for the true response; on success it is used up.
 */
export function readResponse(
  primitives: Primitives,
  identity: Identity,
  remote: Remote,
  initiation: Initiation,
  bytes: Uint8Array,
): TransportKeys | 'authentication' | 'payload' | 'host-id' {
  const noise = initiation.noise.clone();
  noise.psk = presharedKey(primitives, identity.networkPsk, remote.psk);
  noise.mixHash(bytes.subarray(0, RESPONSE_NOISE));
  const payload = noise.readMessage(bytes.subarray(RESPONSE_NOISE, RESPONSE_MAC1));
  const content = payload && decodeResponsePayload(payload);
  if (!content || content.hostId !== remote.hostId) {
    noise.wipe();
    if (payload === null) return 'authentication';
    return content === null ? 'payload' : 'host-id';
  }
  const secret = primitives.kemDecapsulate(initiation.decapsulationKey, content.kemCiphertext);
  const keys = transportKeys(primitives, noise.getHandshakeHash(), noise.split(), secret);
  noise.wipe();
  wipeInitiation(initiation);
  return keys;
}

function newHandshake(primitives: Primitives, identity: Identity, remoteStatic: Uint8Array | null): HandshakeState {
  return new HandshakeState({
    primitives,
    pattern: 'IKpsk2',
    initiator: remoteStatic !== null,
    prologue: identity.prologue,
    staticSecret: identity.secretKey,
    staticPublic: identity.publicKey,
    remoteStatic,
  });
}

/** Header and Noise message, then mac1 for the receiver, then mac2, which is zero until the receiver asks for it. */
function withMacs(primitives: Primitives, key: Uint8Array, header: Uint8Array, message: Uint8Array): Uint8Array {
  const bytes = concat(header, message, new Uint8Array(2 * MAC_SIZE));
  const offset = bytes.length - 2 * MAC_SIZE;
  bytes.set(mac1(primitives, key, bytes, offset), offset);
  return bytes;
}
