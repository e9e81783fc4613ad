/** A thread that runs one target and says what came of it. */
import { parentPort, workerData } from 'node:worker_threads';
import { campaign } from './campaign.js';
import { Progress } from './progress.js';
import type { TargetModule } from './target.js';

export interface WorkerInput {
  /** URL of a module with the target. */
  readonly module: string;
  readonly target: string;
  readonly seed: number;
  readonly from: number;
  readonly milliseconds: number;
  readonly progress: SharedArrayBuffer;
}

const { module, target: name, seed, from, milliseconds, progress: memory } = workerData as WorkerInput;
const { targets } = (await import(module)) as TargetModule;
const target = targets.find((each) => each.name === name);
if (target === undefined) throw new Error(`${module} has no target '${name}'`);
const progress = new Progress(memory);
progress.begin();
const outcome = await campaign(target, {
  seed,
  from,
  limit: { milliseconds },
  onExecution: (at) => progress.execution(at),
  onInput: (bytes) => progress.note(bytes),
});
parentPort?.postMessage(outcome);
