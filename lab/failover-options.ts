/** The command line of `npm run failover`. */
import { parseArgs } from 'node:util';
import type { Policy } from '../src/config/model.js';
import { POLICIES } from './demo-options.js';
import { CUT_NAMES, type CutName } from './failover-cuts.js';
import { TRAFFICS, type Traffic } from './failover-limits.js';
import { whole } from './whole-number.js';

export interface Options {
  policies: readonly Policy[];
  cuts: readonly CutName[];
  traffics: readonly Traffic[];
  repeat: number;
  seed: number;
  /** `timers 20 100` on every link. */
  fast: boolean;
  json: boolean;
  /** Milliseconds of traffic before a cut, of the cut, and after it; of silence around a burst; of flapping. */
  beforeMs: number;
  cutMs: number;
  afterMs: number;
  idleMs: number;
  flapMs: number;
}

export const USAGE = `usage: npm run -s failover -- [options]

Cuts links of real daemons in the midst of traffic, in every policy, and counts what was lost.

  --only A,B     only these policies, cuts and kinds of traffic, any of:
                 ${POLICIES.join(', ')};
                 ${CUT_NAMES.slice(0, 6).join(', ')},
                 ${CUT_NAMES.slice(6).join(', ')};
                 ${TRAFFICS.join(', ')}
  --repeat N     repetitions of each, 1 to 100 (1; for medians 20)
  --quick        everything short (some 5 minutes instead of 15)
  --timers-fast  timers 20 100 on every link instead of 100 500
  --seed N       of what the relay loses (1)
  --json         one JSON object on standard output
`;

const FULL = { beforeMs: 700, cutMs: 1500, afterMs: 800, idleMs: 1000, flapMs: 30_000 };
const QUICK = { beforeMs: 300, cutMs: 800, afterMs: 300, idleMs: 700, flapMs: 2000 };

/** Null: help is asked for. @throws Error with a message for the user when an option is not understood */
export function parseOptions(args: string[]): Options | null {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      repeat: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      'timers-fast': { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  return {
    ...chosen(values.only),
    repeat: whole('repeat', values.repeat, 1, 100),
    seed: whole('seed', values.seed, 0, 2 ** 31 - 1),
    fast: values['timers-fast'],
    json: values.json,
    ...(values.quick ? QUICK : FULL),
  };
}

/** Names of one kind narrow that kind; a kind without a name stays whole. In the order of the table. */
function chosen(text: string | undefined): Pick<Options, 'policies' | 'cuts' | 'traffics'> {
  const names = text === undefined ? [] : text.split(',').map((name) => name.trim());
  const known: readonly string[] = [...POLICIES, ...CUT_NAMES, ...TRAFFICS];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`--only: there is no '${unknown}'; there are ${known.join(', ')}`);
  const of = <Name extends string>(kind: readonly Name[]) => {
    const some = kind.filter((name) => names.includes(name));
    return some.length > 0 ? some : kind;
  };
  return { policies: of(POLICIES), cuts: of(CUT_NAMES), traffics: of(TRAFFICS) };
}
