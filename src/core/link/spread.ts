/**
 * How the links of one peer share its traffic under round-robin.
 *
 * A weight other than 1 was set by hand: then weights say it all. Else shares follow the time on the way: a link over
 * which it is longer, by its length and by the queue that stands on it (or that loses more), than over the best gets
 * less, until all are as late. That needs no capacity to be known, it finds it; what is wrong for a moment costs
 * little; and what is put back in order at the other end waits least.
 *
 * As long as there is little traffic only links of the least delay are used. When a queue shows there that makes them
 * nearly as late as the next, all are: a stream of TCP that has filled the fast ones meets no longer round trip then.
 */
import { LINKS } from '../limits.js';
import type { Link } from './link.js';

/** Milliseconds by which links may differ, one way, and still count as equally fast. */
const EQUAL_DELAY = 2;
/**
 * A queue on a fast link of so many milliseconds, and of this share of what the others are longer, brings these in. They
 * stay until that, and the rate, has fallen to this share.
 */
const CROWDED = 5;
const NEARLY_AS_LATE = 3 / 4;
const STILL_CROWDED = 1 / 2;
const LEAST_STAY = 1000;
/** Milliseconds by which a queue may be longer than the shortest. */
const TOLERANCE = 1;
/**
 * Of its share a link loses for each millisecond beyond this much for good, and so much as long as that lasts: a
 * proportional and an integral part, for a queue is itself a sum, and what only adds up would swing.
 */
const FALL = 1 / 400;
const MOST_FALL = 0.15;
const BRAKE = 1 / 50;
const MOST_BRAKE = 0.7;
const LEAST_PULL = 0.02;
/** Milliseconds from one adjustment to the next. */
const PERIOD = 25;

export class Spread {
  /** Links that are used as long as there is little traffic. */
  private fast = ~0;
  private crowded = false;
  private crowdedAt = Number.NEGATIVE_INFINITY;
  private rateThen = 0;
  private adjustedAt = Number.NEGATIVE_INFINITY;

  /** Those of `candidates` that are to be used now. */
  // HOT PATH
  narrow(candidates: number): number {
    const fast = candidates & this.fast;
    return this.crowded || fast === 0 ? candidates : fast;
  }

  /** A fast link of `links` where none of `chosen` is one, else none: what goes back over it is not late at times. */
  // HOT PATH
  fastestBeside(chosen: number, links: number): number {
    const fast = links & this.fast;
    return (chosen & fast) !== 0 ? 0 : fast & -fast;
  }

  /** Works shares out anew after a setting changed. @param measures what is sent is acknowledged */
  begin(links: readonly (Link | null)[], measures: boolean): void {
    const byHand = !measures || links.some((link) => link !== null && link.settings.weight !== 1);
    for (const link of links) {
      if (link === null) continue;
      if (byHand) link.pull = link.settings.weight;
      else if (!link.measured) link.pull = link.part = 1;
      link.measured = !byHand;
    }
    if (byHand) this.fast = ~0;
  }

  /** Pings have told how fast links are. @param sound those that are up, without a doubt: others are no measure */
  compare(links: readonly (Link | null)[], sound: number): void {
    let least = Number.POSITIVE_INFINITY;
    for (const link of links) {
      if (link !== null && (sound & (1 << link.id)) !== 0) least = Math.min(least, link.pace.leastTrip);
    }
    this.fast = 0;
    for (const link of links) {
      if (link === null) continue;
      const longer = (link.pace.leastTrip - least) / 2;
      link.pace.lag = link.measured && longer > EQUAL_DELAY && longer < Number.POSITIVE_INFINITY ? longer : 0;
      if (link.pace.lag === 0) this.fast |= 1 << link.id;
    }
  }

  /** Something new is known of a link: now and then shares are worked out anew. */
  // HOT PATH
  measured(links: readonly (Link | null)[], usable: number, now: number): void {
    if (now - this.adjustedAt < PERIOD) return;
    this.adjustedAt = now;
    const most = shortestKnown(links, usable, now);
    let best = Number.POSITIVE_INFINITY;
    let crowding = 0;
    let nextLag = Number.POSITIVE_INFINITY;
    let shortest = Number.POSITIVE_INFINITY;
    let rate = 0;
    for (let id = 0; id < LINKS; id++) {
      const link = links[id]!;
      if (link === null || (usable & (1 << id)) === 0) continue;
      if (!link.measured) return;
      const { pace } = link;
      const cost = pace.cost(most, now);
      if (cost < best) best = cost;
      if (pace.lateness < shortest) shortest = pace.lateness;
      if (pace.lag > 0) nextLag = Math.min(nextLag, pace.lag);
      else if (cost > crowding) crowding = cost;
      rate += pace.rate;
    }
    if (this.judge(crowding, nextLag, rate, now)) begun(links);
    if (!this.crowded && (this.fast & usable) !== usable) return;
    for (let id = 0; id < LINKS; id++) {
      const link = links[id]!;
      if (link === null || (usable & (1 << id)) === 0) continue;
      const excess = link.pace.cost(most, now) - best - TOLERANCE;
      if (excess > 0) link.part *= 1 - Math.min(MOST_FALL, excess * FALL);
    }
    this.scale(links);
    for (let id = 0; id < LINKS; id++) {
      const link = links[id]!;
      if (link === null || (usable & (1 << id)) === 0) continue;
      const more = link.pace.lateness - shortest - TOLERANCE;
      link.pull = link.part * (more > 0 ? 1 - Math.min(MOST_BRAKE, more * BRAKE) : 1);
    }
  }

  /** Whether much traffic begins now. `crowding`: the highest cost of fast links, queues or losses; `lag`: of the next. */
  // HOT PATH
  private judge(crowding: number, lag: number, rate: number, now: number): boolean {
    const enough = lag === Number.POSITIVE_INFINITY ? CROWDED : Math.max(CROWDED, lag * NEARLY_AS_LATE);
    const begins = crowding >= enough && !this.crowded;
    if (begins) {
      this.crowded = true;
      this.rateThen = rate;
    }
    if (crowding >= enough * STILL_CROWDED || rate >= this.rateThen * STILL_CROWDED) this.crowdedAt = now;
    else if (now - this.crowdedAt >= LEAST_STAY) this.crowded = false;
    return begins;
  }

  /** Brings the largest part to 1. */
  // HOT PATH
  private scale(links: readonly (Link | null)[]): void {
    let largest = 0;
    for (let id = 0; id < LINKS; id++) {
      const link = links[id]!;
      if (link !== null && link.part > largest) largest = link.part;
    }
    for (let id = 0; id < LINKS; id++) {
      const link = links[id]!;
      if (link !== null) link.part = Math.max(LEAST_PULL, link.part / largest);
    }
  }
}

/** What links have not carried while others were enough they do not catch up on. */
function begun(links: readonly (Link | null)[]): void {
  let most = 0;
  for (const link of links) if (link !== null && link.turn > most) most = link.turn;
  for (const link of links) if (link !== null && link.pace.lag > 0) link.turn = Math.max(link.turn, most);
}

/** The shortest queue that is known to stand on a link; Infinity: none is known. */
// HOT PATH
function shortestKnown(links: readonly (Link | null)[], usable: number, now: number): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (let id = 0; id < LINKS; id++) {
    const link = links[id]!;
    if (link === null || (usable & (1 << id)) === 0 || !link.pace.isKnown(now)) continue;
    if (link.pace.standing < shortest) shortest = link.pace.standing;
  }
  return shortest;
}
