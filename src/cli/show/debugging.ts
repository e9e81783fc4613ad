/** `show debugging`, and what `debug` and `undebug` say. */
import type { DebugStatus } from '../../control/debugging.js';
import { short } from './quantity.js';
import { ordered, table } from './table.js';

const KEYS = ['topic', 'peers', 'lines', 'suppressed'] as const;

export function debuggingData(topics: readonly DebugStatus[]): DebugStatus[] {
  return topics.map((topic) => ordered(topic, KEYS));
}

export function debuggingText(topics: readonly DebugStatus[]): string {
  if (topics.length === 0) return 'Nothing is debugged.';
  return table<DebugStatus>(
    [
      { title: 'Topic', cell: ({ topic }) => topic },
      { title: 'Lines', cell: ({ lines }) => short(lines), align: 'right' },
      { title: 'Suppressed', cell: ({ suppressed }) => short(suppressed), align: 'right' },
      { title: 'Peers', cell: ({ peers }) => (peers.length === 0 ? 'all' : peers.join(', ')) },
    ],
    topics,
  );
}

/** @param follows the shell is told the log's lines */
export function debugHint(follows: boolean): string {
  return follows ? '' : "\nThe lines go to the log: 'terminal monitor' shows them here.";
}
