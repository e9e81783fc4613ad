/** An event of the log as a line for people: month to millisecond, UTC, and what `formatEvent` makes of it. */
import type { LogEntry } from './journal.js';
import { formatEvent } from './log.js';

export function eventLine({ time, level, event, fields }: LogEntry): string {
  return `${time.slice(5, 10)} ${time.slice(11, 23)} ${formatEvent(level, event, fields)}`;
}
