/** The demo's table, for people. */
import { type Column, table } from '../src/cli/show/table.js';
import type { Row } from './experiment.js';

const COLUMNS: readonly Column<Row>[] = [
  { title: 'policy', cell: (row) => row.policy },
  { title: 'cut', cell: (row) => row.cut },
  { title: 'sent', cell: (row) => row.sent, align: 'right' },
  { title: 'lost', cell: (row) => row.lost, align: 'right' },
  { title: 'duplicated', cell: (row) => row.duplicated, align: 'right' },
  { title: 'gap ms', cell: (row) => row.gapMs, align: 'right' },
  { title: 'pings', cell: (row) => row.pingSent, align: 'right' },
  { title: 'pings lost', cell: (row) => row.pingLost, align: 'right' },
];

export function renderTable(rows: Row[]): string {
  return table(COLUMNS, rows);
}
