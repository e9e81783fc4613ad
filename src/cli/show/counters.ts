/** `show counters`. */
import { table } from './table.js';

/** Sorted by name. */
export function countersData(counters: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counters).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function countersText(counters: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counters);
  if (rows.length === 0) return 'No counters.';
  return table<[string, number]>(
    [
      { title: 'Counter', cell: ([name]) => name },
      { title: 'Value', cell: ([, value]) => value, align: 'right' },
    ],
    rows,
  );
}
