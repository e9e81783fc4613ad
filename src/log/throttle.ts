/** Keeps one event from filling the log: of each name a bounded number of lines passes, the others are counted. */
import type { EventName } from './events.js';
import { Rate } from './rate.js';

/** Lines of one event that pass at once: one for each of 8 links of 250 peers, as when a switch fails. */
const BURST = 2000;
/** And then each second. */
const PER_SECOND = 20;

interface Known {
  readonly rate: Rate;
  suppressed: number;
}

export class Throttle {
  /** Bounded by the events that there are. */
  private readonly known = new Map<EventName, Known>();

  /** Whether one more line may pass at this time, in milliseconds. */
  passes(event: EventName, now: number): boolean {
    let known = this.known.get(event);
    if (known === undefined) {
      known = { rate: new Rate(PER_SECOND, BURST), suppressed: 0 };
      this.known.set(event, known);
    }
    if (known.rate.passes(now)) return true;
    known.suppressed += 1;
    return false;
  }

  /** What was left out since this was asked last, by event. */
  take(): [event: EventName, lines: number][] {
    return [...this.known]
      .map(([event, { rate }]): [EventName, number] => [event, rate.take()])
      .filter(([, lines]) => lines > 0);
  }

  /** What was left out since the start, by event. */
  totals(): [event: EventName, lines: number][] {
    return [...this.known]
      .map(([event, { suppressed }]): [EventName, number] => [event, suppressed])
      .filter(([, lines]) => lines > 0);
  }
}
