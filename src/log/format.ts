/** An event as a line of the log: logfmt, or a JSON object. Both begin with the time, the level and the event. */
import type { LogEntry } from './journal.js';
import { formatFields, harmless } from './log.js';

export type LogFormat = 'logfmt' | 'json';

/**
 * One line, without its line end.
 * @param timed false: whoever takes the line stamps it with the time
 */
export function formatLine(format: LogFormat, { time, level, event, fields }: LogEntry, timed = true): string {
  if (format === 'json') return harmless(JSON.stringify({ ...(timed ? { time } : {}), level, event, ...fields }));
  return formatFields({ ...(timed ? { time } : {}), level, event, ...fields });
}
