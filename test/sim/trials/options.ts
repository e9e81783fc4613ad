/** The command line of `npm run sim`. */
import { parseArgs } from 'node:util';
import { whole } from '../../../lab/whole-number.js';

export interface Options {
  readonly from: number;
  readonly seeds: number;
  readonly jobs: number;
  /** The plan of each trial and what came of it is told. */
  readonly verbose: boolean;
  readonly json: boolean;
}

export const USAGE = `usage: npm run -s sim -- [options]

Runs random networks of whole hosts in simulated time, cuts their links in every way, and checks what is promised:
no frame twice, none changed or from nobody, none lost while a link lives. Exit code 1 when a promise is broken.

  --seeds N   as many trials, 1 to 10000000 (200)
  --from N    number of the first (1)
  --seed N    this one alone, as a failure names it
  --verbose   with --seed: what it does, and what came of it
  --jobs N    processes, 1 to 256 (as many as there are cores)
  --json      one JSON object on standard output
`;

/** Null: help is asked for. @throws Error with a message for the user when an option is not understood */
export function parseOptions(args: string[], cores: number): Options | null {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: 'string', default: '200' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      jobs: { type: 'string', default: String(Math.min(256, cores)) },
      verbose: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const one = values.seed === undefined ? null : whole('seed', values.seed, 0, 2 ** 31 - 1);
  if (values.verbose && one === null) throw new Error('--verbose is for one trial: give --seed N, too');
  return {
    from: one ?? whole('from', values.from, 0, 2 ** 31 - 1),
    seeds: one === null ? whole('seeds', values.seeds, 1, 10_000_000) : 1,
    jobs: whole('jobs', values.jobs, 1, 256),
    verbose: values.verbose,
    json: values.json,
  };
}
