/**
 * Runs a target in a thread of its own and ends it when one execution takes more than a second of that
 * thread's time. It is the thread's own time that counts, as the kernel has it: a busy machine is no finding.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { type Finding, hex, MOST_FINDINGS, nextLife, type Outcome } from './campaign.js';
import { NO_MEMORY } from './memory.js';
import { Progress } from './progress.js';
import type { Target } from './target.js';
import type { WorkerInput } from './worker.js';

/** Milliseconds of the thread's own time that an execution has. */
const HANG = 1000;
/** Milliseconds between two looks at it. */
const LOOK = 100;
/** So that the room for the newest objects has its size before memory is measured first. */
const LIMITS = { maxYoungGenerationSizeMb: 8 };
/** Milliseconds without any progress, even if the thread does nothing: it waits for what never comes. */
const STUCK = 60_000;

export interface Watched {
  /** URL of the module that has the target. */
  readonly module: string;
  readonly seed: number;
  readonly milliseconds: number;
  /** Told now and then which execution it is at. */
  readonly onProgress?: (at: number) => void;
}

/** Runs `target` for the time given, in as many threads, one after the other, as its findings kill. */
export async function watch(target: Target, options: Watched): Promise<Outcome> {
  const findings: Finding[] = [];
  const began = performance.now();
  const left = (): number => options.milliseconds - (performance.now() - began);
  let from = 0;
  let total: Outcome = { executions: 0, seconds: 0, findings, start: NO_MEMORY, end: NO_MEMORY };
  while (left() > 0 && findings.length < MOST_FINDINGS) {
    const { module, seed, onProgress } = options;
    const input = { module, target: target.name, seed, from, milliseconds: left() };
    const started = performance.now();
    const result = await oneThread(input, onProgress ?? (() => {}));
    if ('executions' in result) {
      findings.push(...result.findings);
      const { executions, seconds } = result;
      total = { ...result, executions: total.executions + executions, seconds: total.seconds + seconds, findings };
      break;
    }
    findings.push(result);
    const seconds = total.seconds + (performance.now() - started) / 1000;
    total = { ...total, executions: total.executions + result.at - from + 1, seconds };
    from = nextLife(target, result.at);
  }
  return total;
}

function oneThread(
  options: Omit<WorkerInput, 'progress'>,
  onProgress: (at: number) => void,
): Promise<Outcome | Finding> {
  const { target, seed } = options;
  const progress = new Progress();
  const input: WorkerInput = { ...options, progress: progress.memory };
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: input, resourceLimits: LIMITS });
  return new Promise((resolve) => {
    let seen = { at: -1, cpu: 0, time: performance.now() };
    const timer = setInterval(() => {
      const { at } = progress;
      const cpu = threadTime(progress.thread);
      const time = performance.now();
      onProgress(at);
      if (at !== seen.at) seen = { at, cpu, time };
      else if (cpu - seen.cpu > HANG) give(found(`hang: an execution took more than ${HANG} ms`));
      else if (time - seen.time > STUCK) give(found('hang: it waits for something that never comes'));
    }, LOOK);
    const found = (what: string): Finding => {
      const { at } = progress;
      return { target, seed, at, what, input: hex(progress.lastInput()) };
    };
    const give = (result: Outcome | Finding): void => {
      clearInterval(timer);
      worker.removeAllListeners();
      void worker.terminate().then(() => resolve(result));
    };
    worker.on('message', (outcome: Outcome) => give(outcome));
    worker.on('error', (error) => give(found(`the thread died: ${error.stack ?? error.message}`)));
    worker.on('exit', (code) => give(found(`the thread ended with code ${code} in the middle of an execution`)));
  });
}

/** Milliseconds that a thread of this process has run, 0 when it doesn't run (yet). See proc(5), schedstat. */
function threadTime(id: number): number {
  if (id === 0) return 0;
  try {
    return Number(readFileSync(`/proc/self/task/${id}/schedstat`, 'latin1').split(' ')[0]) / 1e6;
  } catch {
    return 0;
  }
}
