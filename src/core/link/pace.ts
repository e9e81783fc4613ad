/**
 * How fast a link carries data, and how late it is what is sent over it now, from what was sent and what was acknowledged.
 * How much longer an acknowledgement takes than the least that it took lately is the time in queues; the least of that
 * within a while is a queue that stands (as in RFC 8289, 3.1): what comes and goes, also where the machine is busy, is
 * none. A link with a standing queue delivers what it can: that is its capacity.
 *
 * An acknowledgement tells of the past, a round trip ago. So a model of the queue goes along: what is sent makes it longer
 * by the time that the link takes for it, and time makes it shorter; each acknowledgement corrects it by what it was
 * wrong when that was sent. Times are milliseconds.
 */

/** Milliseconds over which a rate and a queue are measured, and bytes that it takes at least. */
const SPAN = 50;
const LEAST_BYTES = 16 * 1024;
/** A queue of so many milliseconds shows that a link is at its capacity; the loss of this share does, too. */
const FULL = 4;
const HEAVY_LOSS = 0.02;
/** Where so many times more comes in than goes out, acknowledgements wait behind that: their time tells of the other way. */
const MOSTLY_IN = 4;
/** How much of a new rate is taken over into the capacity. */
const CAPACITY_GAIN = 1 / 4;
/** The least times are those of the last one to two spans of so many milliseconds. */
const LONG_SPAN = 5000;
/** So many milliseconds later than a pong an acknowledgement may come: it waits for others to go along (acks.ts). */
const ACK_LATE = 4;
/** Milliseconds without an acknowledgement after which nothing is known of the rate. */
const SETTLED = 500;
/** A queue that stands so high, in milliseconds and in bytes, is that of a link which is given more than it carries. */
const HIGH = 8;
const HIGH_BYTES = 32 * 1024;
/** A queue in the last milliseconds: what is lost is lost to it. */
const RECENT = 500;
/** Losses below this share don't count; those above are worth so many milliseconds of waiting in all. */
const LITTLE_LOSS = 0.01;
const LOSS_COST = 300;
/** Of an error of the model so much is corrected: less where it was too short, for that is what a busy machine looks like. */
const SHORTEN = 1 / 2;
const LENGTHEN = 1 / 8;
/** The model's queue is not longer than this: no device keeps more. */
const LONGEST = 500;

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
  /** Milliseconds by which the way over it is longer than over the fastest, without any queue; 0 for about the same. */
  lag = 0;
  /** Bytes per millisecond that were acknowledged, of late. */
  rate = 0;
  /** Bytes per millisecond that the link carries when it is full; 0 while unknown. */
  capacity = 0;
  /** What the model said of what was booked last: to be handed to `acked` with its acknowledgement. */
  booked = 0;
  /** When the model's queue is empty if nothing more is sent, and the sum of all corrections so far. */
  private emptyAt = 0;
  private shift = 0;
  /** Within what time an acknowledgement would come, by what pings tell. */
  private distance = 0;
  /** Share of datagrams that it loses though it has no queue. */
  private loss = 0;
  /**
   * The same, but a short queue is none: delays that vary look like one. The lesser of the last two, for a queue that
   * begins looks like a loss: pings go before what waits in it.
   */
  private lossApart = 0;
  private lossLast = 0;
  private ackedAt = Number.NEGATIVE_INFINITY;
  private fullAt = Number.NEGATIVE_INFINITY;
  private highAt = Number.NEGATIVE_INFINITY;
  private readonly base = new Least();
  private readonly trip = new Least();
  /** The measurement at hand: since when, bytes, what had come in by then, the least queue. */
  private from = Number.NEGATIVE_INFINITY;
  private bytes = 0;
  private cameThen = 0;
  private least = Number.POSITIVE_INFINITY;

  /** The least round-trip time of pings lately; Infinity while unknown. */
  get leastTrip(): number {
    return this.trip.least;
  }

  /** Milliseconds in which what is sent now is acknowledged, as far as is known; what the link loses counts as time. */
  // HOT PATH
  due(now: number): number {
    const base = now - this.ackedAt < LONG_SPAN ? this.base.least : this.distance;
    const queue = this.emptyAt > now ? this.emptyAt - now : 0;
    return base + queue + (this.loss > LITTLE_LOSS ? this.loss * LOSS_COST : 0);
  }

  /** `bytes` go over it now. */
  // HOT PATH
  book(bytes: number, now: number): void {
    this.sent += bytes;
    if (this.emptyAt < now) this.emptyAt = now;
    if (this.capacity > 0) this.emptyAt = Math.min(now + LONGEST, this.emptyAt + bytes / this.capacity);
    this.booked = this.emptyAt - now - this.shift;
  }

  /**
   * An acknowledgement: `bytes` that this link alone has carried have come, the newest of them sent at `sentAt`, when
   * `booked` was what the model said. `loss`: the share that the link loses; `came`: bytes that came in over it so far.
   */
  // HOT PATH
  acked(bytes: number, sentAt: number, booked: number, loss: number, came: number, now: number): void {
    const time = now - sentAt;
    const before = this.base.least;
    this.base.sample(time, now);
    const queue = time - this.base.least;
    if (before !== Number.POSITIVE_INFINITY) this.correct(before - this.base.least, now);
    const error = queue - booked - this.shift;
    this.correct(error * (error < 0 ? SHORTEN : LENGTHEN), now);
    if (queue >= FULL) this.fullAt = now;
    if (now - this.ackedAt > SPAN) this.restart(came, now);
    this.ackedAt = now;
    this.bytes += bytes;
    if (queue < this.least) this.least = queue;
    if (now - this.from < SPAN || this.bytes < LEAST_BYTES) return;
    this.rate = this.bytes / (now - this.from);
    if (this.least >= HIGH && this.least * this.rate >= HIGH_BYTES) this.highAt = now;
    const full = this.least >= FULL || loss >= HEAVY_LOSS || (this.capacity > 0 && this.rate > this.capacity);
    if (full && came - this.cameThen < MOSTLY_IN * this.bytes) this.learn();
    this.restart(came, now);
  }

  /** Makes the model's queue longer by `more`, or shorter. */
  // HOT PATH
  private correct(more: number, now: number): void {
    const before = Math.max(now, this.emptyAt);
    this.emptyAt = Math.min(now + LONGEST, Math.max(now, before + more));
    this.shift += this.emptyAt - before;
  }

  // HOT PATH
  private learn(): void {
    this.capacity = this.capacity === 0 ? this.rate : this.capacity + (this.rate - this.capacity) * CAPACITY_GAIN;
  }

  private restart(came: number, now: number): void {
    this.from = now;
    this.bytes = 0;
    this.cameThen = came;
    this.least = Number.POSITIVE_INFINITY;
  }

  /**
   * The round-trip time of a ping; what is none, for the peer sent back another time, is left out. An acknowledgement takes
   * little longer than that: where the least that one took was more, there always was a queue, which is gone.
   */
  ponged(time: number, now: number): void {
    if (time < 0) return;
    this.trip.sample(time, now);
    const most = time + ACK_LATE;
    if (most < this.base.least && this.base.least !== Number.POSITIVE_INFINITY) this.base.sample(most, now);
  }

  /** Pings tell how far the other end is: `leastTrip` of this link, `fastest` of the one that brings back the answer. */
  compared(fastest: number, counts: number): void {
    const longer = (this.leastTrip - fastest) / 2;
    const known = longer > 0 && longer < Number.POSITIVE_INFINITY;
    this.lag = known && longer > counts ? longer : 0;
    this.distance = known ? fastest + longer : fastest;
  }

  /** Looks at the link now and then. `loss`: the share that it loses, or less than 0. */
  settle(loss: number, now: number): void {
    if (now - this.ackedAt >= SETTLED) this.rate = 0;
    const share = Math.max(0, loss);
    if (!this.hadQueue(now)) this.loss = share;
    if (now - this.highAt < RECENT) return;
    this.lossApart = Math.min(this.lossLast, share);
    this.lossLast = share;
  }

  /** Whether it is given more than it carries, and loses for no other reason: what was lost told the sender to slow down. */
  isOverloaded(now: number): boolean {
    return now - this.highAt < RECENT && this.lossApart <= LITTLE_LOSS;
  }

  /** Whether what it lost lately may have been lost to a queue that was full. */
  hadQueue(now: number): boolean {
    return now - this.fullAt < RECENT;
  }
}
