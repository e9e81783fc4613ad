/**
 * The lane's end of debugging: passes on what the data path tells of the topics that are wanted, a bounded number a
 * second, so that no storm of events becomes one of messages.
 */
import type { TraceEvent, TraceTopic } from '../core/trace.js';
import { Rate } from '../log/rate.js';

/** Messages a second, and at once, of all topics together. */
const PER_SECOND = 500;
const BURST = 500;

/** What goes to control; `missed`: events of all topics that were not told before this one. */
export interface TracedEvent extends TraceEvent {
  readonly missed: number;
}

export function debugTap(
  topics: readonly TraceTopic[],
  now: () => number,
  post: (event: TracedEvent) => void,
): ((event: TraceEvent) => void) | null {
  if (topics.length === 0) return null;
  const rate = new Rate(PER_SECOND, BURST);
  return (event) => {
    if (topics.includes(event.topic) && rate.passes(now())) post({ ...event, missed: rate.take() });
  };
}
