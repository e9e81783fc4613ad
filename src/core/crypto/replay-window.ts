/**
 * The replay window: which counters of a receive key have come already. One key serves all links, so
 * this is also what drops the second copy of a datagram that was sent on two links.
 *
 * A ring of 2048 words with a bit for each counter, moved on word by word (as RFC 6479 does): the
 * newest word is the one with the highest counter, so between 65,505 and 65,536 counters up to the
 * highest are remembered. What is older is refused. A counter that leaves without having come is lost.
 */
import { REJECT_AFTER_DATAGRAMS } from '../wire/transport.js';

export const COUNTER_FRESH = 0;
export const COUNTER_DUPLICATE = 1;
export const COUNTER_TOO_OLD = 2;

/** Highest counter that the window takes in; all counters that a key may use are below it. */
export const MAX_COUNTER = REJECT_AFTER_DATAGRAMS;

const WORDS = 2048;
const RING = WORDS - 1;
const BITS = 32;

export class ReplayWindow {
  // Signed words: an Int32Array only ever yields small integers.
  private readonly bits = new Int32Array(WORDS);
  private top = -1;
  private topWord = -1;
  private lostCount = 0;

  /** Highest counter marked, -1 before the first. */
  get highest(): number {
    return this.top;
  }

  /** Counters that have left the window without having been marked. */
  get lost(): number {
    return this.lostCount;
  }

  /**
   * Whether a datagram with this counter may be new: one of the COUNTER_ results. Changes nothing, so it
   * may be asked before authentication. A counter outside of 0..2^28 is reported as too old.
   */
  // HOT PATH
  check(counter: number): number {
    if (counter > this.top) return counter <= MAX_COUNTER ? COUNTER_FRESH : COUNTER_TOO_OLD;
    const word = counter >> 5;
    if (counter < 0 || word <= this.topWord - WORDS) return COUNTER_TOO_OLD;
    return (this.bits[word & RING]! & (1 << (counter & 31))) === 0 ? COUNTER_FRESH : COUNTER_DUPLICATE;
  }

  /** Notes that the datagram with this counter was authentic. Ignores counters that `check` calls too old. */
  // HOT PATH
  mark(counter: number): void {
    if (counter < 0 || counter > MAX_COUNTER) return;
    const word = counter >> 5;
    if (counter > this.top) {
      if (word > this.topWord) this.advance(word);
      this.top = counter;
    } else if (word <= this.topWord - WORDS) {
      return;
    }
    this.bits[word & RING]! |= 1 << (counter & 31);
  }

  /** A bit for each counter from 32 * `word` on that was marked; 0 outside of the window. */
  // HOT PATH
  wordAt(word: number): number {
    return word < 0 || word > this.topWord || word <= this.topWord - WORDS ? 0 : this.bits[word & RING]!;
  }

  /** Makes `word` the newest. Takes at most one round of the ring, however far the jump. */
  // HOT PATH
  private advance(word: number): void {
    const before = this.topWord;
    const steps = word - before;
    const cleared = Math.min(steps, WORDS);
    // Words before counter 0 have never been in the window, so the first round loses nothing.
    let lost = 0;
    for (let step = 1; step <= cleared; step++) {
      const at = (before + step) & RING;
      if (before + step >= WORDS) lost += BITS - popcount(this.bits[at]!);
      this.bits[at] = 0;
    }
    // Words that the jump left behind without ever having been in the ring.
    if (steps > WORDS) lost += BITS * (steps - WORDS);
    this.lostCount += lost;
    this.topWord = word;
  }
}

/** Number of one bits in a 32-bit word. */
// HOT PATH
function popcount(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  n = (n + (n >>> 4)) & 0x0f0f0f0f;
  return Math.imul(n, 0x01010101) >>> 24;
}
