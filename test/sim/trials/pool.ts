/** Trials on all cores: each process has one at a time, so that it is known which one it died of. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChildMessage } from './child.js';
import type { Tally } from './tally.js';

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));
/** After so many broken promises no more trials are begun: the next ones would say the same. */
const MOST_FAILURES = 20;
/** Milliseconds after which a trial hangs. */
const PATIENCE = 300_000;

export interface Range {
  from: number;
  seeds: number;
  jobs: number;
}

/** Enters what comes of all seeds of the range; resolves when all have been run, or no more are wanted. */
export async function runAll(range: Range, tally: Tally, enough: AbortSignal): Promise<void> {
  let next = range.from;
  const end = range.from + range.seeds;
  const take = (): number | null =>
    next < end && tally.failures.length < MOST_FAILURES && !enough.aborted ? next++ : null;
  const jobs = Math.min(range.jobs, range.seeds);
  await Promise.all(Array.from({ length: jobs }, () => workThrough(take, tally)));
}

/** A process that takes seeds until there are no more; another takes its place when it dies. */
async function workThrough(take: () => number | null, tally: Tally): Promise<void> {
  let seed = take();
  while (seed !== null) {
    const child = fork(CHILD);
    const died = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(`the process died of ${signal ?? `exit code ${code}`}`));
    });
    for (; seed !== null; seed = take()) {
      const watchdog = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      const answer = await Promise.race([ask(child, seed), died]);
      clearTimeout(watchdog);
      if (typeof answer !== 'string') tally.add(answer);
      else {
        tally.add({ seed, what: answer });
        seed = take();
        break;
      }
    }
    if (child.connected) child.disconnect();
    await died;
  }
}

function ask(child: ChildProcess, seed: number): Promise<ChildMessage> {
  return new Promise((resolve) => {
    child.once('message', resolve);
    child.send(seed);
  });
}
