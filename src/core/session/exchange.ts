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
import {
  cookieKey,
  mac1,
  mac1Key,
  presharedKey,
  prologue,
  pskTag,
  type TransportKeys,
  transportKeys,
} from './key-schedule.js';
import type { PskOverlap } from './psk-overlap.js';

export type Random = (length: number) => Uint8Array;

/** What this host is under one of its keys. */
export class Identity {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly hostId: number;
  readonly prologue: Uint8Array;
  readonly mac1Key: Uint8Array;
  readonly cookieKey: Uint8Array;

  /** @param psk of the network, shared by all identities of the host */
  constructor(
    primitives: Primitives,
    options: IdentityOptions,
    secretKey: Uint8Array,
    readonly psk: PskOverlap,
  ) {
    this.secretKey = secretKey.slice();
    this.publicKey = primitives.x25519Base(this.secretKey);
    this.hostId = options.hostId;
    this.prologue = prologue(options.network, options.cipher);
    this.mac1Key = mac1Key(primitives, this.publicKey);
    this.cookieKey = cookieKey(primitives, this.publicKey);
  }

  wipeKey(): void {
    wipe(this.secretKey);
  }
}

export interface IdentityOptions {
  /** X25519, 32 bytes; copied. */
  secretKey: Uint8Array;
  /** Further keys of this host, at most two: initiations that were made for them are answered too. */
  answerKeys?: readonly Uint8Array[];
  hostId: number;
  network: string;
  cipher: Cipher;
  networkPsk: Uint8Array | null;
}

/** What a configured peer is, as far as the messages need it. */
export interface Remote {
  readonly hostId: number;
  /** The pair's own pre-shared key. */
  readonly psk: PskOverlap;
}

/** One of the public keys of a configured peer. */
export interface RemoteKey {
  readonly owner: Remote;
  readonly publicKey: Uint8Array;
  readonly mac1Key: Uint8Array;
}

/** An initiation of ours that waits for its response. */
export interface Initiation {
  readonly bytes: Uint8Array;
  /** The public key that it was made for. */
  readonly publicKey: Uint8Array;
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
  remote: RemoteKey,
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
  const networkTag = pskTag(primitives, identity.psk.newest);
  const pairTag = pskTag(primitives, remote.owner.psk.newest);
  const payload = encodeInitiationPayload({ stamp, hostId: identity.hostId, networkTag, pairTag, encapsulationKey });
  const message = noise.writeMessage(payload, random(32));
  if (message === null) {
    noise.wipe();
    wipe(decapsulationKey);
    return null;
  }
  const bytes = withMacs(primitives, remote.mac1Key, header, message);
  return { bytes, publicKey: remote.publicKey, localIndex, createdAt: now, noise, decapsulationKey };
}

export function wipeInitiation(initiation: Initiation): void {
  initiation.noise.wipe();
  wipe(initiation.decapsulationKey);
}

/** The peer's initiation, authentic and understood, not yet answered. */
export interface OpenedInitiation<K extends RemoteKey> {
  readonly key: K;
  readonly remoteIndex: number;
  readonly stamp: bigint;
  /** Of the pre-shared keys that the initiator would use. */
  readonly networkTag: Uint8Array;
  readonly pairTag: Uint8Array;
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
export function readInitiation<K extends RemoteKey>(
  primitives: Primitives,
  identity: Identity,
  bytes: Uint8Array,
  find: (publicKey: Uint8Array) => K | undefined,
): OpenedInitiation<K> | 'authentication' | 'unknown-key' | 'payload' | 'host-id' {
  const noise = newHandshake(primitives, identity, null);
  noise.mixHash(bytes.subarray(0, INITIATION_NOISE));
  let stranger = false;
  let key: K | undefined;
  const payload = noise.readMessage(bytes.subarray(INITIATION_NOISE, INITIATION_MAC1), (publicKey) => {
    key = find(publicKey);
    stranger = key === undefined;
    return !stranger;
  });
  const content = payload && decodeInitiationPayload(payload);
  if (content && key !== undefined && content.hostId === key.owner.hostId) {
    return { ...content, key, remoteIndex: senderIndex(bytes), noise };
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
  opened: OpenedInitiation<RemoteKey>,
  localIndex: number,
): { bytes: Uint8Array; keys: TransportKeys } | 'kem-key' | 'authentication' {
  const { noise, key } = opened;
  const seed = random(32);
  const encapsulated = primitives.kemEncapsulate(opened.encapsulationKey, seed);
  wipe(seed);
  if (encapsulated === null) {
    noise.wipe();
    return 'kem-key';
  }
  const header = responseHeader(localIndex, opened.remoteIndex);
  const network = identity.psk.withTag(primitives, opened.networkTag);
  noise.psk = presharedKey(primitives, network, key.owner.psk.withTag(primitives, opened.pairTag));
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
  return { bytes: withMacs(primitives, key.mac1Key, header, message), keys };
}

/**
 * Reads a response whose shape, mac1 and receiver index were checked, under the newest pre-shared keys and
 * then under those of before, where they still count. On a refusal the initiation goes on waiting for the
 * true response; on success it is used up.
 */
export function readResponse(
  primitives: Primitives,
  identity: Identity,
  remote: Remote,
  initiation: Initiation,
  bytes: Uint8Array,
): TransportKeys | 'authentication' | 'payload' | 'host-id' {
  for (const network of identity.psk.candidates()) {
    for (const pair of remote.psk.candidates()) {
      const psk = presharedKey(primitives, network, pair);
      const keys = readResponseUnder(psk, primitives, remote, initiation, bytes);
      if (keys !== 'authentication') return keys;
    }
  }
  return 'authentication';
}

/** Takes over `psk`. */
function readResponseUnder(
  psk: Uint8Array,
  primitives: Primitives,
  remote: Remote,
  initiation: Initiation,
  bytes: Uint8Array,
): TransportKeys | 'authentication' | 'payload' | 'host-id' {
  const noise = initiation.noise.clone();
  noise.psk = psk;
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
