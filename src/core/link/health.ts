/**
 * Health of one link to one peer: a heartbeat and four states.
 *
 *     down ──pong──► probing ──pongCount pongs in a row──► up ◄──doubt, pong──► suspect
 *       ▲               │ silence for `hold`                │ silence for `hold`, a local │
 *       └───────────────┴───────────────────────────────────┴─ sign, or the peer's word ──┘
 *
 * A ping goes out every `interval` in every state. Silence is evidence only when our own clockwork was
 * on time: a tick that comes late (a stopped process, a busy machine) restarts the hold time, a few
 * times at most, instead of condemning the link. Times are milliseconds of one monotonic clock.
 */
import { Flapping } from './flapping.js';
import { Lateness } from './lateness.js';
import { RttEstimator } from './rtt.js';
import { type Doubt, Suspicion } from './suspicion.js';

export type LinkState = 0 | 1 | 2 | 3;
export const DOWN: LinkState = 0;
export const PROBING: LinkState = 1;
export const UP: LinkState = 2;
/** Up, but something is late: others carry the same beside it. See suspicion.ts. */
export const SUSPECT: LinkState = 3;

/** By number. */
export const STATE_NAMES = ['down', 'probing', 'up', 'suspect'] as const;

/** Why a link went down. The numbers stand in the shared counters. */
export const CAUSES = [
  'none',
  'silence',
  'carrier',
  'admin-down',
  'address',
  'send-error',
  'refused',
  'peer',
  'shutdown',
  'session',
] as const;
export type Cause = (typeof CAUSES)[number];

/** Ticks in a row that may be excused for being late. */
const MAX_VETOES = 3;
/** A tick is late when it comes this much after its time (or a whole interval, if that is more). */
const LATE = 30;
/** Milliseconds that a doubted link has at least to answer, and that are between two doubts. */
const LEAST_DOUBT = 20;
/** Milliseconds after which an answer says nothing any more: twice the longest interval. */
const MAX_RTT = 120_000;

export interface HealthTimers {
  /** Milliseconds between pings. */
  interval: number;
  /** Milliseconds of silence that bring the link down. */
  hold: number;
  /** Pongs in a row that bring it up. */
  pongCount: number;
}

export class LinkHealth {
  state: LinkState = DOWN;
  readonly rtt = new RttEstimator();
  readonly suspicion = new Suspicion(this.rtt);
  readonly lateness = new Lateness();
  private readonly flapping = new Flapping();
  /** True from a verdict of down until the next pong: what the peer is told in the down mask. */
  condemned = false;
  /** The peer holds this link for down; it doesn't come up meanwhile. */
  peerCondemned = false;
  /** Late ticks that were excused. */
  vetoes = 0;
  /** While it is suspect nothing takes that back: it may swallow large datagrams. Ends by itself. */
  held = false;
  sequence = 0;
  nextPing: number;
  /** The last round-trip time; Infinity before the first. */
  lastTrip = Number.POSITIVE_INFINITY;
  private lastPong = 0;
  private lastPongSequence = -1;
  private pongsInRow = 0;
  private vetoesInRow = 0;
  private doubtedAt = Number.NEGATIVE_INFINITY;
  /** When a doubted link must have answered; Infinity: nobody doubts. */
  private doubtEnds = Number.POSITIVE_INFINITY;

  constructor(
    private timers: HealthTimers,
    now: number,
  ) {
    this.nextPing = now;
  }

  setTimers(timers: HealthTimers, now: number): void {
    // Silence so far was in keeping with the old timers.
    if (timers.hold < this.timers.hold) this.lastPong = now;
    this.timers = timers;
    if (this.nextPing > now + timers.interval) this.nextPing = now + timers.interval;
  }

  /** When `silent`, `suspicious` and `ping` want to be asked next. */
  deadline(): number {
    return this.state === UP ? Math.min(this.beat(), this.suspicion.deadline()) : this.beat();
  }

  private beat(): number {
    if (this.state === DOWN) return this.nextPing;
    return Math.min(this.nextPing, this.lastPong + this.timers.hold, this.doubtEnds);
  }

  /** Whether the hold time has run out; a late tick is excused and counted. */
  silent(now: number): boolean {
    if (this.state === DOWN) return false;
    const late = now - this.beat() > Math.max(LATE, this.timers.interval);
    // Also when some of the hold time is left: the pings that were due meanwhile have not been sent.
    if (late && this.vetoesInRow < MAX_VETOES && this.lastPong < now) {
      this.vetoesInRow += 1;
      this.vetoes += 1;
      this.lastPong = now;
    }
    return now >= this.lastPong + this.timers.hold;
  }

  /** What makes a link that is up suspect, if anything does. */
  suspicious(now: number): Doubt | null {
    return this.state === UP ? this.suspicion.due(now) : null;
  }

  /** It is to be proved that the link carries: by the pong of a ping that is due now. */
  suspect(now: number): void {
    this.state = SUSPECT;
    this.suspicion.raise(now);
    this.nextPing = now;
  }

  /**
   * Something that anybody may have sent (an ICMP error) says that the peer can't be reached: ask it, and
   * expect the answer within the usual round-trip time.
   */
  doubt(now: number): void {
    if (this.state === DOWN || now - this.doubtedAt < LEAST_DOUBT) return;
    this.doubtedAt = now;
    this.doubtEnds = now + Math.max(LEAST_DOUBT, this.rtt.srtt + 4 * this.rtt.rttvar);
    this.nextPing = now;
  }

  /** Whether a doubted link has not answered in time. */
  unanswered(now: number): boolean {
    return this.state !== DOWN && now >= this.doubtEnds;
  }

  /** If a ping is due: its sequence number, and the next one is scheduled. Otherwise -1. */
  ping(now: number): number {
    if (now < this.nextPing) return -1;
    // On a grid: links with one interval tick together, so their pings share a batch. After a stall this
    // makes one ping, not a burst for those that were missed.
    this.nextPing = (Math.floor(now / this.timers.interval) + 1) * this.timers.interval;
    this.sequence = (this.sequence + 1) >>> 0;
    this.suspicion.pinged(this.sequence, now);
    return this.sequence;
  }

  /**
   * An authenticated pong for ping `sequence`, sent at `sentAt` by our clock. True when the state changed.
   * @param needed no other link of the peer is up: it is not held off for having flapped.
   * @param fastest the last round-trip time on the fastest other link, where what is late here would come over that
   */
  pong(sequence: number, sentAt: number, now: number, needed = true, fastest = Number.POSITIVE_INFINITY): boolean {
    const before = this.state;
    const rtt = now - sentAt;
    // Not from our clock, or not a number: no good peer sends that.
    if (!(rtt >= 0 && rtt <= MAX_RTT) || (this.sequence - sequence) >>> 0 > 0x7fff_ffff) return false;
    this.rtt.sample(rtt);
    this.lastTrip = rtt;
    this.lastPong = now;
    if (sentAt >= this.doubtedAt) this.doubtEnds = Number.POSITIVE_INFINITY;
    this.vetoesInRow = 0;
    this.condemned = false;
    this.pongsInRow = sequence === (this.lastPongSequence + 1) >>> 0 ? this.pongsInRow + 1 : 1;
    this.lastPongSequence = sequence;
    this.suspicion.ponged(sequence, this.sequence, now);
    if (this.state === DOWN) this.state = PROBING;
    const proved = this.pongsInRow >= this.timers.pongCount && !this.peerCondemned;
    const risen = this.state === PROBING && proved && (needed || !this.flapping.isHeldOff(now));
    if (this.state === UP) this.lateness.pong(rtt, fastest, now);
    else if (risen) this.lateness.risen(rtt, this.suspicion.usual, fastest, now);
    if (risen || this.takesBack(sentAt, rtt, fastest, now)) {
      this.state = UP;
      this.suspicion.clear(now);
    }
    return this.state !== before;
  }

  /** Whether a pong takes the doubt about the link back. */
  private takesBack(sentAt: number, rtt: number, fastest: number, now: number): boolean {
    if (this.state !== SUSPECT || this.held || !this.suspicion.clears(sentAt, now)) return false;
    return !this.lateness.outlasts(rtt, this.suspicion.usual, fastest, now);
  }

  /** Milliseconds that an answer over it takes now, as far as is known: a ping that waits may have waited for longer. */
  trip(now: number): number {
    return Math.max(this.lastTrip, this.suspicion.unansweredFor(now));
  }

  /** Brings the link down at once. True when it was not down before. `flap`: it counts toward the hold-off. */
  fail(now: number, flap = true): boolean {
    if (this.state === DOWN) return false;
    if (flap && this.state >= UP) this.flapping.fell(now, this.timers.hold);
    this.condemned = true;
    this.doubtEnds = Number.POSITIVE_INFINITY;
    this.state = DOWN;
    this.pongsInRow = 0;
    return true;
  }

  /** Pings at once, so that a link whose fault has gone is found soon. */
  hurry(now: number): void {
    this.nextPing = now;
  }
}
