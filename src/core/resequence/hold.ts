/**
 * Plaintexts that wait for something: copies, for the buffers that they came in are used again with
 * the next batch. A ring in a region of the arena: places are given in the order of arrival and are free
 * again in that order, too, so one that stays keeps those behind it. Bounded by the region and by ENTRIES.
 */
import type { Arena } from '../arena.js';

export const ENTRIES = 8192;
const MASK = ENTRIES - 1;
/** Free bytes before each plaintext: the virtio-net header is longer than the inner one, in whose place it is written. */
const HEADROOM = 8;

export class Hold {
  readonly offset = new Int32Array(ENTRIES);
  readonly length = new Int32Array(ENTRIES);
  readonly arrivedAt = new Float64Array(ENTRIES);
  private readonly freed = new Uint8Array(ENTRIES);
  /** Entries given and taken back so far: their places are these modulo ENTRIES. */
  private given = 0;
  private back = 0;
  /** Where the next goes. */
  private top: number;

  /** @param base where its region begins, `size` bytes */
  constructor(
    private readonly arena: Arena,
    private readonly base: number,
    private readonly size: number,
  ) {
    this.top = base;
  }

  /** Entries that are not free. */
  get used(): number {
    return (this.given - this.back) & 0x7fff_ffff;
  }

  /** Copies `length` bytes at `at`; returns the entry, or -1 when there is no room. */
  // HOT PATH
  put(at: number, length: number, now: number): number {
    const place = this.place(length);
    if (place < 0) return -1;
    const entry = this.given & MASK;
    this.given = (this.given + 1) & 0x7fff_ffff;
    this.top = place + HEADROOM + length;
    this.arena.bytes.copyWithin(place + HEADROOM, at, at + length);
    this.offset[entry] = place + HEADROOM;
    this.length[entry] = length;
    this.arrivedAt[entry] = now;
    this.freed[entry] = 0;
    return entry;
  }

  /** Where there is room, or -1. What is in use lies from the oldest entry up to `top`, maybe around the end. */
  // HOT PATH
  private place(length: number): number {
    const { base } = this;
    const size = HEADROOM + length;
    if (this.used === ENTRIES) return -1;
    if (this.used === 0) return size <= this.size ? base : -1;
    const oldest = this.offset[this.back & MASK]! - HEADROOM;
    if (this.top > oldest) {
      if (this.top + size <= base + this.size) return this.top;
      return base + size < oldest ? base : -1;
    }
    return this.top + size < oldest ? this.top : -1;
  }

  /** An entry is not needed any more. */
  // HOT PATH
  free(entry: number): void {
    this.freed[entry] = 1;
    while (this.back !== this.given && this.freed[this.back & MASK]! === 1) this.back = (this.back + 1) & 0x7fff_ffff;
  }
}
