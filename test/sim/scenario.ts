/**
 * Runs a story over many seeds. A failure says which seed it was; `SENNIT_SIM_SEED=17 node --test …`
 * runs seed 17 alone, `SENNIT_SIM_SEED=1000-2000` many others.
 */
import { test } from 'node:test';
import { Sim, type SimOptions } from './sim.js';

export interface ScenarioOptions {
  /** How many seeds, from 1 on. */
  seeds?: number;
  aead?: NonNullable<SimOptions['aead']>;
  handshake?: NonNullable<SimOptions['handshake']>;
}

export function scenario(name: string, options: ScenarioOptions, story: (sim: Sim) => void): void {
  const { seeds = 1, aead = 'toy', handshake = 'sodium' } = options;
  const chosen = seedsOf(process.env.SENNIT_SIM_SEED ?? `1-${seeds}`);
  test(chosen.length > 1 ? `${name} (${chosen.length} seeds)` : name, () => {
    for (const seed of chosen) play(new Sim({ seed, aead, handshake }), story);
  });
}

/** The seeds of `17` or `1000-2000`. */
function seedsOf(text: string): number[] {
  const [first = 1, last = first] = text.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
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
