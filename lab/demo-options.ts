/** The command line of `npm run demo`. */
import { parseArgs } from 'node:util';
import { MAX_LINKS, type Policy } from '../src/config/model.js';
import { MAX_HOSTS } from './topology.js';
import { whole } from './whole-number.js';

export const POLICIES: readonly Policy[] = ['passive', 'active', 'round-robin'];

export const USAGE = `usage: npm run -s demo -- [options]

Makes a network of real daemons in network namespaces, floods it, cuts its links and counts what was lost.

  --hosts N      hosts, 2 to ${MAX_HOSTS} (4)
  --links N      links of every host, 1 to ${MAX_LINKS} (2)
  --policy P     only this one of ${POLICIES.join(', ')} (all)
  --rate N       datagrams per second from each host to each other (500, less with many hosts or links)
  --json         print one JSON object on standard output, progress on standard error, and no prompt at the end
  --no-shell     end when the table is printed, also on a terminal
`;

/** What two small cores carry without a doubt: datagrams per second of all flows on all links, as policy active sends them. */
const CAREFUL_RATE = 12_000;
const FULL_RATE = 500;

export interface DemoOptions {
  hosts: number;
  links: number;
  policies: readonly Policy[];
  rate: number;
  json: boolean;
  shell: boolean;
}

/** Null: help is asked for. @throws Error with a message for the user when an option is not understood */
export function parseOptions(args: string[]): DemoOptions | null {
  const { values } = parseArgs({
    args,
    options: {
      hosts: { type: 'string', default: '4' },
      links: { type: 'string', default: '2' },
      policy: { type: 'string' },
      rate: { type: 'string' },
      json: { type: 'boolean', default: false },
      'no-shell': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const hosts = whole('hosts', values.hosts, 2, MAX_HOSTS);
  const links = whole('links', values.links, 1, MAX_LINKS);
  const usual = Math.min(FULL_RATE, Math.floor(CAREFUL_RATE / (hosts * (hosts - 1) * links)));
  return {
    hosts,
    links,
    policies: values.policy === undefined ? POLICIES : [policy(values.policy)],
    rate: values.rate === undefined ? usual : whole('rate', values.rate, 1, 10_000),
    json: values.json,
    shell: !values['no-shell'] && !values.json,
  };
}

function policy(text: string): Policy {
  const found = POLICIES.find((name) => name === text);
  if (found === undefined) throw new Error(`--policy takes one of ${POLICIES.join(', ')}, not "${text}"`);
  return found;
}
