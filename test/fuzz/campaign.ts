/**
 * Runs one target for a while, or for a number of executions. The randomness of an execution follows from
 * seed, target and number of the execution alone, so any of them can be had again: from the beginning of
 * its life on, see target.ts.
 */
import { performance } from 'node:perf_hooks';
import { Random } from '../sim/random.js';
import { grownBy, type Memory, measureMemory, NO_MEMORY } from './memory.js';
import type { Note, Target } from './target.js';

export interface Finding {
  readonly target: string;
  readonly seed: number;
  /** Number of the execution, from 0. */
  readonly at: number;
  /** The exception with its stack, or what else is wrong. */
  readonly what: string;
  /** Input of the execution, in hexadecimal. */
  readonly input: string;
}

export interface Outcome {
  readonly executions: number;
  readonly seconds: number;
  readonly findings: readonly Finding[];
  /** After the warm-up, and at the end. */
  readonly start: Memory;
  readonly end: Memory;
}

export interface CampaignOptions {
  readonly seed: number;
  /** Number of the first execution. */
  readonly from?: number;
  /** Executions, or milliseconds. Only of what takes its time is said whether it grows. */
  readonly limit: { readonly executions: number } | { readonly milliseconds: number };
  /** Told of each execution that begins. */
  readonly onExecution?: (at: number) => void;
  /** Told of each input. */
  readonly onInput?: Note;
}

/** A target with so many findings is left: the next ones would say the same. */
export const MOST_FINDINGS = 5;
/** Share of the time that passes before memory is measured first: until then code is compiled and tables fill. */
const WARM_UP = 0.5;

export async function campaign(target: Target, options: CampaignOptions): Promise<Outcome> {
  const { seed, from = 0, limit, onExecution, onInput } = options;
  const findings: Finding[] = [];
  let input: Uint8Array = new Uint8Array(0);
  const note: Note = (bytes) => {
    input = bytes;
    onInput?.(bytes);
  };
  const began = performance.now();
  const done = (at: number): number =>
    'executions' in limit ? (at - from) / limit.executions : (performance.now() - began) / limit.milliseconds;
  const measured = 'milliseconds' in limit;
  let start: Memory | null = null;

  // The life that holds the first execution begins before it.
  let at = from - (from % target.life);
  let executions = 0;
  let fresh = true;
  while (done(at) < 1 && findings.length < MOST_FINDINGS) {
    onExecution?.(at);
    try {
      if (fresh || at % target.life === 0) {
        input = new Uint8Array(0);
        await target.begin(randomOf(target, seed, -1 - Math.floor(at / target.life)));
      }
      fresh = false;
      const pending = target.run(randomOf(target, seed, at), note);
      if (pending !== undefined) await pending;
    } catch (error) {
      findings.push({ target: target.name, seed, at, what: describe(error), input: hex(input) });
      fresh = true;
    }
    executions++;
    // What failed has left its traces: on with the next life.
    at = fresh ? nextLife(target, at) : at + 1;
    if (measured && start === null && done(at) >= WARM_UP) start = measureMemory();
  }
  const seconds = (performance.now() - began) / 1000;
  const end = measured ? measureMemory() : NO_MEMORY;
  start ??= end;
  const growth = grownBy(start, end, seconds);
  if (growth !== null) findings.push({ target: target.name, seed, at, what: growth, input: '' });
  return { executions, seconds, findings, start, end };
}

/** Number of the first execution of the life after the one that `at` belongs to. */
export function nextLife(target: Target, at: number): number {
  return at - (at % target.life) + target.life;
}

function randomOf({ name }: Target, seed: number, number: number): Random {
  let state = Math.imul(seed ^ 0x5bd1e995, 0x85ebca6b);
  for (let i = 0; i < name.length; i++) state = Math.imul(state ^ name.charCodeAt(i), 0x01000193);
  // Twice through the mixer: neighbours share nothing then, not even a part of their sequences.
  return new Random(new Random(state ^ Math.imul(number, 0xc2b2ae35)).word());
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  return error.stack ?? `${error.name}: ${error.message}`;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
