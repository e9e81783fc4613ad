/** `show mac-table`. */
import type { MacEntry } from '../../control/engine.js';
import { duration } from './quantity.js';
import { ordered, table } from './table.js';

const KEYS = ['mac', 'peer', 'ageSeconds', 'heldSeconds'] as const;

/** Of one peer or of all, sorted by address. */
export function macTableData(entries: readonly MacEntry[], peer: string | null): MacEntry[] {
  return entries
    .filter((entry) => peer === null || entry.peer === peer)
    .sort((a, b) => (a.mac < b.mac ? -1 : 1))
    .map((entry) => ordered(entry, KEYS));
}

export function macTableText(entries: readonly MacEntry[]): string {
  if (entries.length === 0) return 'No MAC addresses are learned.';
  return table<MacEntry>(
    [
      { title: 'MAC address', cell: (entry) => entry.mac },
      { title: 'Peer', cell: (entry) => entry.peer, least: 8 },
      { title: 'Age', cell: (entry) => duration(entry.ageSeconds * 1000), align: 'right' },
      {
        title: 'Held',
        cell: ({ heldSeconds }) => (heldSeconds > 0 ? duration(heldSeconds * 1000) : null),
        align: 'right',
      },
    ],
    entries,
  );
}
