/**
 * One direction of one link in the relay: what becomes of a datagram, and the line in which delayed ones wait.
 *
 * A path is decided on when a datagram arrives: a drop that ends does not bring back what it took, and a delay that
 * ends lets later datagrams overtake those that still wait, as on a road that became shorter.
 */
import type { Random } from '../test/sim/random.js';

export interface Impairment {
  /** Milliseconds that every datagram waits. */
  delayMs: number;
  /** Percent of the datagrams that are lost, each by chance. */
  lossPercent: number;
  /** Bytes of UDP payload above which a datagram is dropped; null: never. */
  largest: number | null;
  /** Drops everything. */
  silent: boolean;
}

export const CLEAN: Impairment = { delayMs: 0, lossPercent: 0, largest: null, silent: false };

/** What became of the datagrams of a path. */
export interface PathCounts {
  forwarded: number;
  silent: number;
  large: number;
  lost: number;
  /** For which the relay itself had no room. */
  overrun: number;
}

/** Datagrams that may wait on one path: 300 ms at 50,000 a second. */
export const WAITING = 16_384;

/** Not to be forwarded. */
export const GONE = -1;
/** To be forwarded now. */
export const NOW = -2;

export class RelayPath {
  impairment = CLEAN;
  readonly counts: PathCounts = { forwarded: 0, silent: 0, large: 0, lost: 0, overrun: 0 };
  readonly #dueAt = new Float64Array(WAITING);
  readonly #lengths = new Int32Array(WAITING);
  readonly #random: Random;
  /** Place of the first that waits, and how many do. */
  #first = 0;
  #waiting = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** What to do with a datagram of `length` bytes of UDP payload: GONE, NOW, or the place below WAITING where it waits. */
  arrives(length: number, now: number): number {
    const { delayMs, lossPercent, largest, silent } = this.impairment;
    if (silent) return this.#gone('silent');
    if (largest !== null && length > largest) return this.#gone('large');
    if (this.#random.chance(lossPercent / 100)) return this.#gone('lost');
    if (delayMs > 0 && this.#waiting === WAITING) return this.#gone('overrun');
    this.counts.forwarded += 1;
    if (delayMs === 0) return NOW;
    const place = (this.#first + this.#waiting++) % WAITING;
    this.#dueAt[place] = now + delayMs;
    this.#lengths[place] = length;
    return place;
  }

  /** When the first one that waits is due; Infinity if none does. */
  get dueAt(): number {
    return this.#waiting > 0 ? (this.#dueAt[this.#first] ?? 0) : Number.POSITIVE_INFINITY;
  }

  /** Takes the first out of the line: its place and its length. To be called when `dueAt` has come. */
  take(): { place: number; length: number } {
    const place = this.#first;
    this.#first = (place + 1) % WAITING;
    this.#waiting -= 1;
    return { place, length: this.#lengths[place] ?? 0 };
  }

  #gone(why: 'silent' | 'large' | 'lost' | 'overrun'): number {
    this.counts[why] += 1;
    return GONE;
  }
}
