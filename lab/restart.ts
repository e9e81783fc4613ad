/**
 * `npm run restart`: what a restart of one daemon costs under traffic, with the interface gone meanwhile, kept by the
 * kernel (`persistent`), and held open by the service manager besides. `restart-run.ts` is what happens.
 */
import { parseArgs } from 'node:util';
import { type Column, table } from '../src/cli/show/table.js';
import { KEPT, type Kept, type RestartOptions, type RestartRow, runRestarts } from './restart-run.js';
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

/** Runs it; returns the exit code: 0 when it could be measured, 1 when not, 2 for a wrong option. */
export async function main(args: string[]): Promise<number> {
  let options: (RestartOptions & { json: boolean }) | null;
  try {
    options = parseOptions(args);
  } catch (error) {
    process.stderr.write(`restart: ${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options === null) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { json, ...what } = options;
  try {
    const rows = await runRestarts(what, (text) => process.stderr.write(`restart: ${text}\n`));
    process.stdout.write(
      `${json ? JSON.stringify({ rate: what.rate, crash: what.crash, rows }) : table(COLUMNS, rows)}\n`,
    );
    return 0;
  } catch (error) {
    process.stderr.write(`restart: ${(error as Error).message}\n`);
    return 1;
  }
}

/** Null: help is asked for. @throws Error with a message for the user when an option is not understood */
function parseOptions(args: string[]): (RestartOptions & { json: boolean }) | null {
  const { values } = parseArgs({
    args,
    options: {
      kept: { type: 'string', default: KEPT.join(',') },
      rate: { type: 'string', default: '10000' },
      repeat: { type: 'string', default: '3' },
      crash: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const kept = values.kept.split(',').map((name) => name.trim());
  const unknown = kept.find((name) => !(KEPT as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`--kept: there is no '${unknown}'; there are ${KEPT.join(', ')}`);
  const rate = whole('rate', values.rate, 100, 20_000);
  const repeat = whole('repeat', values.repeat, 1, 100);
  return { kept: kept as Kept[], rate, repeat, crash: values.crash, json: values.json };
}
