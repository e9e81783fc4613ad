/** The demo's table, for people. */
import type { Row } from './experiment.js';

const HEADS = ['policy', 'cut', 'sent', 'lost', 'explained', 'duplicated', 'gap ms', 'pings', 'pings lost'];
/** Columns from this one on hold numbers, which stand to the right. */
const FIRST_NUMBER = 2;

export function renderTable(rows: Row[]): string {
  const cells = rows.map((row) =>
    [row.policy, row.cut, row.sent, row.lost, row.explained, row.duplicated, row.gapMs, row.pingSent, row.pingLost].map(
      String,
    ),
  );
  const widths = HEADS.map((head, column) => Math.max(head.length, ...cells.map((line) => line[column]?.length ?? 0)));
  const render = (line: string[]) =>
    line
      .map((cell, column) =>
        column < FIRST_NUMBER ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [HEADS, widths.map((width) => '-'.repeat(width)), ...cells].map(render).join('\n');
}
