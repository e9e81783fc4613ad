/**
 * A process that runs one target: what it dies of, or what memory it takes, concerns no other target. It
 * tells its parent how far it is, and at the end what came of it.
 */
import type { Outcome } from './campaign.js';
import { targets } from './targets.js';
import { watch } from './watchdog.js';

export interface ChildInput {
  readonly target: string;
  readonly seed: number;
  readonly milliseconds: number;
}

/** What it tells: the number of an execution, now and then, or the end. */
export type ChildMessage = { readonly at: number } | { readonly outcome: Outcome };

const { target: name, seed, milliseconds } = JSON.parse(process.argv[2] ?? '{}') as ChildInput;
const target = targets.find((each) => each.name === name);
if (target === undefined) throw new Error(`there is no target '${name}'`);
const module = new URL('./targets.js', import.meta.url).href;
const outcome = await watch(target, { module, seed, milliseconds, onProgress: (at) => tell({ at }) });
tell({ outcome });
process.disconnect();

function tell(message: ChildMessage): void {
  process.send?.(message);
}
