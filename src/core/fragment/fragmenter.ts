/**
 * Fragments: a frame too large for one datagram goes in `count` pieces of near-equal size, each sealed
 * by itself. The plaintext of a fragment, numbers little endian:
 *
 *     0 kind = 2   1 index   2 count   3 zero   4 frame id u32   8 total length u32   12 data
 *
 * The piece size follows from total and count (total / count, rounded up), piece i starts at byte
 * i * size of the frame, and only the last piece is shorter. So the receiver knows the exact length and
 * place of every piece from the header alone, and no two pieces can overlap.
 *
 * This file is the arithmetic of it, which both directions share.
 */
import { KIND_FRAGMENT } from '../wire/transport.js';

export const FRAGMENT_HEADER_SIZE = 12;
export const MIN_FRAGMENTS = 2;
export const MAX_FRAGMENTS = 255;
/** Largest frame (with its inner header) that may travel in fragments. */
export const MAX_FRAGMENTED_TOTAL = 66_000;

export const FRAGMENT_INDEX = 1;
export const FRAGMENT_COUNT = 2;
export const FRAGMENT_RESERVED = 3;
export const FRAGMENT_FRAME_ID = 4;
export const FRAGMENT_TOTAL = 8;

/**
 * Number of fragments for `total` bytes when each takes at most `capacity` bytes of data. At least 2,
 * as one piece is no fragment. 0 when it can't be done: total not in 2..66,000, no capacity, or more
 * than 255 pieces.
 */
// HOT PATH
export function fragmentCount(total: number, capacity: number): number {
  if (total < MIN_FRAGMENTS || total > MAX_FRAGMENTED_TOTAL || capacity < 1) return 0;
  if (capacity >= total) return MIN_FRAGMENTS;
  const count = ((total + capacity - 1) / capacity) | 0;
  return count <= MAX_FRAGMENTS ? count : 0;
}

/** Bytes of data in every fragment but the last, which may be shorter. */
// HOT PATH
export function fragmentSize(total: number, count: number): number {
  return ((total + count - 1) / count) | 0;
}

/** Bytes of data in fragment `index` of `count`. */
// HOT PATH
export function fragmentLength(total: number, count: number, index: number): number {
  const size = fragmentSize(total, count);
  return Math.min(total - index * size, size);
}

/** Writes the 12-byte header at `off`. `frameId` is a u32, as a signed or an unsigned number. */
// HOT PATH
export function writeFragmentHeader(
  bytes: Uint8Array,
  off: number,
  index: number,
  count: number,
  frameId: number,
  total: number,
): void {
  bytes[off] = KIND_FRAGMENT;
  bytes[off + FRAGMENT_INDEX] = index;
  bytes[off + FRAGMENT_COUNT] = count;
  bytes[off + FRAGMENT_RESERVED] = 0;
  bytes[off + 4] = frameId;
  bytes[off + 5] = frameId >>> 8;
  bytes[off + 6] = frameId >>> 16;
  bytes[off + 7] = frameId >>> 24;
  bytes[off + 8] = total;
  bytes[off + 9] = total >>> 8;
  bytes[off + 10] = total >>> 16;
  bytes[off + 11] = 0;
}
