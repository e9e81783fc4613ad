/**
 * Plaintexts that wait in queues, copied into cells of one size. A cell that is free again serves any queue, however
 * long others wait: in a ring one old plaintext keeps the room of all that came later.
 *
 * Bounded by the region; and a queue may hold at most as many cells as are free then (the dynamic threshold of Choudhury
 * and Hahne, IEEE/ACM Transactions on Networking 6, 1998, with alpha = 1). So one alone gets half, two that fill
 * up together a third each, and some room is always left for the next.
 */
import type { Arena } from '../arena.js';
import { LinkedSlots } from '../linked-slots.js';

/** Bytes: a frame of 1518 bytes needs one. */
export const CELL_SIZE = 2048;

export class Cells {
  /** The cells of each queue: those of one plaintext follow each other. */
  private readonly lists: LinkedSlots;
  /** The free cells, the one that is used next at the end: what was used lately is in the cache. */
  private readonly unused: Int32Array;
  private free: number;
  /** How many cells each queue holds. */
  private readonly held: Int32Array;
  /** By first cell of a plaintext: its bytes, and when it came. */
  private readonly length: Int32Array;
  private readonly arrivedAt: Float64Array;

  /** @param base where its region begins, `size` bytes */
  constructor(
    private readonly arena: Arena,
    private readonly base: number,
    size: number,
    queues: number,
  ) {
    const cells = Math.floor(size / CELL_SIZE);
    this.lists = new LinkedSlots(queues, cells);
    this.unused = Int32Array.from({ length: cells }, (_, i) => cells - 1 - i);
    this.free = cells;
    this.held = new Int32Array(queues);
    this.length = new Int32Array(cells);
    this.arrivedAt = new Float64Array(cells);
  }

  /** Copies `length` bytes (1 or more) at `at` to the end of a queue. False: its part of the room is full. */
  put(queue: number, at: number, length: number, now: number): boolean {
    const count = Math.ceil(length / CELL_SIZE);
    if (this.held[queue]! + count > this.free - count) return false;
    const first = this.unused[this.free - 1]!;
    for (let done = 0; done < length; done += CELL_SIZE) {
      const cell = this.unused[--this.free]!;
      this.lists.append(queue, cell);
      this.arena.bytes.copyWithin(this.placeOf(cell), at + done, at + Math.min(length, done + CELL_SIZE));
    }
    this.held[queue]! += count;
    this.length[first] = length;
    this.arrivedAt[first] = now;
    return true;
  }

  /** When the oldest plaintext of a queue came; Infinity: there is none. */
  oldest(queue: number): number {
    const first = this.lists.first(queue);
    return first < 0 ? Number.POSITIVE_INFINITY : this.arrivedAt[first]!;
  }

  /** Takes the oldest plaintext out of a queue: copies it to `to` and returns its length, or 0. */
  take(queue: number, to: number): number {
    const first = this.lists.first(queue);
    if (first < 0) return 0;
    const length = this.length[first]!;
    for (let done = 0; done < length; done += CELL_SIZE) {
      const from = this.placeOf(this.lists.first(queue));
      this.arena.bytes.copyWithin(to + done, from, from + Math.min(CELL_SIZE, length - done));
      this.freeFirst(queue);
    }
    return length;
  }

  /** Drops the oldest plaintext of a queue, which must have one. */
  drop(queue: number): void {
    const length = this.length[this.lists.first(queue)]!;
    for (let done = 0; done < length; done += CELL_SIZE) this.freeFirst(queue);
  }

  private freeFirst(queue: number): void {
    const cell = this.lists.first(queue);
    this.lists.remove(queue, cell);
    this.unused[this.free++] = cell;
    this.held[queue]! -= 1;
  }

  private placeOf(cell: number): number {
    return this.base + cell * CELL_SIZE;
  }
}
