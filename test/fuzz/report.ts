/** The result of a run for people and, the same, as data. */
import type { Finding, Outcome } from './campaign.js';
import { megabytes } from './memory.js';

/** Hexadecimal digits of an input that are printed; the rest follows from the seed. */
const MOST_DIGITS = 4000;

export interface Row {
  readonly target: string;
  readonly outcome: Outcome;
}

export function findingText({ target, seed, at, what, input }: Finding): string {
  const cut = input.length > MOST_DIGITS ? ` … (${input.length / 2} bytes)` : '';
  return [
    `FINDING in ${target}: ${what}`,
    `  input ${input.slice(0, MOST_DIGITS) || '(none)'}${cut}`,
    `  again: npm run -s fuzz -- --seed ${seed} --only ${target} --at ${at}`,
  ].join('\n');
}

const COLUMNS = ['target', 'executions', 'per second', 'findings', 'heap MB', '', 'RSS MB', ''] as const;

/** A row for each target, with the memory of its process after the warm-up and at the end, and one for all. */
export function table(rows: readonly Row[]): string {
  const lines: string[][] = [[...COLUMNS], ['', '', '', '', 'start', 'end', 'start', 'end']];
  for (const { target, outcome } of rows) {
    const { start, end } = outcome;
    const memory = [start.heap, end.heap, start.rss, end.rss].map(megabytes);
    lines.push([target, ...counts(outcome), ...memory]);
  }
  lines.push(['total', ...counts(sum(rows)), '', '', '', '']);
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const cell = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
  return lines.map((line) => line.map(cell).join('  ').trimEnd()).join('\n');
}

export function data(rows: readonly Row[], seed: number): object {
  const targets = rows.map(({ target, outcome }) => ({ target, ...figures(outcome), memory: memoryOf(outcome) }));
  return { seed, targets, total: figures(sum(rows)) };
}

function sum(rows: readonly Row[]): Omit<Outcome, 'start' | 'end'> {
  const outcomes = rows.map(({ outcome }) => outcome);
  return {
    executions: outcomes.reduce((total, { executions }) => total + executions, 0),
    seconds: outcomes.reduce((total, { seconds }) => total + seconds, 0),
    findings: outcomes.flatMap(({ findings }) => findings),
  };
}

function counts(outcome: Omit<Outcome, 'start' | 'end'>): string[] {
  const { executions, perSecond, findings } = figures(outcome);
  return [executions, perSecond, findings.length].map(String);
}

function figures({ executions, seconds, findings }: Omit<Outcome, 'start' | 'end'>) {
  return {
    executions,
    seconds: Math.round(seconds * 1000) / 1000,
    perSecond: seconds > 0 ? Math.round(executions / seconds) : 0,
    findings,
  };
}

/** Bytes. */
function memoryOf({ start, end }: Outcome): object {
  return { start, end };
}
