/**
 * `npm run restart`: what a restart of one daemon costs under traffic, with the interface gone meanwhile, kept by the
 * kernel (`persistent`), and held open by the service manager besides. `restart-run.ts` is what happens.
 */
import { parseArgs } from 'node:util';
import { type Column, table } from '../src/cli/show/table.js';
import { chosen } from './chosen.js';
import { runProgram } from './program.js';
import { KEPT, type RestartOptions, type RestartRow, runRestarts } from './restart-run.js';
import { whole } from './whole-number.js';

const USAGE = `usage: npm run -s restart -- [options]

Restarts one of two daemons under numbered UDP both ways and under a ping flood: what was lost.

  --kept A,B   only these of ${KEPT.join(', ')} (all)
  --rate N     frames a second each way, 100 to 20000 (10000)
  --repeat N   restarts under UDP of each, 1 to 100 (3)
  --crash      SIGKILL instead of SIGTERM
  --json       one JSON object on standard output
`;

const COLUMNS: readonly Column<RestartRow>[] = [
  { title: 'kept', cell: (row) => row.kept },
  { title: 'restarts', cell: (row) => row.restarts, align: 'right' },
  { title: 'ended ms', cell: (row) => row.endedMs, align: 'right' },
  { title: 'ready ms', cell: (row) => row.readyMs, align: 'right' },
  { title: 'sent to', cell: (row) => row.toSent, align: 'right' },
  { title: 'lost', cell: (row) => row.toLost, align: 'right' },
  { title: 'gap ms', cell: (row) => row.toGapMs, align: 'right' },
  { title: 'sent from', cell: (row) => row.fromSent, align: 'right' },
  { title: 'lost', cell: (row) => row.fromLost, align: 'right' },
  { title: 'gap ms', cell: (row) => row.fromGapMs, align: 'right' },
  { title: 'dup', cell: (row) => row.duplicated, align: 'right' },
  { title: 'reord', cell: (row) => row.reordered, align: 'right' },
  { title: 'pings', cell: (row) => row.pings, align: 'right' },
  { title: 'lost', cell: (row) => row.pingsLost, align: 'right' },
];

/** Runs it; returns the exit code. */
export function main(args: string[]): Promise<number> {
  return runProgram(args, {
    name: 'restart',
    usage: USAGE,
    parse: parseOptions,
    async work({ json, ...what }) {
      const rows = await runRestarts(what, (text) => process.stderr.write(`restart: ${text}\n`));
      const { rate, crash } = what;
      process.stdout.write(`${json ? JSON.stringify({ rate, crash, rows }) : table(COLUMNS, rows)}\n`);
      return true;
    },
  });
}

/** Null: help is asked for. @throws Error with a message for the user when an option is not understood */
function parseOptions(args: string[]): (RestartOptions & { json: boolean }) | null {
  const { values } = parseArgs({
    args,
    options: {
      kept: { type: 'string' },
      rate: { type: 'string', default: '10000' },
      repeat: { type: 'string', default: '3' },
      crash: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const kept = chosen('way to keep it', values.kept, KEPT);
  const rate = whole('rate', values.rate, 100, 20_000);
  const repeat = whole('repeat', values.repeat, 1, 100);
  return { kept, rate, repeat, crash: values.crash, json: values.json };
}
