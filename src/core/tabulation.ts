/**
 * Tabulation hashing: the XOR of one word for each byte, out of tables drawn from a secret seed. Who doesn't
 * know the seed can't choose inputs that collide.
 */

/** Words of one table; the word of byte `b` at place `n` is `n * TABLE + b`. */
export const TABLE = 256;

/** Tables for `bytes` places, drawn from the seed (the splitmix sequence with the murmur3 finalizer). */
export function tabulation(seed: number, bytes: number): Int32Array {
  const table = new Int32Array(bytes * TABLE);
  let state = seed | 0;
  for (let i = 0; i < table.length; i++) {
    state = (state + 0x9e3779b9) | 0;
    let word = state ^ (state >>> 16);
    word = Math.imul(word, 0x85ebca6b);
    word ^= word >>> 13;
    word = Math.imul(word, 0xc2b2ae35);
    table[i] = word ^ (word >>> 16);
  }
  return table;
}
