/** `npm run sim`: random networks, random faults, and the promises; see trial.ts. What a trial does follows from its number alone. */
import { availableParallelism } from 'node:os';
import { runProgram } from '../../../lab/program.js';
import { type Options, parseOptions, USAGE } from './options.js';
import { runAll } from './pool.js';
import { data, failureText, render } from './report.js';
import { Tally } from './tally.js';
import { runTrial } from './trial.js';

async function work(options: Options): Promise<boolean> {
  const tally = new Tally((failure) => process.stderr.write(`${failureText(failure)}\n`));
  const began = performance.now();
  if (options.seeds === 1) alone(options, tally);
  else await runAll(options, tally, untilInterrupted());
  const seconds = (performance.now() - began) / 1000;
  const { json } = options;
  process.stdout.write(`${json ? JSON.stringify(data(tally, options, seconds)) : render(tally, seconds)}\n`);
  return tally.failures.length === 0;
}

/** Whoever ends the run is told what came of it so far. */
function untilInterrupted(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  return interrupted.signal;
}

/** In this process, so that a debugger sees it. */
function alone({ from: seed, verbose }: Options, tally: Tally): void {
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    tally.add({ outcome: runTrial(seed, verbose ? { tell } : {}) });
  } catch (error) {
    tally.add({ seed, what: verbose ? ((error as Error).stack ?? String(error)) : (error as Error).message });
  }
}

process.exitCode = await runProgram(process.argv.slice(2), {
  name: 'sim',
  usage: USAGE,
  parse: (args) => parseOptions(args, availableParallelism()),
  work,
});
