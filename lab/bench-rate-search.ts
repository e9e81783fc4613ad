/**
 * Looks for the highest rate that a system carries with at most 1 % lost. Trials go up or down from a first
 * rate with steps that grow, until one has passed and one has failed; then the gap between them is halved.
 */

/** What became of one trial. */
export interface Trial {
  sent: number;
  received: number;
  /** Datagrams per second that arrived. */
  rate: number;
  /** Datagrams per second that the sender managed to send. */
  sentRate: number;
}

/** Most that may be lost. */
const LOSS = 0.01;
/** A trial that lost no more than this may have met a hiccup of the machine: it is done again, once. */
const DOUBT = 0.05;
/** A sender that manages less than this share of what it is asked for was held up. */
const MANAGED = 0.9;
/** Nothing that carries frames at all carries fewer per second. */
const LOWEST = 500;
/** Bounds the search on a machine so busy that trials contradict each other. */
const MOST_TRIALS = 24;

export class RateSearch {
  /** Highest rate that was asked for and passed; where the search of a later round best begins. */
  passed = 0;
  /** The most that arrived per second in a trial that passed. */
  best = 0;
  private failed = Infinity;
  /** The most that the sender managed in a trial that passed. */
  private mostSent = 0;
  private doubted = 0;
  private trials = 0;
  private readonly first: number;
  private step: number;

  /**
   * @param first the rate to begin with, datagrams per second
   * @param known whether `first` is what an earlier search found, so that small steps do
   * @param precision when highest passed and lowest failed rate are this close (relative), the search ends
   */
  constructor(
    first: number,
    known: boolean,
    private readonly precision: number,
  ) {
    this.first = Math.round(first);
    this.step = known ? 1 + 2 * precision : 2;
  }

  /** The rate of the next trial; null when the search has ended. */
  next(): number | null {
    if (this.trials >= MOST_TRIALS) return null;
    if (this.doubted > 0) return this.doubted;
    if (this.trials === 0) return this.first;
    if (this.passed === 0) return this.failed > LOWEST ? this.stepFrom(this.failed, 1 / this.step) : null;
    if (this.failed === Infinity) return this.stepFrom(this.passed, this.step);
    if (this.failed / this.passed <= 1 + this.precision) return null;
    return Math.round(Math.sqrt(this.failed * this.passed));
  }

  /** Takes in the trial at the rate that `next` had asked for. */
  record(asked: number, trial: Trial): void {
    this.trials += 1;
    const loss = trial.sent === 0 ? 1 : 1 - trial.received / trial.sent;
    const passed = loss <= LOSS;
    // Held up, and no faster than when less was asked for: the sender is the limit, or what it measures leaves it no time.
    const heldUp = trial.sentRate < asked * MANAGED && trial.sentRate <= this.mostSent;
    if (passed) {
      this.passed = Math.max(this.passed, asked);
      this.best = Math.max(this.best, trial.rate);
      this.mostSent = Math.max(this.mostSent, trial.sentRate);
    }
    const unclear = passed ? heldUp : loss <= DOUBT;
    const again = unclear && this.doubted !== asked;
    if (!again && (unclear || !passed)) this.failed = Math.min(this.failed, asked);
    this.doubted = again ? asked : 0;
  }

  private stepFrom(rate: number, factor: number): number {
    this.step **= this.step < 1.5 ? 1.5 : 1;
    return Math.round(rate * factor);
  }
}
