/**
 * The functions of cryptography that the handshake needs, as an interface: the core is given them
 * (`io/sodium.ts`), it never imports them. All inputs and outputs are whole byte arrays; the
 * handshake is not on the hot path.
 */
export interface Primitives {
  /** X25519 (RFC 7748). Returns null for an all-zero result (low-order point). */
  x25519(secret: Uint8Array, point: Uint8Array): Uint8Array | null;
  x25519Base(secret: Uint8Array): Uint8Array;
  /** BLAKE2b (RFC 7693) with `length` bytes of output (1 to 64) and an optional key. */
  blake2b(length: number, input: Uint8Array, key?: Uint8Array): Uint8Array;
  /** ChaCha20-Poly1305 (RFC 8439); `nonce` is 12 bytes; returns ciphertext || tag. */
  chachaSeal(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Returns null when the tag does not fit. */
  chachaOpen(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, ciphertext: Uint8Array): Uint8Array | null;
  /** XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03); `nonce` is 24 bytes; returns ciphertext || tag. */
  xchachaSeal(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Returns null when the tag does not fit. */
  xchachaOpen(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, ciphertext: Uint8Array): Uint8Array | null;
  /** ML-KEM-768 (FIPS 203) key pair from a 64-byte seed. */
  kemKeyPair(seed: Uint8Array): { encapsulationKey: Uint8Array; decapsulationKey: Uint8Array };
  /** Encapsulates with 32 bytes of randomness; null for a malformed key. */
  kemEncapsulate(
    encapsulationKey: Uint8Array,
    random: Uint8Array,
  ): { ciphertext: Uint8Array; secret: Uint8Array } | null;
  kemDecapsulate(decapsulationKey: Uint8Array, ciphertext: Uint8Array): Uint8Array;
  /** Compares in constant time. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}
