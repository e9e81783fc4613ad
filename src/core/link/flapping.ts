/**
 * Damping of a link that comes and goes: each time it falls within a while it must wait longer before it may
 * come up again, from the hold time, doubled, to a bound. Every QUIET without a fall one is forgiven.
 */

/**
 * Milliseconds after which one fall does not count any more, and the longest wait. They are equal so that the wait alone
 * forgives no more than the next fall adds.
 */
const QUIET = 10_000;
const LONGEST = 10_000;

export class Flapping {
  private falls = 0;
  private fellAt = Number.NEGATIVE_INFINITY;
  private heldOffUntil = Number.NEGATIVE_INFINITY;

  /** The link went down. `hold`: its hold time in milliseconds. */
  fell(now: number, hold: number): void {
    const quiet = Math.floor((now - this.fellAt) / QUIET);
    this.falls = Math.max(0, this.falls - quiet) + 1;
    this.fellAt = now;
    // Once is no flapping.
    this.heldOffUntil = this.falls === 1 ? now : now + Math.min(LONGEST, hold * 2 ** Math.min(20, this.falls - 2));
  }

  /** Whether it may not come up yet. */
  isHeldOff(now: number): boolean {
    return now < this.heldOffUntil;
  }
}
