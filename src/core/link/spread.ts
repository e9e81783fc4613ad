/**
 * How the links of one peer share its traffic under round-robin.
 *
 * A weight other than 1 was set by hand: then weights say it all. Else each run goes where it comes first: the sender
 * knows of each link how long its way is and how long its queue (pace.ts). So a link that is longer, slow, or full is
 * used as soon as that is of use, and not before: little traffic keeps to the fastest links, and a stream that has filled
 * these finds the others no slower. Among links that are as good, shares follow capacities.
 */
import type { Link } from './link.js';

/** Milliseconds by which links may differ, one way, and still count as equally fast. */
export const EQUAL_DELAY = 2;
const LEAST_PULL = 0.02;
/** Milliseconds from one adjustment to the next. */
const PERIOD = 25;

export class Spread {
  /** Links of the least delay. */
  private fast = ~0;
  private adjustedAt = Number.NEGATIVE_INFINITY;

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
      else if (!link.measured) link.pull = 1;
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
    if (least === Number.POSITIVE_INFINITY) return;
    this.fast = 0;
    for (const link of links) {
      if (link === null) continue;
      link.pace.compared(least, link.measured ? EQUAL_DELAY : Number.POSITIVE_INFINITY);
      if (link.pace.lag === 0) this.fast |= 1 << link.id;
    }
  }

  /** Something new is known of a link: now and then shares are worked out anew. */
  // HOT PATH
  measured(links: readonly (Link | null)[], now: number): void {
    if (now - this.adjustedAt < PERIOD) return;
    this.adjustedAt = now;
    let largest = 0;
    for (let id = 0; id < links.length; id++) {
      const link = links[id]!;
      if (link !== null && link.pace.capacity > largest) largest = link.pace.capacity;
    }
    for (let id = 0; id < links.length; id++) {
      const link = links[id]!;
      if (link?.measured !== true) continue;
      const { capacity } = link.pace;
      link.pull = capacity > 0 ? Math.max(LEAST_PULL, capacity / largest) : 1;
    }
  }
}
