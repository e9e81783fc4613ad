/**
 * When a link that is up gives cause for doubt: a pong, or the acknowledgement of data that this link alone
 * carried, is later than it ever should be; or much of what was sent is lost. A doubt is cheap and taken back soon, so it may come early: after
 * the usual time plus four deviations (RFC 6298), at least 20 ms more than the usual time.
 *
 * Our own clockwork must have been on time: a tick that comes late vetoes the doubt, and all waiting begins
 * anew, three times in a row at most. Times are milliseconds of one monotonic clock.
 */
import { RttEstimator } from './rtt.js';

export type Doubt = 'late-pong' | 'late-ack' | 'loss';

/** Least milliseconds beyond the usual time. */
const LEAST_PATIENCE = 20;
/** Milliseconds that a receiver may take to acknowledge. */
const ACK_DELAY = 5;
/** A tick is late when it comes this much after its time. */
const LATE = 10;
const MAX_VETOES = 3;
/** More than a queue loses that a sender has filled: so many datagrams, and this share of them. */
const MANY_LOST = 16;
const HEAVY_LOSS = 0.1;
/** Milliseconds by which a datagram may be overtaken before it counts as lost. */
export const OVERTAKEN = 25;
/** Pings whose times are remembered. */
const PINGS = 16;
/** A doubt within so many milliseconds after the last was taken back makes that slower: from, up to. */
const RECENT = 500;
const FIRST_WAIT = 100;
const LONGEST_WAIT = 5000;

export class Suspicion {
  /** Doubts that were vetoed since our own clockwork was late. */
  vetoes = 0;
  private vetoesInRow = 0;
  private readonly ackTime = new RttEstimator();
  /** Since when data waits for its acknowledgement, and when some was sent last; Infinity: none waits. */
  private ackSince = Number.POSITIVE_INFINITY;
  private dataAt = Number.NEGATIVE_INFINITY;
  /** When the oldest ping that was not answered was sent; Infinity: all were. */
  private pingSince = Number.POSITIVE_INFINITY;
  private readonly pingTimes = new Float64Array(PINGS);
  private answered = -1;
  private raisedAt = Number.NEGATIVE_INFINITY;
  /** Within what time pongs were on time when the link became suspect last; 0: it never did. */
  usual = 0;
  private clearedAt = Number.NEGATIVE_INFINITY;
  /** For how long the present doubt lasts at least. */
  private wait = 0;
  /** Of what was sent lately so much was lost that the link can't be trusted with a frame alone. */
  private lossy = false;
  /** When the newest data that was acknowledged had been sent. */
  provedAt = Number.NEGATIVE_INFINITY;
  /** Data sent before this on this link alone is lost if it is not acknowledged by now: later data was, for a while. */
  lostBefore = Number.NEGATIVE_INFINITY;
  /** Up to when losses were counted. */
  countedUpTo = Number.NEGATIVE_INFINITY;
  /** What `lostBefore` will be, and since when that is known. */
  private lostNext = Number.NEGATIVE_INFINITY;
  private lostNextAt = Number.NEGATIVE_INFINITY;
  /** When the link was last known to carry. */
  lifeAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly rtt: RttEstimator) {}

  /** When the next doubt arises if nothing comes. */
  // HOT PATH
  deadline(): number {
    if (this.lossy) return Number.NEGATIVE_INFINITY;
    return Math.min(this.pongDue(), this.ackDue());
  }

  // HOT PATH
  private pongDue(): number {
    return this.pingSince + this.byPong();
  }

  // HOT PATH
  private byPong(): number {
    return byTimes(this.rtt);
  }

  // HOT PATH
  private ackDue(): number {
    return this.ackSince + this.patience();
  }

  /** Milliseconds within which data that it carries is acknowledged. */
  // HOT PATH
  patience(): number {
    return Math.max(this.byPong(), byTimes(this.ackTime)) + ACK_DELAY;
  }

  pinged(sequence: number, now: number): void {
    this.pingTimes[sequence % PINGS] = now;
    if (this.pingSince === Number.POSITIVE_INFINITY) this.pingSince = now;
  }

  /** The ping `sequence` was answered; `newest` is the last one that was sent. */
  ponged(sequence: number, newest: number, now: number): void {
    this.lifeAt = now;
    this.vetoesInRow = 0;
    if (this.answered >= 0 && ((sequence - this.answered) | 0) <= 0) return;
    this.answered = sequence;
    const ahead = (newest - sequence) >>> 0;
    if (ahead === 0) this.pingSince = Number.POSITIVE_INFINITY;
    else this.pingSince = ahead < PINGS ? this.pingTimes[((sequence + 1) >>> 0) % PINGS]! : now;
  }

  /** Data was sent on this link alone. True when it is the first to wait for its acknowledgement. */
  // HOT PATH
  sent(now: number): boolean {
    this.dataAt = now;
    if (this.ackSince !== Number.POSITIVE_INFINITY) return false;
    this.ackSince = now;
    return true;
  }

  /** Data that this link alone carried, sent at `sentAt`, was acknowledged. */
  // HOT PATH
  acked(sentAt: number, now: number): void {
    this.lifeAt = now;
    this.vetoesInRow = 0;
    this.ackTime.sample(now - sentAt);
    if (sentAt > this.provedAt) this.provedAt = sentAt;
    this.settle(now);
    // What was sent later has its time from here on: in a full queue each waits for those before it.
    this.ackSince = sentAt < this.dataAt ? now : Number.POSITIVE_INFINITY;
  }

  /** Moves `lostBefore` on, as time goes by. */
  // HOT PATH
  settle(now: number): void {
    if (now - this.lostNextAt < OVERTAKEN) return;
    this.lostBefore = this.lostNext;
    this.lostNext = this.provedAt;
    this.lostNextAt = now;
  }

  /** So many datagrams of those sent since `countedUpTo` are lost. */
  lost(datagrams: number, sent: number): void {
    this.countedUpTo = this.lostBefore;
    this.lossy = datagrams >= MANY_LOST && datagrams >= sent * HEAVY_LOSS;
  }

  /** Milliseconds that the oldest ping without an answer has waited. */
  unansweredFor(now: number): number {
    return Math.max(0, now - this.pingSince);
  }

  /** What is late, or lost; null: nothing is, or it is excused. */
  due(now: number): Doubt | null {
    if (this.lossy) return 'loss';
    const pong = this.pongDue();
    const ack = this.ackDue();
    const first = Math.min(pong, ack);
    if (now < first) return null;
    if (now - first > LATE && this.vetoesInRow < MAX_VETOES) {
      this.vetoesInRow += 1;
      this.vetoes += 1;
      this.restart(now);
      return null;
    }
    return ack <= pong ? 'late-ack' : 'late-pong';
  }

  /** What waits has its whole time again. */
  restart(now: number): void {
    this.lossy = false;
    if (this.pingSince !== Number.POSITIVE_INFINITY) this.pingSince = now;
    if (this.ackSince !== Number.POSITIVE_INFINITY) this.ackSince = now;
  }

  /** The link is suspect from now on. A doubt that comes again and again is believed for longer each time. */
  raise(now: number): void {
    if (now - this.clearedAt > RECENT + this.wait) this.wait = 0;
    else this.wait = Math.min(LONGEST_WAIT, Math.max(FIRST_WAIT, this.wait * 2));
    this.raisedAt = now;
    this.usual = this.byPong();
    this.lossy = false;
    this.ackSince = Number.POSITIVE_INFINITY;
  }

  /** Whether the pong of a ping that was sent at `sentAt` takes the doubt back. */
  clears(sentAt: number, now: number): boolean {
    return sentAt >= this.raisedAt && now >= this.raisedAt + this.wait;
  }

  /** The link is up, without a doubt. */
  clear(now: number): void {
    this.clearedAt = now;
    this.ackSince = Number.POSITIVE_INFINITY;
  }
}

/** Milliseconds within which an answer is on time. */
// HOT PATH
function byTimes(times: RttEstimator): number {
  return times.srtt + Math.max(LEAST_PATIENCE, 4 * times.rttvar);
}
