/**
 * What is derived from what, beside Noise's own rules. Labels are ASCII, || joins bytes, numbers are
 * one byte; "zeros" are 32 zero bytes.
 *
 *   prologue   "Sennit v1" || cipher (1: AES-256-GCM, 2: ChaCha20-Poly1305) || length of the network's
 *              name in bytes || the name in UTF-8. Two hosts whose network or cipher differ can't even
 *              open each other's first message.
 *   psk        BLAKE2b-256("Sennit v1 psk" || the network's pre-shared key or zeros || the pair's own
 *              pre-shared key or zeros). It takes the place of Noise's psk, so there always is one.
 *   psk tag    the first 3 bytes of BLAKE2b-256("Sennit v1 psk tag" || a pre-shared key or zeros). By it the
 *              initiator says, sealed, which of two keys it would use while one of them is being replaced.
 *   mac1 key   BLAKE2b-256("mac1----" || static public key of the message's receiver).
 *   mac1       keyed BLAKE2b-128 over all bytes of the message before mac1. It proves that the sender
 *              knows whom it speaks to, and costs one hash: without it a host stays silent.
 *   cookie key BLAKE2b-256("cookie--" || static public key of the host that sends the cookie).
 *   headers    Before each of the two messages is written or read, both ends do MixHash(header), the
 *              header being the bytes in front of the Noise message. So the indices are authentic too:
 *              nobody on one link can spoil the session of all links by changing them.
 *   transport  Noise's HKDF with the handshake hash as chaining key and
 *              "Sennit v1 transport" || Split's first key || Split's second key || ML-KEM shared secret
 *              as input. The first 32 bytes of output 1 are the key from initiator to responder, the
 *              first 32 bytes of output 2 the key from responder to initiator. Who wants to read the
 *              traffic must break X25519 and ML-KEM-768 both.
 */
import { ascii, concat, wipe } from '../crypto/bytes.js';
import type { Cipher } from '../crypto/cipher.js';
import { hkdf } from '../crypto/hkdf.js';
import type { Primitives } from '../crypto/primitives.js';
import { PSK_TAG_SIZE } from '../wire/handshake.js';

/** Longest name of a network in bytes of UTF-8. */
const MAX_NETWORK_NAME = 255;

const CIPHER_NUMBER: Record<Cipher, number> = { 'aes-256-gcm': 1, 'chacha20-poly1305': 2 };
const ZEROS = new Uint8Array(32);

/** @throws RangeError when the name is longer than 255 bytes (the configuration has been checked before). */
export function prologue(network: string, cipher: Cipher): Uint8Array {
  const name = new TextEncoder().encode(network);
  if (name.length > MAX_NETWORK_NAME) throw new RangeError('the name of the network is longer than 255 bytes');
  return concat(ascii('Sennit v1'), Uint8Array.of(CIPHER_NUMBER[cipher], name.length), name);
}

export function presharedKey(primitives: Primitives, network: Uint8Array | null, pair: Uint8Array | null): Uint8Array {
  const input = concat(ascii('Sennit v1 psk'), network ?? ZEROS, pair ?? ZEROS);
  const psk = primitives.blake2b(32, input);
  wipe(input);
  return psk;
}

/** Long enough to tell two keys apart. */
export function pskTag(primitives: Primitives, psk: Uint8Array | null): Uint8Array {
  const input = concat(ascii('Sennit v1 psk tag'), psk ?? ZEROS);
  const hash = primitives.blake2b(32, input);
  wipe(input);
  return hash.slice(0, PSK_TAG_SIZE);
}

export function mac1Key(primitives: Primitives, receiverPublicKey: Uint8Array): Uint8Array {
  return primitives.blake2b(32, concat(ascii('mac1----'), receiverPublicKey));
}

export function cookieKey(primitives: Primitives, senderPublicKey: Uint8Array): Uint8Array {
  return primitives.blake2b(32, concat(ascii('cookie--'), senderPublicKey));
}

/** mac1 of a message whose mac1 lies at `offset`. */
export function mac1(primitives: Primitives, key: Uint8Array, message: Uint8Array, offset: number): Uint8Array {
  return primitives.blake2b(16, message.subarray(0, offset), key);
}

export interface TransportKeys {
  toResponder: Uint8Array;
  toInitiator: Uint8Array;
}

/** Wipes `split` and `kemSecret`. */
export function transportKeys(
  primitives: Primitives,
  handshakeHash: Uint8Array,
  split: [Uint8Array, Uint8Array],
  kemSecret: Uint8Array,
): TransportKeys {
  const input = concat(ascii('Sennit v1 transport'), split[0], split[1], kemSecret);
  const outputs = hkdf(primitives, handshakeHash, input);
  const keys = { toResponder: outputs[0].slice(0, 32), toInitiator: outputs[1].slice(0, 32) };
  wipe(input, ...outputs, ...split, kemSecret);
  return keys;
}
