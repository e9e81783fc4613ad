/** `show logging`. */
import type { LoggingStatus } from '../../log/logging.js';
import { ordered } from './table.js';

const KEYS = [
  ...(['destination', 'file', 'format', 'level', 'lines', 'belowLevel', 'suppressed', 'lost', 'error'] as const),
  'suppressedEvents',
] as const;

export function loggingData(status: LoggingStatus): LoggingStatus {
  return ordered(status, KEYS);
}

export function loggingText(status: LoggingStatus): string {
  const { file, format, level, lines, belowLevel, suppressed, lost, error, suppressedEvents } = status;
  const events = suppressedEvents.map(({ event, lines: count }) => `${event} ${count}`).join(', ');
  const rows = [
    ['Destination', file ?? (status.destination === 'journald' ? 'journald' : 'standard error')],
    ['Format', format],
    ['Level', level],
    ['Lines', `${lines}, and ${belowLevel} below the level`],
    ['Suppressed', suppressed === 0 ? '0' : `${suppressed}, too many of one event: ${events}`],
    ['Lost', error === null ? String(lost) : `${lost}, not in the file: ${error}`],
  ];
  const text = rows.map(([title = '', value]) => `${title.padEnd(13)}${value}`).join('\n');
  return `${text}\n\nThe lines are in 'show log'.`;
}
