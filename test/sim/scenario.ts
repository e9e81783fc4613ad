/**
 * Runs a story over many seeds. A failure says which seed it was; `SENNIT_SIM_SEED=17 node --test …`
 * runs seed 17 alone, `SENNIT_SIM_SEED=1000-2000` many others. By itself a share of a story's seeds is played, so that
 * `npm test` takes minutes; `SENNIT_SIM_SHARE=1 npm test -- sim` plays them all.
 */
import { test } from 'node:test';
import { Sim, type SimOptions } from './sim.js';

const SHARE = 0.4;

export interface ScenarioOptions {
  /** How many seeds, from 1 on. */
  seeds?: number;
  /** The number of seeds is part of what is claimed: all are played. */
  all?: boolean;
  aead?: NonNullable<SimOptions['aead']>;
  handshake?: NonNullable<SimOptions['handshake']>;
}

export function scenario(name: string, options: ScenarioOptions, story: (sim: Sim) => void): void {
  const { seeds = 1, all = false, aead = 'toy', handshake = 'sodium' } = options;
  const share = all ? 1 : Number(process.env.SENNIT_SIM_SHARE ?? SHARE);
  const chosen = seedsOf(process.env.SENNIT_SIM_SEED ?? `1-${Math.min(seeds, Math.max(2, Math.ceil(seeds * share)))}`);
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
