/** The result of many trials for people and, the same, as data. */
import { type Column, table } from '../../../src/cli/show/table.js';
import type { Options } from './options.js';
import type { Cost, Failure, FaultRow, Tally } from './tally.js';

const COLUMNS: readonly Column<FaultRow>[] = [
  { title: 'fault', cell: ({ fault }) => fault },
  { title: 'made', cell: ({ count }) => count, align: 'right' },
  ...['passive', 'active', 'round-robin'].flatMap((policy): Column<FaultRow>[] => [
    { title: `${policy}: median`, cell: ({ costs }) => milliseconds(costs, policy, 'medianMs'), align: 'right' },
    { title: 'worst', cell: ({ costs }) => milliseconds(costs, policy, 'worstMs'), align: 'right' },
    { title: 'of', cell: ({ costs }) => costs.find((cost) => cost.policy === policy)?.count ?? 0, align: 'right' },
  ]),
];

function milliseconds(costs: readonly Cost[], policy: string, which: 'medianMs' | 'worstMs'): string {
  const cost = costs.find((each) => each.policy === policy);
  return cost === undefined || cost.count === 0 ? '-' : cost[which].toFixed(0);
}

export function failureText({ seed, what }: Failure): string {
  return `FAILURE of seed ${seed}: ${what}\n  again: npm run -s sim -- --seed ${seed} --verbose`;
}

export function render(tally: Tally, seconds: number): string {
  const { trials, sums, failures } = tally;
  return [
    table(COLUMNS, tally.rows()),
    '',
    'Milliseconds without a frame, where another link of the two was sound all the time.',
    `${trials} trials in ${seconds.toFixed(1)} s (${(trials / seconds).toFixed(1)} a second), ${(sums.simulated / 1000).toFixed(0)} s of simulated time, ${sums.datagrams} datagrams`,
    `${sums.frames} frames, ${sums.promised} of them while a link lived: none of these lost, none twice; of the others ${sums.lost} lost`,
    `${sums.rekeys} rekeys; ${sums.attacks} datagrams replayed or forged: nothing of them delivered`,
    failures.length === 0
      ? 'no promise was broken'
      : `${failures.length} TRIALS FAILED: ${failures.map(({ seed }) => seed).join(', ')}`,
  ].join('\n');
}

export function data(tally: Tally, options: Options, seconds: number): object {
  const { trials, sums, failures } = tally;
  const { from } = options;
  return { from, trials, seconds, ...sums, faults: tally.rows(), failures, ok: failures.length === 0 };
}
