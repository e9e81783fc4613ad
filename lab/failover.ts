/**
 * `npm run failover`: a matrix of policy, cut and traffic with real daemons in network namespaces. Each cell
 * must keep what `failover-limits.ts` says; with one that does not, the exit code is 1.
 */
import { type Column, table } from '../src/cli/show/table.js';
import type { Row } from './failover-limits.js';
import { runMatrix } from './failover-matrix.js';
import { parseOptions, USAGE } from './failover-options.js';
import { runProgram } from './program.js';

const COLUMNS: readonly Column<Row>[] = [
  { title: 'policy', cell: (row) => row.policy },
  { title: 'cut', cell: (row) => row.cut },
  { title: 'traffic', cell: (row) => row.traffic },
  { title: 'runs', cell: (row) => row.repetitions, align: 'right' },
  { title: 'void', cell: (row) => row.void, align: 'right' },
  { title: 'sent', cell: (row) => row.sent, align: 'right' },
  { title: 'lost', cell: (row) => row.lost, align: 'right' },
  { title: 'duplicated', cell: (row) => row.duplicated, align: 'right' },
  { title: 'reordered', cell: (row) => row.reordered, align: 'right' },
  { title: 'gap ms', cell: (row) => row.gapMs, align: 'right' },
  { title: 'stall ms', cell: (row) => row.stallMs, align: 'right' },
  { title: 'worst', cell: (row) => row.worstMs, align: 'right' },
  { title: 'limit', cell: (row) => row.limitMs, align: 'right' },
  { title: 'verdict', cell: (row) => row.verdict.split('\n')[0] ?? '' },
];

/** Runs the matrix; returns the exit code. */
export function main(args: string[]): Promise<number> {
  return runProgram(args, {
    name: 'failover',
    usage: USAGE,
    parse: parseOptions,
    async work(options) {
      const { repeat, seed, fast, json } = options;
      const rows = await runMatrix(options, (text) => process.stderr.write(`failover: ${text}\n`));
      const failed = rows.filter(({ verdict }) => verdict.startsWith('FAIL')).length;
      const timers = fast ? '20 100' : '100 500';
      if (json) process.stdout.write(`${JSON.stringify({ repeat, seed, timers, ok: failed === 0, rows })}\n`);
      else process.stdout.write(`${renderRows(rows)}\n\n${summary(rows, failed)}\n`);
      return failed === 0;
    },
  });
}

export function renderRows(rows: Row[]): string {
  return table(COLUMNS, rows);
}

function summary(rows: Row[], failed: number): string {
  const said = rows.filter(({ repetitions }) => repetitions > 0).length;
  const voids = rows.reduce((sum, row) => sum + row.void, 0);
  return `${rows.length} cells: ${failed} failed, ${rows.length - said} without a result; ${voids} repetitions void`;
}
