/** Runs the trials that its parent asks for, one after the other: a seed comes in, what came of it goes out. */
import { type Outcome, runTrial } from './trial.js';

export type ChildMessage = { outcome: Outcome } | { seed: number; what: string };

// Control-C is for the parent, which waits for the trials that have been begun. Without the parent this process ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('message', (seed: number) => {
  process.send?.(answer(seed));
});

function answer(seed: number): ChildMessage {
  try {
    return { outcome: runTrial(seed) };
  } catch (error) {
    return { seed, what: (error as Error).message };
  }
}
