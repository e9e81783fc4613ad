/**
 * How fast a link carries data, and how long it waits on the way, from what was sent and what was acknowledged. How much
 * longer an acknowledgement takes than the least that it took lately is the time in queues; the least of that within a
 * while is a queue that stands (as in RFC 8289, 3.1): what comes and goes, also where the machine is busy, is none. A
 * link with a standing queue delivers what it can: that is its capacity. Times are milliseconds.
 */

/** Milliseconds over which a rate and a queue are measured, and bytes that it takes at least. */
const SPAN = 50;
const LEAST_BYTES = 16 * 1024;
/** A queue of so many milliseconds shows that a link is at its capacity; the loss of this share does, too. */
const FULL = 4;
const HEAVY_LOSS = 0.02;
/** The least times, and the greatest rate, are those of the last one to two spans of so many milliseconds. */
const LONG_SPAN = 5000;
/** Milliseconds without an acknowledgement after which nothing is known of queues. */
const SETTLED = 500;
/** A queue in the last milliseconds: what is lost is lost to it. */
const RECENT = 500;
/** Losses below this share don't count; those above are worth so many milliseconds of waiting in all. */
const LITTLE_LOSS = 0.01;
const LOSS_COST = 300;

/** The least of the samples of the last one to two spans. */
class Least {
  least = Number.POSITIVE_INFINITY;
  private next = Number.POSITIVE_INFINITY;
  private from = Number.NEGATIVE_INFINITY;

  // HOT PATH
  sample(value: number, now: number): void {
    if (now - this.from >= LONG_SPAN) {
      this.least = Math.min(this.next, value);
      this.next = value;
      this.from = now;
    } else if (value < this.next) {
      this.next = value;
      if (value < this.least) this.least = value;
    }
  }
}

export class Pace {
  /** Bytes of data that were given to it. */
  sent = 0;
  /** Milliseconds in queues: as the newest acknowledgement tells, and those that stand. */
  queue = 0;
  standing = 0;
  /** Milliseconds by which the way over it is longer than over the fastest, without any queue; 0 for about the same. */
  lag = 0;
  /** Bytes per millisecond that were acknowledged, of late. */
  rate = 0;
  /** Share of datagrams that it loses though it has no queue. */
  private loss = 0;
  private ackedAt = Number.NEGATIVE_INFINITY;
  private measuredAt = Number.NEGATIVE_INFINITY;
  private drainedAt = Number.NEGATIVE_INFINITY;
  private fullAt = Number.NEGATIVE_INFINITY;
  private readonly base = new Least();
  private readonly trip = new Least();
  private readonly slowness = new Least();
  /** The measurement at hand: since when, bytes, the least queue. */
  private from = Number.NEGATIVE_INFINITY;
  private bytes = 0;
  private least = Number.POSITIVE_INFINITY;

  /** Bytes per millisecond that the link carries when it is full; 0 while unknown. */
  get capacity(): number {
    return this.slowness.least === Number.POSITIVE_INFINITY ? 0 : -this.slowness.least;
  }

  /** The least round-trip time of pings lately; Infinity while unknown. */
  get leastTrip(): number {
    return this.trip.least;
  }

  /**
   * An acknowledgement: `bytes` that this link alone has carried have come, the newest of them sent at `sentAt`.
   * `loss`: the share that the link loses.
   */
  // HOT PATH
  acked(bytes: number, sentAt: number, loss: number, now: number): void {
    const time = now - sentAt;
    this.base.sample(time, now);
    this.queue = time - this.base.least;
    if (this.queue >= FULL) this.fullAt = now;
    if (now - this.ackedAt > SPAN) this.restart(now);
    this.ackedAt = this.drainedAt = now;
    this.bytes += bytes;
    if (this.queue < this.least) this.least = this.queue;
    if (now - this.from < SPAN || this.bytes < LEAST_BYTES) return;
    this.rate = this.bytes / (now - this.from);
    this.standing = this.least;
    this.measuredAt = now;
    if (this.standing >= FULL || loss >= HEAVY_LOSS) this.slowness.sample(-this.rate, now);
    this.restart(now);
  }

  private restart(now: number): void {
    this.from = now;
    this.bytes = 0;
    this.least = Number.POSITIVE_INFINITY;
  }

  /** Nothing has come that this link carried: as time goes by its queue gets shorter. */
  // HOT PATH
  drain(now: number): void {
    if (this.queue <= 0) return;
    this.queue = Math.max(0, this.queue - (now - this.drainedAt));
    this.drainedAt = now;
  }

  /** The round-trip time of a ping; what is none, for the peer sent back another time, is left out. */
  ponged(time: number, now: number): void {
    if (time >= 0) this.trip.sample(time, now);
  }

  /** Looks at the link now and then. `loss`: the share that it loses, or less than 0. */
  settle(loss: number, now: number): void {
    if (now - this.ackedAt >= SETTLED) this.queue = this.standing = this.rate = 0;
    if (!this.hadQueue(now)) this.loss = Math.max(0, loss);
  }

  /** Whether what it lost lately may have been lost to a queue that was full. */
  hadQueue(now: number): boolean {
    return now - this.fullAt < RECENT;
  }

  /** How much later what is sent now comes than over the fastest link without a queue. */
  // HOT PATH
  get lateness(): number {
    return this.lag + this.queue;
  }

  /**
   * What is to be said against the link, in milliseconds: how long it is, its queue that stands, and what it loses. A
   * link that carries too little to tell has the queue of its last acknowledgement, but none longer than `most`: that
   * may be chance.
   */
  // HOT PATH
  cost(most: number, now: number): number {
    const queue = this.isKnown(now) ? this.standing : Math.min(this.queue, most);
    return this.lag + queue + (this.loss > LITTLE_LOSS ? this.loss * LOSS_COST : 0);
  }

  /** Whether it carried enough of late to tell what stands on it. */
  // HOT PATH
  isKnown(now: number): boolean {
    return now - this.measuredAt < 3 * SPAN;
  }
}
