/**
 * HMAC (RFC 2104) over BLAKE2b-512 and the HKDF of the Noise specification, section 4.3: extract with
 * the chaining key as salt, expand with the one-byte counters 1, 2 and 3 and no other
 * information. Where only two outputs are needed the third is left unused.
 */
import { concat, wipe } from './bytes.js';
import type { Primitives } from './primitives.js';

/** Bytes of output of BLAKE2b-512 (HASHLEN). */
export const HASH_LENGTH = 64;
/** Bytes of one block of BLAKE2b (BLOCKLEN), the width of HMAC's padded key. */
const BLOCK_LENGTH = 128;

/** HMAC-BLAKE2b-512; `key` is at most 128 bytes, which holds for every key here. */
export function hmac(primitives: Primitives, key: Uint8Array, data: Uint8Array): Uint8Array {
  const inner = new Uint8Array(BLOCK_LENGTH).fill(0x36);
  const outer = new Uint8Array(BLOCK_LENGTH).fill(0x5c);
  key.forEach((byte, at) => {
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  });
  const innerInput = concat(inner, data);
  const innerHash = primitives.blake2b(HASH_LENGTH, innerInput);
  const outerInput = concat(outer, innerHash);
  const result = primitives.blake2b(HASH_LENGTH, outerInput);
  wipe(inner, outer, innerInput, innerHash, outerInput);
  return result;
}

/** HKDF(chaining_key, input_key_material, outputs): two or three outputs of 64 bytes; the caller wipes them. */
export function hkdf(
  primitives: Primitives,
  chainingKey: Uint8Array,
  inputKeyMaterial: Uint8Array,
): [Uint8Array, Uint8Array, Uint8Array] {
  const temporary = hmac(primitives, chainingKey, inputKeyMaterial);
  const first = hmac(primitives, temporary, Uint8Array.of(1));
  const secondInput = concat(first, Uint8Array.of(2));
  const second = hmac(primitives, temporary, secondInput);
  const thirdInput = concat(second, Uint8Array.of(3));
  const third = hmac(primitives, temporary, thirdInput);
  wipe(temporary, secondInput, thirdInput);
  return [first, second, third];
}
