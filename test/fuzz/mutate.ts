/** Random changes of bytes: a few at a time, of the kinds that have broken parsers before. */
import type { Random } from '../sim/random.js';

/** No input grows beyond this, however often it is doubled: a datagram is not larger. */
const LARGEST = 66_000;

/** What a length, a count or an index is when it hurts. */
const INTERESTING = [
  0, 1, 2, 3, 4, 7, 8, 12, 13, 14, 15, 16, 17, 31, 32, 33, 63, 64, 127, 128, 254, 255, 256, 257, 1023, 1024, 1500,
  0x7fff, 0x8000, 0xfffe, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];

type Mutator = (random: Random, bytes: Uint8Array, corpus: readonly Uint8Array[]) => Uint8Array;

const MUTATORS: readonly Mutator[] = [
  (random, bytes) => inPlace(bytes, random.int(0, bytes.length - 1), (byte) => byte ^ (1 << random.int(0, 7))),
  (random, bytes) => inPlace(bytes, random.int(0, bytes.length - 1), () => random.int(0, 255)),
  (random, bytes) => inPlace(bytes, random.int(0, bytes.length - 1), (byte) => byte + random.pick([1, -1])),
  interesting,
  interesting,
  (random, bytes) => {
    const [start, end] = range(random, bytes);
    return bytes.slice().fill(random.pick([0, 255, 1, random.int(0, 255)]), start, end);
  },
  (random, bytes) => {
    const at = random.int(0, bytes.length);
    return joined(bytes.subarray(0, at), random.bytes(random.int(1, 40)), bytes.subarray(at));
  },
  (random, bytes) => {
    const [start, end] = range(random, bytes);
    return joined(bytes.subarray(0, start), bytes.subarray(end));
  },
  (random, bytes) => {
    const [start, end] = range(random, bytes);
    return joined(bytes.subarray(0, end), bytes.subarray(start));
  },
  (random, bytes) => bytes.slice(0, random.int(0, bytes.length)),
  (random, bytes) => joined(bytes, random.bytes(random.int(1, random.pick([4, 40, 400])))),
  (random, bytes, corpus) => {
    const other = random.pick(corpus);
    const at = random.int(0, Math.min(bytes.length, other.length));
    return joined(bytes.subarray(0, at), other.subarray(at));
  },
  (random, bytes, corpus) => {
    const [start, end] = range(random, random.pick(corpus));
    const piece = random.pick(corpus).subarray(start, end);
    const copy = bytes.slice();
    if (piece.length <= copy.length) copy.set(piece, random.int(0, copy.length - piece.length));
    return copy;
  },
];

/**
 * A changed copy of `bytes`, most often changed in one place. It may come out as it was.
 * @param corpus other inputs of the kind, of which pieces are taken; `bytes` may be among them
 */
export function mutate(random: Random, bytes: Uint8Array, corpus: readonly Uint8Array[] = [bytes]): Uint8Array {
  let mutated = bytes;
  for (let steps = random.pick([1, 1, 1, 2, 3, 6]); steps > 0; steps--) {
    if (mutated.length === 0) return random.bytes(random.int(0, 64));
    mutated = random.pick(MUTATORS)(random, mutated, corpus);
  }
  return mutated.length > LARGEST ? mutated.slice(0, LARGEST) : mutated;
}

/** Sets a number of 1, 2, 4 or 8 bytes somewhere, in either byte order. */
function interesting(random: Random, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const size = Math.min(random.pick([1, 2, 4, 8]), copy.length);
  const at = random.int(0, copy.length - size);
  let rest = random.pick(INTERESTING);
  const little = random.chance(0.5);
  for (let i = 0; i < size; i++) {
    copy[at + (little ? i : size - 1 - i)] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return copy;
}

/** A number that is often at an edge, of at most 32 bits. */
export function edge(random: Random): number {
  return random.chance(0.7) ? random.pick(INTERESTING) : random.word();
}

function inPlace(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = change(copy[at]!);
  return copy;
}

/** Most often a short piece. */
function range(random: Random, bytes: Uint8Array): [number, number] {
  const start = random.int(0, bytes.length);
  const most = bytes.length - start;
  return [start, start + random.int(0, random.chance(0.8) ? Math.min(most, 32) : most)];
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
