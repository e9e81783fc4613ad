/**
 * `npm run fuzz`: every target for its share of the time, each in a process of its own under a watchdog.
 * What an execution does follows from the seed; only how many there are depends on the machine.
 */
import { runProgram } from '../../lab/program.js';
import { campaign } from './campaign.js';
import { type Options, parseOptions, usage } from './options.js';
import { runChild } from './parent.js';
import { data, findingText, type Row, table } from './report.js';
import { targets } from './targets.js';

/** Milliseconds that a target has, however few there are for all. */
const LEAST_SHARE = 200;

const names = targets.map(({ name }) => name);

async function work(options: Options): Promise<boolean> {
  if (options.at !== null) return again(options, options.at);
  return options.executions === null ? everything(options) : counted(options, options.executions);
}

async function everything({ seconds, seed, targets: wanted, json }: Options): Promise<boolean> {
  const rows: Row[] = [];
  const began = performance.now();
  const chosen = targets.filter(({ name }) => wanted.includes(name));
  let startUp = 500;
  for (const [done, target] of chosen.entries()) {
    // What one leaves of its time, the others share; and a process needs some to start.
    const started = performance.now();
    const share = (seconds * 1000 - (started - began)) / (chosen.length - done);
    const milliseconds = Math.max(LEAST_SHARE, share - startUp);
    const outcome = await runChild({ target: target.name, seed, milliseconds });
    startUp = Math.max(0, performance.now() - started - outcome.seconds * 1000);
    for (const finding of outcome.findings) console.error(findingText(finding));
    rows.push({ target: target.name, outcome });
  }
  return report(rows, seed, json);
}

/** So many executions, however long they take. */
async function counted({ seed, targets: [name], json }: Options, executions: number): Promise<boolean> {
  const target = targets.find((each) => each.name === name)!;
  const outcome = await campaign(target, { seed, limit: { executions } });
  for (const finding of outcome.findings) console.error(findingText(finding));
  return report([{ target: target.name, outcome }], seed, json);
}

function report(rows: readonly Row[], seed: number, json: boolean): boolean {
  console.log(json ? JSON.stringify(data(rows, seed), null, 2) : table(rows));
  return rows.every(({ outcome }) => outcome.findings.length === 0);
}

/** In this thread, so that a debugger sees it. */
async function again({ seed, targets: [name] }: Options, at: number): Promise<boolean> {
  const target = targets.find((each) => each.name === name)!;
  const { findings } = await campaign(target, { seed, from: at, limit: { executions: 1 } });
  for (const finding of findings) console.error(findingText(finding));
  if (findings.length === 0) console.log(`execution ${at} of ${target.name} with seed ${seed}: no finding`);
  return findings.length === 0;
}

process.exitCode = await runProgram(process.argv.slice(2), {
  name: 'fuzz',
  usage: usage(names),
  parse: (args) => parseOptions(args, names),
  work,
});
