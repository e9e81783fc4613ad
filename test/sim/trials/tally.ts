/** What came of many trials, added up. */
import type { Policy } from '../../../src/core/link/policy.js';
import type { ChildMessage } from './child.js';
import { FAULT_KINDS, type FaultKind } from './kinds.js';
import type { Gap, Outcome } from './trial.js';

const POLICIES: readonly Policy[] = ['passive', 'active', 'round-robin'];
const SUMS = ['simulated', 'datagrams', 'frames', 'promised', 'lost', 'attacks', 'rekeys'] as const;

export interface Failure {
  seed: number;
  what: string;
}

/** What a kind of fault cost under one policy. */
export interface Cost {
  policy: Policy;
  count: number;
  medianMs: number;
  worstMs: number;
  /** The trial of the worst. */
  seed: number;
}

export interface FaultRow {
  fault: FaultKind;
  count: number;
  costs: Cost[];
}

export class Tally {
  trials = 0;
  readonly sums: Record<(typeof SUMS)[number], number> = Object.fromEntries(SUMS.map((name) => [name, 0])) as Record<
    (typeof SUMS)[number],
    number
  >;
  readonly failures: Failure[] = [];
  readonly #faults = new Map<FaultKind, number>();
  readonly #gaps: (Gap & { seed: number })[] = [];

  /** @param onFailure told of each broken promise when it becomes known */
  constructor(private readonly onFailure: (failure: Failure) => void = () => undefined) {}

  add(message: ChildMessage): void {
    this.trials++;
    if ('outcome' in message) return this.#count(message.outcome);
    this.failures.push(message);
    this.onFailure(message);
  }

  #count(outcome: Outcome): void {
    for (const name of SUMS) this.sums[name] += outcome[name];
    for (const kind of outcome.faults) this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
    for (const gap of outcome.gaps) this.#gaps.push({ ...gap, seed: outcome.seed });
  }

  rows(): FaultRow[] {
    return FAULT_KINDS.map((fault) => ({
      fault,
      count: this.#faults.get(fault) ?? 0,
      costs: POLICIES.map((policy) => this.#cost(fault, policy)),
    }));
  }

  #cost(fault: FaultKind, policy: Policy): Cost {
    const gaps = this.#gaps.filter((each) => each.kind === fault && each.policy === policy);
    gaps.sort((a, b) => a.gap - b.gap);
    const worst = gaps.at(-1);
    const medianMs = gaps[gaps.length >> 1]?.gap ?? 0;
    return { policy, count: gaps.length, medianMs, worstMs: worst?.gap ?? 0, seed: worst?.seed ?? 0 };
  }
}
