/**
 * The handshake's cryptography by libsodium, compiled to WebAssembly: slow beside the data path's
 * OpenSSL, but the same on every machine, and it has ML-KEM-768.
 *
 * libsodium's JavaScript throws on a wrong length as on a forged input. Lengths are ours to get right
 * (the decoders have checked them), so only those functions catch whose input a stranger chooses.
 */
import sodium from 'libsodium-wrappers';
import type { Primitives } from '../core/crypto/primitives.js';

/** Loads libsodium once; the object can then be used at any time, synchronously. */
export async function loadSodium(): Promise<Primitives> {
  await sodium.ready;
  return primitives;
}

const primitives: Primitives = {
  x25519: (secret, point) => orNull(() => sodium.crypto_scalarmult(secret, point)),

  x25519Base: (secret) => sodium.crypto_scalarmult_base(secret),

  blake2b: (length, input, key) => sodium.crypto_generichash(length, input, key ?? null),

  chachaSeal: (key, nonce, ad, plaintext) =>
    sodium.crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, ad, null, nonce, key),

  chachaOpen: (key, nonce, ad, ciphertext) =>
    orNull(() => sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, ciphertext, ad, nonce, key)),

  xchachaSeal: (key, nonce, ad, plaintext) =>
    sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, ad, null, nonce, key),

  xchachaOpen: (key, nonce, ad, ciphertext) =>
    orNull(() => sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(null, ciphertext, ad, nonce, key)),

  kemKeyPair(seed) {
    const pair = sodium.crypto_kem_mlkem768_seed_keypair(seed);
    return { encapsulationKey: pair.publicKey, decapsulationKey: pair.privateKey };
  },

  kemEncapsulate(encapsulationKey, random) {
    const made = orNull(() => sodium.crypto_kem_mlkem768_enc_deterministic(encapsulationKey, random));
    return made && { ciphertext: made.ciphertext, secret: made.sharedSecret };
  },

  kemDecapsulate: (decapsulationKey, ciphertext) => sodium.crypto_kem_mlkem768_dec(ciphertext, decapsulationKey),

  equal: (a, b) => a.length === b.length && sodium.memcmp(a, b),
};

function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
