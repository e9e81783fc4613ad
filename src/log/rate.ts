/** So many events a second, and so many at once; the others are counted. */
export class Rate {
  private tokens: number;
  private last = Number.NEGATIVE_INFINITY;
  /** Those that were not let through since `take` asked last. */
  private withheld = 0;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
  }

  /** Whether one more may pass at this time, in milliseconds. */
  passes(now: number): boolean {
    const since = Math.max(0, now - this.last);
    this.tokens = Math.min(this.burst, this.last < 0 ? this.burst : this.tokens + (since / 1000) * this.perSecond);
    this.last = now;
    if (this.tokens >= 1) {
      this.tokens -= 1;
      return true;
    }
    this.withheld += 1;
    return false;
  }

  take(): number {
    const { withheld } = this;
    this.withheld = 0;
    return withheld;
  }
}
