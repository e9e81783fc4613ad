/** `show log`. */
import type { LogEntry } from '../../log/journal.js';
import { eventLine } from '../../log/line.js';

/** Newest last; times are UTC. */
export function logText(entries: readonly LogEntry[]): string {
  return entries.length === 0 ? 'The log is empty.' : entries.map(eventLine).join('\n');
}
