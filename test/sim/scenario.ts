/**
 * Runs a story over many seeds. `SENNIT_SIM_SEED=17 node --test …` runs seed 17 alone; a failure says
 * which seed it was.
 */
import { test } from 'node:test';
import { Sim, type SimOptions } from './sim.js';

export interface ScenarioOptions {
  /** How many seeds, from 1 on. */
  seeds?: number;
  aead?: NonNullable<SimOptions['aead']>;
}

export function scenario(name: string, options: ScenarioOptions, story: (sim: Sim) => void): void {
  const { seeds = 1, aead = 'toy' } = options;
  const only = process.env.SENNIT_SIM_SEED;
  const chosen = only === undefined ? Array.from({ length: seeds }, (_, i) => i + 1) : [Number(only)];
  test(seeds > 1 ? `${name} (${chosen.length} seeds)` : name, () => {
    for (const seed of chosen) play(new Sim({ seed, aead }), story);
  });
}

function play(sim: Sim, story: (sim: Sim) => void): void {
  try {
    story(sim);
    sim.check();
  } catch (error) {
    const message = `seed ${sim.seed} at ${sim.now.toFixed(1)} ms (SENNIT_SIM_SEED=${sim.seed} runs it alone): ${error}`;
    throw new Error(message, { cause: error });
  } finally {
    sim.close();
  }
}
