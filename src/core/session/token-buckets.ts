/**
 * Token buckets, as many as are asked for when they are made: asking one allocates nothing. Each fills at the
 * same rate up to the same depth, and is full in the beginning. Times are milliseconds; an earlier one than
 * before counts as the latest.
 */
export class TokenBuckets {
  private readonly tokens: Float64Array;
  private readonly at: Float64Array;

  /** @param rate tokens a second */
  constructor(
    count: number,
    private readonly rate: number,
    private readonly depth: number,
  ) {
    this.tokens = new Float64Array(count).fill(depth);
    this.at = new Float64Array(count);
  }

  /** Takes a token of a bucket, if `keep` of them stay in it. */
  // HOT PATH
  take(bucket: number, now: number, keep = 0): boolean {
    const passed = now - this.at[bucket]!;
    if (passed > 0) {
      this.at[bucket] = now;
      this.tokens[bucket] = Math.min(this.depth, this.tokens[bucket]! + (passed * this.rate) / 1000);
    }
    if (this.tokens[bucket]! < keep + 1) return false;
    this.tokens[bucket]! -= 1;
    return true;
  }
}
