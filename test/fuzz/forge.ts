/**
 * Handshake messages with any content that the holder of a static key can give them: sealed and
 * authenticated as they should be, whatever is in them.
 */
import { concat } from '../../src/core/crypto/bytes.js';
import type { Cipher } from '../../src/core/crypto/cipher.js';
import { HandshakeState } from '../../src/core/crypto/noise.js';
import type { Primitives } from '../../src/core/crypto/primitives.js';
import { mac1, mac1Key, presharedKey, prologue } from '../../src/core/session/key-schedule.js';
import {
  INITIATION_MAC1,
  INITIATION_NOISE,
  initiationHeader,
  MAC_SIZE,
  responseHeader,
  senderIndex,
} from '../../src/core/wire/handshake.js';

export interface StaticKey {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

export interface NetworkOptions {
  readonly network?: string;
  readonly cipher?: Cipher;
  readonly networkPsk?: Uint8Array | null;
}

/** The message with mac1 made anew for the host that has `publicKey`: anybody can do that. */
export function withMac1(primitives: Primitives, message: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const copy = message.slice();
  const offset = copy.length - 2 * MAC_SIZE;
  if (offset >= 0) copy.set(mac1(primitives, mac1Key(primitives, publicKey), copy, offset), offset);
  return copy;
}

/** An initiation from the holder of `from` to the host that has `to`. */
export function forgeInitiation(
  primitives: Primitives,
  from: StaticKey,
  to: Uint8Array,
  content: { readonly index: number; readonly payload: Uint8Array; readonly ephemeralSecret: Uint8Array },
  options: NetworkOptions = {},
): Uint8Array {
  const noise = stateOf(primitives, from, to, options);
  const header = initiationHeader(content.index);
  noise.mixHash(header);
  const message = noise.writeMessage(content.payload, content.ephemeralSecret);
  if (message === null) throw new Error('the receiver has a key of low order');
  return withMac1(primitives, concat(header, message, new Uint8Array(2 * MAC_SIZE)), to);
}

/** A response of the holder of `from` to an initiation of the host that has `to`. */
export function forgeResponse(
  primitives: Primitives,
  from: StaticKey,
  to: Uint8Array,
  initiation: Uint8Array,
  content: {
    readonly index: number;
    readonly ephemeralSecret: Uint8Array;
    /** Made from the initiation's payload. */
    readonly payload: (asked: Uint8Array) => Uint8Array;
  },
  options: NetworkOptions = {},
): Uint8Array {
  const noise = stateOf(primitives, from, null, options);
  noise.mixHash(initiation.subarray(0, INITIATION_NOISE));
  const asked = noise.readMessage(initiation.subarray(INITIATION_NOISE, INITIATION_MAC1));
  if (asked === null) throw new Error('the initiation is not for the holder of this key');
  const header = responseHeader(content.index, senderIndex(initiation));
  noise.psk = presharedKey(primitives, options.networkPsk ?? null, null);
  noise.mixHash(header);
  const message = noise.writeMessage(content.payload(asked), content.ephemeralSecret);
  if (message === null) throw new Error('the initiator has a key of low order');
  return withMac1(primitives, concat(header, message, new Uint8Array(2 * MAC_SIZE)), to);
}

function stateOf(
  primitives: Primitives,
  own: StaticKey,
  remoteStatic: Uint8Array | null,
  { network = 'lab', cipher = 'aes-256-gcm' }: NetworkOptions,
): HandshakeState {
  return new HandshakeState({
    primitives,
    pattern: 'IKpsk2',
    initiator: remoteStatic !== null,
    prologue: prologue(network, cipher),
    staticSecret: own.secretKey,
    staticPublic: own.publicKey,
    remoteStatic,
  });
}

/**
 * Whether an ML-KEM-768 encapsulation key is well formed: FIPS 203, 7.2, the modulus check. Its first 1152
 * bytes are 768 numbers of 12 bits, each below 3329.
 */
export function kemKeyIsGood(key: Uint8Array): boolean {
  for (let at = 0; at < 1152; at += 3) {
    const low = key[at]! | ((key[at + 1]! & 15) << 8);
    const high = (key[at + 1]! >> 4) | (key[at + 2]! << 4);
    if (low >= 3329 || high >= 3329) return false;
  }
  return true;
}
