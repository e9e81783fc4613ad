/**
 * In which order the datagrams of one peer are to be taken that spreads them over its links: what is next, what waits
 * for it, and how much later than others each link brings things. See resequencer.ts.
 */
import { LINKS } from '../limits.js';
import type { Link } from '../link/link.js';
import type { KeyPair } from '../session/key-ring.js';

/** Counters from the next one on of which datagrams may wait: more than 200 ms of 200 Mbit/s. */
export const SPAN = 4096;
const MASK = SPAN - 1;

/** Below this links are equal, milliseconds: nothing waits for longer than until all sockets were looked at. */
const EQUAL = 0.5;
/** How much longer is waited than the largest delay that was measured: this share, at least so many milliseconds. */
const MARGIN = 1 / 8;
const LEAST_MARGIN = 2;
/** Nothing waits longer than this, whatever was measured. */
export const LONGEST_WAIT = 100;
/** A measurement counts anew when a link has brought so many counters since the last. */
const ENOUGH = 16;

export class Order {
  /** The peer says that it spreads data over its links. */
  spreads = true;
  /** Under which key it counts now, and did before. */
  pair: KeyPair | null = null;
  older: KeyPair | null = null;
  /** The counter whose turn it is, and the highest that has come. */
  next = 0;
  top = -1;
  /** Datagrams that wait. */
  held = 0;
  /** Which gap is waited for, since when, and the first that waits behind it; and since when the last was that was given up. */
  gap = -1;
  since = 0;
  behind = -1;
  gaveUpSince = 0;
  /** Highest counter that each link has brought: what comes on a link comes in order. */
  readonly highest = new Int32Array(LINKS).fill(-1);
  private readonly entries = new Int32Array(SPAN).fill(-1);
  /** By how many milliseconds a link was later than others at most: in this period, and in the one before. */
  private readonly late = new Float64Array(LINKS);
  private readonly lateBefore = new Float64Array(LINKS);
  private readonly highestThen = new Int32Array(LINKS).fill(-1);
  /** Links that brought data: in this period, and in the last one before it in which any came. */
  private carry = 0;
  private carriedBefore = ~0;

  /** Counts under another key from now on; nothing waits. */
  begin(pair: KeyPair, counter: number, now: number): void {
    this.older = this.pair;
    this.pair = pair;
    this.next = counter;
    this.top = counter - 1;
    this.gap = -1;
    this.gaveUpSince = now;
    this.highest.fill(-1);
    this.highestThen.fill(-1);
  }

  /** The entry of a counter between `next` and `next + SPAN`, or -1. */
  // HOT PATH
  entryOf(counter: number): number {
    return this.entries[counter & MASK]!;
  }

  // HOT PATH
  keep(counter: number, entry: number): void {
    this.entries[counter & MASK] = entry;
    this.held += 1;
  }

  // HOT PATH
  drop(counter: number): void {
    this.entries[counter & MASK] = -1;
    this.held -= 1;
  }

  /** A link has brought data. */
  // HOT PATH
  brought(link: number): void {
    this.carry |= 1 << link;
  }

  /** Links that data may come on. What others bring is heartbeats: nothing waits for those. */
  get carriers(): number {
    return this.carry | this.carriedBefore;
  }

  /** A link was so many milliseconds later than others. */
  // HOT PATH
  wasLate(link: number, milliseconds: number): void {
    if (milliseconds > this.late[link]!) this.late[link] = milliseconds;
  }

  /**
   * For how long what is missing is waited for, milliseconds: by how much the links that carry data were later than others,
   * whichever it was. Queues come and go, and the one that was late makes up for the other. Where pings tell that
   * one link is longer than another, it is used where queues make up for that; so there it is as much, and half as much
   * again.
   */
  // HOT PATH
  waitFor(of: readonly (Link | null)[]): number {
    const { carriers } = this;
    let most = 0;
    let longest = 0;
    for (let id = 0; id < LINKS; id++) {
      const lag = of[id]?.pace.lag ?? 0;
      if (lag > longest) longest = lag;
      if ((carriers & (1 << id)) === 0) continue;
      const late = Math.max(this.late[id]!, this.lateBefore[id]!);
      if (late > most) most = late;
    }
    if (longest > most) most = longest;
    return most < EQUAL ? 0 : Math.min(LONGEST_WAIT, most + Math.max(LEAST_MARGIN, most * MARGIN, longest / 2));
  }

  /** Another period of measurement begins for links that have carried something in this one. */
  turn(): void {
    if (this.carry !== 0) {
      this.carriedBefore = this.carry;
      this.carry = 0;
    }
    for (let id = 0; id < LINKS; id++) {
      if (this.highest[id]! - this.highestThen[id]! < ENOUGH) continue;
      this.highestThen[id] = this.highest[id]!;
      this.lateBefore[id] = this.late[id]!;
      this.late[id] = 0;
    }
  }
}
