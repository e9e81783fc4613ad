/** The command line of `npm run bench`: which systems, which cases, how long. */
import { parseArgs } from 'node:util';
import { chosen } from './chosen.js';
import { whole } from './whole-number.js';

/** Measured always, in the order of the table. */
const OWN = [
  'veth',
  'vxlan',
  'sennit',
  'sennit-active-2',
  'sennit-round-robin-2',
  'vxlan-offloads-off',
  'sennit-offloads-off',
] as const;
export const OPENVPNS = ['openvpn-aes', 'openvpn-chacha'] as const;
/** The peers other than OpenVPN. */
export const OTHER_PEERS = ['tinc', 'fastd'] as const;
/** Measured with `--peers`. */
export const PEERS = [...OPENVPNS, ...OTHER_PEERS] as const;

export type OwnName = (typeof OWN)[number];
export type PeerName = (typeof PEERS)[number];
export type SystemName = OwnName | PeerName;

/** Every case and its unit, in the order of the table. */
export const UNITS = {
  tcp: 'Mbit/s',
  'tcp-reverse': 'Mbit/s',
  'tcp-4': 'Mbit/s',
  'udp-64': 'frames/s',
  'udp-512': 'frames/s',
  'udp-1400': 'frames/s',
  'ping-p50': 'us',
  'ping-p99': 'us',
  'ping-loaded-p50': 'us',
  'ping-loaded-p99': 'us',
  'cpu-s-per-gb': 's/GB',
  'minor-gc': '1/s',
  'rss-mb': 'MB',
  'idle-cpu': '%',
} as const;
export type Case = keyof typeof UNITS;
export const CASES = Object.keys(UNITS) as Case[];

/** Those with the underlay's offloads off are there for these only. */
const OFFLOADS_OFF_CASES: readonly Case[] = ['tcp', 'tcp-reverse', 'cpu-s-per-gb'];
/** Cases of what has daemons. */
const DAEMON_CASES: readonly Case[] = ['cpu-s-per-gb', 'minor-gc', 'rss-mb', 'idle-cpu'];
const WITHOUT_DAEMONS: readonly SystemName[] = ['veth', 'vxlan', 'vxlan-offloads-off'];

export interface Options {
  systems: SystemName[];
  cases: Case[];
  rounds: number;
  /** Of one measurement with TCP. */
  seconds: number;
  /** Of one trial in the search for the highest rate of frames. */
  trialMs: number;
  /** Relative; the search ends when the highest rate is known as well as this. */
  precision: number;
  pings: number;
  /** CPU time without traffic hardly varies, and takes long to measure: it is done in so many rounds at most. */
  idleRounds: number;
  json: boolean;
}

export const USAGE = `usage: npm run -s bench -- [options]

Measures Sennit beside the bare cable and the kernel's VXLAN, in one run and in turn.

  --peers       also OpenVPN, tinc and fastd (installs them; about 25 minutes)
  --rounds N    measurements of each case of each system, 1 to 50 (5)
  --seconds N   length of one measurement with TCP, 1 to 60 (3)
  --quick       2 rounds, everything short (below 3 minutes)
  --only A,B    these systems: ${OWN.join(', ')};
                with --peers: ${PEERS.join(', ')}
  --cases A,B   these cases: ${CASES.join(', ')}
  --json        one JSON object on standard output
  --scale       something else: what an idle daemon with many peers costs; --scale --help tells more
  --flood       something else: what a flood of handshakes does to a session; --flood --help tells more
  --braid       something else: what one TCP stream gets of two links by policy; --braid --help tells more
`;

/** Null: help is asked for. @throws Error with a message for the user when an option is not understood */
export function parseOptions(args: string[]): Options | null {
  const { values } = parseArgs({
    args,
    options: {
      peers: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      cases: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const { quick, peers } = values;
  return {
    systems: systems(values.only, peers),
    cases: chosen('case', values.cases, CASES),
    rounds: whole('rounds', values.rounds ?? (quick ? '2' : '5'), 1, 50),
    seconds: whole('seconds', values.seconds ?? (quick ? '1' : '3'), 1, 60),
    trialMs: quick ? 250 : 600,
    precision: quick ? 0.12 : 0.05,
    pings: quick ? 1000 : 2000,
    idleRounds: quick ? 1 : 3,
    json: values.json,
  };
}

/** Whether a system is measured in a case at all. */
export function hasCase(system: SystemName, name: Case): boolean {
  if (system.endsWith('-offloads-off') && !OFFLOADS_OFF_CASES.includes(name)) return false;
  if (name === 'minor-gc') return system.startsWith('sennit');
  return !WITHOUT_DAEMONS.includes(system) || !DAEMON_CASES.includes(name);
}

export function isPeer(system: SystemName): system is PeerName {
  return (PEERS as readonly string[]).includes(system);
}

function systems(only: string | undefined, peers: boolean): SystemName[] {
  const names = chosen<SystemName>('system', only, [...OWN, ...PEERS]);
  if (peers) return names;
  const peer = names.find(isPeer);
  if (only !== undefined && peer !== undefined) throw new Error(`the system '${peer}' needs --peers`);
  return names.filter((name) => !isPeer(name));
}
