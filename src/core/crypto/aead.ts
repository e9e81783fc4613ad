import type { Cipher } from './cipher.js';

/**
 * Sealing and opening of transport datagrams over the lane's arena. Implemented with OpenSSL through
 * the FFI (`io/openssl.ts`), and with node:crypto where that can't be had and in tests.
 */
export interface Aead {
  /** Prepares a key of 32 bytes for one direction and returns its handle. The caller wipes `key`. */
  addKey(cipher: Cipher, key: Uint8Array, direction: 'seal' | 'open'): number;
  /** Wipes and forgets a key. */
  removeKey(handle: number): void;
  /**
   * Seals `length` bytes of plaintext at `plain` into the datagram at `datagram`, whose 16-byte header
   * is already written: ciphertext behind the header, then the tag. The counters of a key should rise by
   * one. Regions may overlap.
   */
  seal(handle: number, counter: number, plain: number, length: number, datagram: number): void;
  /** Opens the datagram of `length` bytes in place; false when the tag doesn't fit. */
  open(handle: number, counter: number, datagram: number, length: number): boolean;
}
