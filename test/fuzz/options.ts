/** The command line of `npm run fuzz`. */
import { parseArgs } from 'node:util';
import { chosen } from '../../lab/chosen.js';
import { whole } from '../../lab/whole-number.js';

export interface Options {
  /** In all; the targets share them. */
  readonly seconds: number;
  readonly seed: number;
  readonly targets: readonly string[];
  /** Instead of a time, of the one target. */
  readonly executions: number | null;
  /** Only this execution, and what it builds on. */
  readonly at: number | null;
  readonly json: boolean;
}

export function usage(known: readonly string[]): string {
  return `usage: npm run -s fuzz -- [options]

Throws mutated input at everything that reads what others wrote, and reports exceptions, hangs, growth and
broken promises. Exit code 1 when there is a finding.

  --seconds N   in all, shared by the targets, 1 to 86400 (60)
  --seed S      a whole number; the same seed, the same inputs (1)
  --only A,B    these targets: ${known.join(', ')}
  --at I        execution I of the one target of --only again, as a finding names it
  --executions N  of the one target of --only, instead of a time; without the watchdog
  --json        one JSON object on standard output
`;
}

/** Null: help is asked for. @throws Error with a message for the user when an option is not understood */
export function parseOptions(args: string[], known: readonly string[]): Options | null {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      at: { type: 'string' },
      executions: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const targets = chosen('target', values.only, known);
  const at = values.at === undefined ? null : whole('at', values.at, 0, 2 ** 31 - 1);
  const executions = values.executions === undefined ? null : whole('executions', values.executions, 1, 1_000_000_000);
  if (at !== null && targets.length !== 1) throw new Error('--at needs --only with one target');
  if (executions !== null && targets.length !== 1) throw new Error('--executions needs --only with one target');
  return {
    seconds: whole('seconds', values.seconds, 1, 86_400),
    seed: whole('seed', values.seed, 0, 2 ** 31 - 1),
    targets,
    executions,
    at,
    json: values.json,
  };
}
