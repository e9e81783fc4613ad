/**
 * What the fuzzer attacks: a target makes one input from randomness, gives it to the code under test and
 * checks what must hold afterwards, whatever the input was. All of it follows from the seed.
 */
import type { Random } from '../sim/random.js';

/** Takes note of the input of the execution at hand, before it is used: so that a finding can show it. */
export type Note = (input: Uint8Array) => void;

export interface Target {
  readonly name: string;
  /**
   * Executions from one fresh start to the next. Those in between may build on each other; so this is the
   * longest history that a finding can have, and what a replay has to go through.
   */
  readonly life: number;
  /** Executions that take a tenth of a second or two: what `npm test` runs. */
  readonly quick: number;
  /** Makes everything anew; nothing of before may have a say in what follows. */
  begin(random: Random): void | Promise<void>;
  /**
   * One execution.
   * @throws whatever is wrong: what the code under test threw, or an AssertionError about an invariant
   */
  run(random: Random, note: Note): void | Promise<void>;
}

/** A module that a worker loads has this. */
export interface TargetModule {
  readonly targets: readonly Target[];
}
