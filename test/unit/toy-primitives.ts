/**
 * Stand-ins for the handshake's cryptography with the same algebra and sizes and no strength at all:
 * a hundred times faster, so that the handshake machine can be run through thousands of fates.
 */
import type { Primitives } from '../../src/core/crypto/primitives.js';

const PRIME = 2147483647n;

function hash(length: number, ...inputs: Uint8Array[]): Uint8Array {
  let a = 0x811c9dc5 ^ length;
  let b = 0x9e3779b9;
  for (const input of inputs) {
    for (const byte of input) {
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b + byte, 0x85ebca6b) ^ (a >>> 13);
    }
    a = Math.imul(a ^ input.length, 0xc2b2ae35);
  }
  const output = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    a = Math.imul(a ^ (a >>> 15), 0x2c1b3c6d) + b;
    b = Math.imul(b ^ (b >>> 12), 0x297a2d39) ^ a;
    output[i] = a >>> 11;
  }
  return output;
}

function number(bytes: Uint8Array): bigint {
  return (new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true) % (PRIME - 1n)) + 1n;
}

function point(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setBigUint64(0, value - 1n, true);
  return bytes;
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const whole = new Uint8Array(length);
  whole.set(bytes);
  return whole;
}

export const toyPrimitives: Primitives = {
  x25519: (secret, publicKey) => point((number(secret) * number(publicKey)) % PRIME),
  x25519Base: (secret) => point((number(secret) * 7n) % PRIME),
  blake2b: (length, input, key) => hash(length, key ?? new Uint8Array(0), input),
  chachaSeal(key, nonce, ad, plaintext) {
    const sealed = new Uint8Array(plaintext.length + 16);
    sealed.set(plaintext);
    sealed.set(hash(16, key, nonce, ad, plaintext), plaintext.length);
    return sealed;
  },
  chachaOpen(key, nonce, ad, ciphertext) {
    if (ciphertext.length < 16) return null;
    const plaintext = ciphertext.slice(0, -16);
    return this.equal(hash(16, key, nonce, ad, plaintext), ciphertext.subarray(-16)) ? plaintext : null;
  },
  xchachaSeal: (key, nonce, ad, plaintext) => toyPrimitives.chachaSeal(key, nonce, ad, plaintext),
  xchachaOpen: (key, nonce, ad, ciphertext) => toyPrimitives.chachaOpen(key, nonce, ad, ciphertext),
  kemKeyPair: (seed) => ({ encapsulationKey: padded(seed.slice(0, 32), 1184), decapsulationKey: seed.slice(0, 32) }),
  kemEncapsulate: (key, random) => ({
    ciphertext: padded(random, 1088),
    secret: hash(32, key.subarray(0, 32), random.subarray(0, 32)),
  }),
  kemDecapsulate: (key, ciphertext) => hash(32, key, ciphertext.subarray(0, 32)),
  equal: (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]),
};
