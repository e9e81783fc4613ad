/**
 * How fast a link carries data, and how much of it waits on the way: from what was sent and what was acknowledged.
 *
 * A link delivers in order. So all that was sent before the newest datagram that is known to have come has come, or
 * is lost; what was sent after it is on its way. How long an acknowledgement takes beyond the least that it took lately
 * is the time in queues. A link that has a queue, or loses much, delivers what it can: that is its
 * capacity (as BBR measures its bandwidth, draft-cardwell-iccrg-bbr-congestion-control, 4.1). Times are milliseconds.
 */

/** A queue of so many milliseconds shows that a link is at its capacity. */
const FULL = 4;
/** So does the loss of this share. */
const HEAVY_LOSS = 0.02;
/** Milliseconds over which a rate is measured, and bytes that it takes at least. */
const SPAN = 50;
const LEAST_BYTES = 32 * 1024;
/** A capacity rises by this share of the difference with each measurement, and falls by that: a stall is no slow link. */
const RISE = 1 / 2;
const FALL = 1 / 8;
/** The least time of acknowledgements is that of the last two spans of so many milliseconds. */
const BASE_SPAN = 5000;
/** Milliseconds without an acknowledgement after which nothing is on its way any more. */
const SETTLED = 500;
/** A queue in the last milliseconds: what is lost is lost to it. */
const RECENT = 500;
/** Losses below this share don't count; those above are worth so many milliseconds of waiting each percent. */
const LITTLE_LOSS = 0.01;
const LOSS_COST = 300;

export class Pace {
  /** Bytes per millisecond that the link carries; 0 while unknown. */
  capacity = 0;
  /** Share of datagrams that it loses though it has no queue. */
  loss = 0;
  /** Bytes that were sent on it, and how many had been when the newest was sent that is known to have come. */
  sent = 0;
  private proved = 0;
  /** Milliseconds in queues, as the newest acknowledgement tells; when that came, and when there was a queue last. */
  private queue = 0;
  private ackedAt = Number.NEGATIVE_INFINITY;
  private fullAt = Number.NEGATIVE_INFINITY;
  private base = Number.POSITIVE_INFINITY;
  private baseNext = Number.POSITIVE_INFINITY;
  private baseFrom = Number.NEGATIVE_INFINITY;
  /** The measurement at hand: since when, bytes, whether there was a queue all the time. */
  private from = Number.NEGATIVE_INFINITY;
  private bytes = 0;
  private wasFull = true;

  /**
   * An acknowledgement: `bytes` that this link alone has carried have come. Of the newest, `sentAt` says when it was
   * sent and `mark` what `sent` was then. `loss`: what share the link loses. True: `capacity` is measured anew.
   */
  // HOT PATH
  acked(bytes: number, sentAt: number, mark: number, loss: number, now: number): boolean {
    const time = now - sentAt;
    if (mark > this.proved) this.proved = mark;
    if (now - this.baseFrom >= BASE_SPAN) {
      this.base = Math.min(this.baseNext, time);
      this.baseNext = time;
      this.baseFrom = now;
    } else if (time < this.baseNext) {
      this.baseNext = time;
      if (time < this.base) this.base = time;
    }
    this.queue = time - this.base;
    const isFull = this.queue >= FULL;
    if (isFull) this.fullAt = now;
    if (now - this.ackedAt > SPAN) this.restart(now);
    this.ackedAt = now;
    this.bytes += bytes;
    if (!isFull && loss < HEAVY_LOSS) this.wasFull = false;
    return now - this.from >= SPAN && this.bytes >= LEAST_BYTES && this.measure(now);
  }

  private measure(now: number): boolean {
    const rate = this.bytes / (now - this.from);
    const { wasFull, capacity } = this;
    this.restart(now);
    if (capacity === 0) {
      if (wasFull) this.capacity = rate;
    } else if (rate > capacity) this.capacity += (rate - capacity) * RISE;
    else if (wasFull) this.capacity += (rate - capacity) * FALL;
    return true;
  }

  private restart(now: number): void {
    this.from = now;
    this.bytes = 0;
    this.wasFull = true;
  }

  /** Looks at the link now and then. `loss`: the share that it loses, or less than 0. */
  settle(loss: number, now: number): void {
    if (now - this.ackedAt >= SETTLED) {
      this.proved = this.sent;
      this.queue = 0;
    }
    if (!this.hadQueue(now)) this.loss = Math.max(0, loss);
  }

  /** Whether what it lost lately may have been lost to a queue that was full. */
  hadQueue(now: number): boolean {
    return now - this.fullAt < RECENT;
  }

  /** How much is to be said against giving it something now, in milliseconds: the queue, and losses. */
  // HOT PATH
  cost(): number {
    const queue = this.capacity > 0 ? (this.sent - this.proved) / this.capacity - this.base : this.queue;
    const loss = this.loss > LITTLE_LOSS ? this.loss * LOSS_COST : 0;
    return queue > 0 ? queue + loss : loss;
  }
}
