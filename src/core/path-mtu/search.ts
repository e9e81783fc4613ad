/**
 * The search for the largest packet that passes the path of a link, in the manner of RFC 8899 (DPLPMTUD): padded
 * probes that must not be fragmented are sent and answered; nothing that is not authentic changes the result.
 *
 * A probe that stays away may just be lost. So with each probe goes a *companion*, as small as can be: a size counts
 * as too large only where the companion of the same moment was answered, at first for the time being (the search goes
 * on below it), in the end after so many tries that mere loss, which the companions measure, leaves no doubt. A
 * lost probe is no sign of a dead link nor of congestion, and a dead link is no sign of a small MTU.
 *
 * Sizes are bytes of IP packets, times milliseconds of one monotonic clock. At most one probe and its companion are on
 * their way; the next follows an answer or the end of patience.
 */
import type { RttEstimator } from '../link/rtt.js';
import { CERTAIN, Refusals } from './refusals.js';
import {
  AFTER_COMPANION,
  BLANK_PAUSE,
  DOUBT_PAUSE,
  LATE,
  LEAST_TRIES,
  LONGEST_DOUBT,
  LONGEST_PATIENCE,
  LONGEST_SEARCH,
  MAX_VETOES,
  MEMORY,
  MOST_BLANKS,
  MOST_PROBES,
  NO_ROOM_PAUSE,
  PATIENCE,
  PERIOD,
  REMEMBERED,
  RESIDUE,
  UNKNOWN_RTT,
} from './search-limits.js';

export type PathState = 0 | 1 | 2;
/** The peer answers no probes, or the link is down: what the device and the configuration say holds. */
export const PATH_OFF: PathState = 0;
export const PATH_SEARCHING: PathState = 1;
export const PATH_CONFIRMED: PathState = 2;

/** What is used until more is known: passes nearly everywhere, for IPv6 demands it (RFC 8200, 5). */
export const BASE_MTU = 1280;
const IDLE = 0;
/** Does what holds now still pass? */
const VERIFY = 1;
/** Between what passes and what doesn't. */
const SEARCH = 2;

export class PathMtu {
  state: PathState = PATH_OFF;
  /** Largest packet to send. */
  mtu: number;
  /** What was confirmed may not pass any more: larger datagrams should go elsewhere meanwhile. */
  doubtful = false;
  /** When `step` wants to be called. */
  due = Number.POSITIVE_INFINITY;
  /** When the present search, or the last one, began. */
  since = 0;
  /** Times that the path turned out to swallow what had passed. */
  blackHoles = 0;
  private floor: number;
  private ceiling: number;
  private phase = IDLE;
  /** The largest size that is known, or held, to pass. */
  private good = 0;
  private readonly refusals = new Refusals();
  /** BASE_MTU holds, though nobody has tried it. */
  private baseHolds = false;
  /** To be tried next, and the size that somebody hinted at; 0: none. */
  private preferred = 0;
  private hinted = 0;
  /** What was confirmed before the link went down; 0: nothing. */
  private remembered = 0;
  // The probe on its way; size 0: none.
  private size = 0;
  private number = 0;
  private answeredSmall = false;
  private readonly sizes = new Int32Array(REMEMBERED);
  /** Answers to older probes are about another time. */
  private firstNumber = 1;
  // Companions of late: sent, and answered.
  private asked = 0;
  private heard = 0;
  // The present run.
  private tries = 0;
  private probes = 0;
  private blanks = 0;
  private vetoes = 0;
  /** After a confirmation this is tried, or the next size; 0: nothing. */
  private raiseTo = 0;
  private nextPeriod = Number.POSITIVE_INFINITY;
  private doubtedAt = Number.NEGATIVE_INFINITY;
  private doubtWaits = false;

  constructor(
    private readonly rtt: RttEstimator,
    floor = 576,
    ceiling = 1500,
  ) {
    this.floor = Math.min(floor, ceiling);
    this.ceiling = ceiling;
    this.mtu = ceiling;
  }

  /** The least that every path carries, and the most that device and configuration allow. */
  setBounds(floor: number, ceiling: number, now: number): void {
    if (Math.min(floor, ceiling) === this.floor && ceiling === this.ceiling) return;
    this.floor = Math.min(floor, ceiling);
    this.ceiling = ceiling;
    if (this.state === PATH_OFF) {
      this.mtu = ceiling;
      return;
    }
    this.mtu = Math.max(this.floor, Math.min(this.mtu, ceiling));
    this.good = Math.max(this.floor, Math.min(this.good, this.mtu));
    this.refusals.clear();
    if (this.state === PATH_CONFIRMED) {
      this.begin(VERIFY, now);
      this.raiseTo = ceiling;
    } else {
      this.begin(SEARCH, now);
      this.settle();
    }
  }

  /** The link carries and the peer answers: the search begins. */
  start(now: number): void {
    if (this.state !== PATH_OFF) return;
    this.state = PATH_SEARCHING;
    this.since = now;
    this.restart(now);
    this.hinted = this.preferred = this.remembered;
    this.nextPeriod = now + PERIOD;
  }

  stop(): void {
    if (this.state === PATH_CONFIRMED) this.remembered = this.mtu;
    this.state = PATH_OFF;
    this.phase = IDLE;
    this.size = 0;
    this.doubtful = this.doubtWaits = false;
    this.mtu = this.ceiling;
    this.due = Number.POSITIVE_INFINITY;
  }

  /** The size of a probe that is to be sent now, with its companion, under `number`; 0: none. */
  step(now: number): number {
    if (now < this.due) return 0;
    if (now - this.doubtedAt >= (this.phase === VERIFY ? LONGEST_DOUBT : LONGEST_SEARCH)) this.doubtful = false;
    if (this.size !== 0) {
      if (now - this.due > LATE && this.vetoes < MAX_VETOES) {
        this.vetoes += 1;
        this.due = now + this.patience();
        return 0;
      }
      this.unanswered(now);
    } else if (this.phase === IDLE) this.wake(now);
    return now < this.due ? 0 : this.probe(now);
  }

  /** Number of the last probe. */
  get lastNumber(): number {
    return this.number;
  }

  /** The last probe could not be sent: a queue was full. */
  unsent(now: number): void {
    if (this.size === 0) return;
    this.preferred = this.size;
    this.size = 0;
    this.probes -= 1;
    this.asked -= 1;
    this.due = now + NO_ROOM_PAUSE;
  }

  /** The companion of probe `number` was answered. */
  companionAnswered(number: number, now: number): void {
    if (this.size === 0 || number !== this.number || this.answeredSmall) return;
    this.answeredSmall = true;
    this.heard += 1;
    this.due = Math.min(this.due, now + Math.max(AFTER_COMPANION, 4 * this.rtt.rttvar));
  }

  /** Probe `number`, of `size` bytes, was answered. */
  answered(number: number, size: number, now: number): void {
    if (this.state === PATH_OFF || size > this.ceiling) return;
    const age = this.number - number;
    if (!(age >= 0 && age < REMEMBERED) || number < this.firstNumber) return;
    if (this.sizes[number % REMEMBERED]! !== size) return;
    this.refusals.passed(size);
    const more = size > this.good;
    if (more) this.good = size;
    if (this.phase === VERIFY) {
      if (size >= this.mtu) this.verified(now);
      return;
    }
    this.settle();
    if (size === this.hinted) this.preferred = size + 1;
    if (age === 0 && this.size !== 0) {
      this.size = 0;
      this.due = now;
    } else if (this.phase === IDLE && more) this.begin(SEARCH, now);
  }

  /** Something large seems to have been lost though small things pass: does what holds now still pass? */
  doubt(now: number): void {
    if (this.state !== PATH_CONFIRMED || this.phase === VERIFY) return;
    if (now - this.doubtedAt < DOUBT_PAUSE) {
      this.doubtWaits = true;
      if (this.phase === IDLE) this.due = Math.min(this.due, this.doubtedAt + DOUBT_PAUSE);
      return;
    }
    this.doubtedAt = now;
    this.doubtWaits = false;
    this.begin(VERIFY, now);
    this.doubtful = true;
  }

  /** The kernel refuses packets of `size` bytes for being too large. */
  tooLarge(size: number, now: number): void {
    if (this.state === PATH_OFF || size <= this.floor || size > this.ceiling) return;
    if (size === this.size && this.phase === SEARCH) {
      this.asked -= 1;
      this.size = 0;
      this.due = now;
    }
    if (size <= this.mtu) {
      this.state = PATH_SEARCHING;
      this.restart(now);
    }
    if (this.phase !== SEARCH) return;
    this.refusals.add(size, CERTAIN);
    this.settle();
  }

  /** Somebody (ICMP; it may be forged) says that packets larger than `size` don't pass. */
  hint(size: number, now: number): void {
    if (this.phase === SEARCH && this.size > size && size > this.good && size < this.bad()) {
      this.refusals.add(this.size, 1);
      this.asked -= 1;
      this.hinted = this.preferred = size;
      this.size = 0;
      this.due = now;
    } else if (this.phase === IDLE && size < this.mtu) this.doubt(now);
  }

  /** Nothing is known. */
  private restart(now: number): void {
    this.good = this.floor;
    this.refusals.clear();
    this.baseHolds = true;
    this.begin(SEARCH, now);
    this.settle();
  }

  private begin(phase: number, now: number): void {
    if (this.phase === IDLE && this.blanks < MOST_BLANKS) this.since = now; // else what was put off goes on
    this.phase = phase;
    this.size = this.preferred = this.hinted = 0;
    this.tries = this.probes = this.blanks = this.vetoes = 0;
    this.raiseTo = 0;
    this.firstNumber = this.number + 1;
    this.due = now;
  }

  /** The time of a confirmation has come, or of a doubt that had to wait, or of a run that was put off. */
  private wake(now: number): void {
    if (this.state === PATH_SEARCHING) {
      this.begin(SEARCH, now);
      return;
    }
    this.begin(VERIFY, now);
    this.doubtful = this.doubtWaits;
    if (this.doubtWaits) this.doubtedAt = now;
    this.doubtWaits = false;
    if (now < this.nextPeriod) return;
    this.raiseTo = 1;
    this.nextPeriod = now + PERIOD;
  }

  /** Chooses the next size and takes note of it; 0 when the run is over. */
  private probe(now: number): number {
    const size = this.probes >= MOST_PROBES ? 0 : this.choose();
    this.preferred = 0;
    if (size === 0) {
      this.finish(now);
      return 0;
    }
    this.size = size;
    this.number += 1;
    this.sizes[this.number % REMEMBERED] = size;
    this.answeredSmall = false;
    this.probes += 1;
    this.asked += 1;
    if (this.asked > MEMORY) {
      this.asked /= 2;
      this.heard /= 2;
    }
    this.due = now + Math.min(LONGEST_PATIENCE + this.patience(), this.patience() * 2 ** this.blanks);
    return size;
  }

  private choose(): number {
    if (this.phase === VERIFY) return this.mtu;
    const { good, ceiling } = this;
    const bad = this.bad();
    if (this.preferred > good && this.preferred < bad) return this.preferred;
    if (bad > ceiling) return good < ceiling ? ceiling : 0;
    if (good < BASE_MTU && BASE_MTU < bad) return BASE_MTU;
    if (bad - good > 1) return (good + bad) >> 1;
    return this.isSettled(this.refusals.tries) ? 0 : bad;
  }

  /** The smallest size that seems not to pass. */
  private bad(): number {
    return this.refusals.least(this.ceiling + 1);
  }

  /** The time of the probe on its way is over. */
  private unanswered(now: number): void {
    const { size } = this;
    this.size = 0;
    this.vetoes = 0;
    if (!this.answeredSmall) {
      this.preferred = size;
      this.blanks += 1;
      if (this.blanks > 1) this.doubtful = false;
      if (this.blanks >= MOST_BLANKS) this.putOff(now);
      return;
    }
    this.blanks = 0;
    if (this.phase === SEARCH) {
      this.refusals.add(size, 1);
      this.settle();
      return;
    }
    this.tries += 1;
    if (!this.isSettled(this.tries)) return;
    // What came through before does not any more.
    const { firstNumber, tries } = this;
    this.blackHoles += 1;
    this.state = PATH_SEARCHING;
    this.restart(now);
    this.firstNumber = firstNumber;
    this.refusals.add(size, tries);
    this.settle();
  }

  /** Whether so many losses, each of a packet whose companion came through, can't be chance. */
  private isSettled(tries: number): boolean {
    if (tries < LEAST_TRIES) return false;
    // The rule of succession: few answers prove little.
    const passes = (this.heard + 1) / (this.asked + 2);
    return tries >= CERTAIN || (1 - passes) ** tries <= RESIDUE;
  }

  /** What holds from now on, by what the search knows. */
  private settle(): void {
    const base = Math.min(BASE_MTU, this.ceiling);
    this.mtu = this.baseHolds && this.good < base && base < this.bad() ? base : this.good;
  }

  private verified(now: number): void {
    const { raiseTo } = this;
    this.doubtful = false;
    this.good = this.mtu;
    this.refusals.clear();
    if (raiseTo === 0) {
      this.finish(now);
      return;
    }
    this.begin(SEARCH, now);
    this.preferred = Math.max(raiseTo, this.good + 1);
  }

  private finish(now: number): void {
    this.mtu = this.phase === SEARCH ? this.good : this.mtu;
    this.state = PATH_CONFIRMED;
    this.baseHolds = false;
    this.doubtful = false;
    this.rest(this.doubtWaits ? this.doubtedAt + DOUBT_PAUSE : this.nextPeriod, now);
  }

  private putOff(now: number): void {
    this.doubtful = false;
    this.rest(now + BLANK_PAUSE, now);
  }

  private rest(until: number, now: number): void {
    this.phase = IDLE;
    this.size = 0;
    this.due = Math.max(now, until);
  }

  private patience(): number {
    const { srtt, rttvar } = this.rtt;
    return srtt < 0 ? UNKNOWN_RTT : srtt + Math.max(PATIENCE, 4 * rttvar);
  }
}
