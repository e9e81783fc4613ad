/**
 * An AEAD of no strength, but honest: text is masked with a stream of key and counter, and the tag
 * depends on key, counter and every byte of text. Ten times as fast as node:crypto for small
 * datagrams, so that hundreds of seeds take seconds. It also watches its user: a counter is never
 * used twice under a key, and a key that was taken away is never used.
 */
import type { Arena } from '../../src/core/arena.js';
import type { Aead } from '../../src/core/crypto/aead.js';
import type { Cipher } from '../../src/core/crypto/cipher.js';
import { HEADER_SIZE, SEAL_OVERHEAD } from '../../src/core/wire/transport.js';

interface Key {
  readonly a: number;
  readonly b: number;
  readonly direction: 'seal' | 'open';
  lastCounter: number;
}

export class ToyAead implements Aead {
  readonly #keys = new Map<number, Key>();
  #nextHandle = 1;
  // The tag of the datagram at hand.
  #high = 0;
  #low = 0;

  constructor(private readonly memory: Arena) {}

  /** Keys that are set up and were not taken away. */
  get keys(): number {
    return this.#keys.size;
  }

  addKey(_cipher: Cipher, key: Uint8Array, direction: 'seal' | 'open'): number {
    let a = 0x243f6a88;
    let b = 0x85a308d3;
    for (const byte of key) {
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b ^ (a >>> 11) ^ byte, 0x85ebca6b);
    }
    this.#keys.set(this.#nextHandle, { a, b, direction, lastCounter: -1 });
    return this.#nextHandle++;
  }

  removeKey(handle: number): void {
    if (!this.#keys.delete(handle)) throw new Error(`key ${handle} is taken away twice`);
  }

  seal(handle: number, counter: number, plain: number, length: number, datagram: number): void {
    const key = this.#key(handle, 'seal');
    if (counter <= key.lastCounter) throw new Error(`counter ${counter} is used again after ${key.lastCounter}`);
    key.lastCounter = counter;
    const text = datagram + HEADER_SIZE;
    this.memory.bytes.copyWithin(text, plain, plain + length);
    this.#mask(key, counter, text, length);
    this.#tag(key, counter, datagram, length);
    this.memory.view.setInt32(text + length, this.#high, true);
    this.memory.view.setInt32(text + length + 4, this.#low, true);
    this.memory.view.setInt32(text + length + 8, ~this.#high, true);
    this.memory.view.setInt32(text + length + 12, ~this.#low, true);
  }

  open(handle: number, counter: number, datagram: number, length: number): boolean {
    const key = this.#key(handle, 'open');
    const text = datagram + HEADER_SIZE;
    const size = length - SEAL_OVERHEAD;
    const { view } = this.memory;
    this.#tag(key, counter, datagram, size);
    const same =
      view.getInt32(text + size, true) === this.#high &&
      view.getInt32(text + size + 4, true) === this.#low &&
      view.getInt32(text + size + 8, true) === ~this.#high &&
      view.getInt32(text + size + 12, true) === ~this.#low;
    if (same) this.#mask(key, counter, text, size);
    return same;
  }

  #key(handle: number, direction: 'seal' | 'open'): Key {
    const key = this.#keys.get(handle);
    if (key?.direction !== direction) throw new Error(`key ${handle} is not there to ${direction} with`);
    return key;
  }

  #mask(key: Key, counter: number, at: number, length: number): void {
    const { bytes, view } = this.memory;
    let stream = Math.imul(key.a ^ Math.imul(counter, 0x9e3779b1), 0x2c1b3c6d) ^ key.b;
    const words = at + (length & ~3);
    let i = at;
    for (; i < words; i += 4) {
      stream = (Math.imul(stream, 0x19660d) + 0x3c6ef35f) | 0;
      view.setInt32(i, view.getInt32(i, true) ^ stream ^ (stream >>> 16), true);
    }
    for (; i < at + length; i++) {
      stream = (Math.imul(stream, 0x19660d) + 0x3c6ef35f) | 0;
      bytes[i]! ^= stream >>> 24;
    }
  }

  #tag(key: Key, counter: number, datagram: number, length: number): void {
    const { bytes, view } = this.memory;
    let a = key.a ^ counter;
    let b = key.b ^ length;
    const text = datagram + HEADER_SIZE;
    const words = text + (length & ~3);
    let i = text;
    for (; i < words; i += 4) {
      a = Math.imul(a ^ view.getInt32(i, true), 0x01000193);
      a ^= a >>> 15;
      b = (b + a) ^ (b >>> 7);
    }
    for (; i < text + length; i++) {
      a = Math.imul(a ^ bytes[i]!, 0x01000193);
      b = (b + a) ^ (b >>> 7);
    }
    a = Math.imul(a ^ (b >>> 15), 0x735a2d97);
    this.#high = a ^ key.b ^ (a >>> 13);
    this.#low = Math.imul(b ^ a, 0x21f0aaad) ^ key.a;
  }
}
