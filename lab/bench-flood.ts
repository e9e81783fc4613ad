/**
 * `npm run bench -- --flood`: what a flood of initiations with good mac1 does to a session: round-trip times
 * without it and with it, in turn, and the daemon's CPU time and memory. For comparison the same flood at a port
 * where nobody listens: what it costs the machine anyway.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DEFAULTS } from '../src/config/model.js';
import { slowRoundTrips } from './bench-ping.js';
import { median, percentile, type Row, render, row } from './bench-rows.js';
import { flood, type Sources } from './flood.js';
import { Lab } from './namespaces.js';
import { Network, tunnelAddress } from './network.js';
import { cpuTime, memory } from './process-cost.js';
import { runProgram } from './program.js';
import { linkAddress, makeMesh } from './topology.js';
import { whole } from './whole-number.js';

const USAGE = `usage: npm run -s bench -- --flood [options]

Measures pings over a link between two hosts, without and with a flood of initiations at one of them.

  --rounds N    measurements of each, 1 to 50 (default 5)
  --seconds N   length of one measurement, 1 to 60 (default 10)
  --rate N      initiations a second, 1 to 50000 (default 10000)
  --quick       2 rounds of 2 seconds
  --json        one JSON object on standard output
`;

/** What the project wants of it: p99 with the flood over p99 without. */
const MOST = 2;
/** The shortest at which ping sleeps between two requests. */
const PING_INTERVAL_S = 0.01;
/** The flood's program begins. */
const LEAD_MS = 700;
/** Where nobody listens. */
const DISCARD = 9;

/** Cases by name: where the flood goes, and from which sources; null: there is none. */
const CASES: [name: string, port: number, sources: Sources | null][] = [
  ['quiet', 0, null],
  ['elsewhere', DISCARD, 'one'],
  ['one-source', DEFAULTS.port, 'one'],
  ['forged-sources', DEFAULTS.port, 'forged'],
];

interface FloodOptions {
  rounds: number;
  seconds: number;
  rate: number;
  json: boolean;
}

export function main(args: string[]): Promise<number> {
  return runProgram(args, {
    name: 'bench',
    usage: USAGE,
    parse: parseOptions,
    async work(options) {
      const { rows, counters } = await measure(options);
      process.stdout.write(options.json ? `${JSON.stringify({ rows, counters })}\n` : render(rows));
      describe(rows, counters);
      return true;
    },
  });
}

function parseOptions(args: string[]): FloodOptions | null {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '10' },
      rate: { type: 'string', default: '10000' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const rounds = values.quick ? 2 : whole('rounds', values.rounds, 1, 50);
  const seconds = values.quick ? 2 : whole('seconds', values.seconds, 1, 60);
  return { rounds, seconds, rate: whole('rate', values.rate, 1, 50_000), json: values.json };
}

type Samples = Record<'p50' | 'p99' | 'lane' | 'control', number[]>;

async function measure(options: FloodOptions): Promise<{ rows: Row[]; counters: Record<string, number> }> {
  const lab = new Lab();
  try {
    // The third host has no daemon: the flood comes from there.
    const mesh = makeMesh(lab, { hosts: 3, links: 1 });
    const network = new Network(lab, mesh, { knows: (_host, peer) => peer.id !== 3 });
    const [target, other] = [network.daemon(1), network.daemon(2)];
    for (const daemon of [target, other]) await daemon.start();
    for (const daemon of [target, other]) await daemon.waitLinksUp();
    const publicKey = (await target.must('show crypto key')).trim();
    const [from, attacker] = [network.host(2).namespace, network.host(3).namespace];
    // Where cookie replies to forged sources go.
    lab.exec(network.host(1).namespace, ['ip', 'route', 'add', '10.128.0.0/9', 'via', linkAddress(3, 0)]);
    await slowRoundTrips({ lab, from, address: tunnelAddress(1) }, options.seconds, PING_INTERVAL_S);

    const all = new Map<string, Samples>(CASES.map(([name]) => [name, { p50: [], p99: [], lane: [], control: [] }]));
    const before = memory(target.pid);
    for (let round = 0; round < options.rounds; round++) {
      for (const [name, port, sources] of CASES) {
        const samples = all.get(name) as Samples;
        const milliseconds = options.seconds * 1000 + 2 * LEAD_MS;
        const wave = { publicKey, address: linkAddress(1, 0), port, rate: options.rate, milliseconds };
        const flooded = sources === null ? sleep(LEAD_MS) : flood(lab, attacker, { ...wave, sources });
        await sleep(LEAD_MS);
        const [cpu, startedAt] = [cpuTime(target.pid), performance.now()];
        const times = await slowRoundTrips({ lab, from, address: tunnelAddress(1) }, options.seconds, PING_INTERVAL_S);
        const [after, elapsed] = [cpuTime(target.pid), performance.now() - startedAt];
        const sent = await flooded;
        if (sent !== undefined && sent < 0.9 * (options.rate / 1000) * milliseconds) {
          process.stderr.write(`bench: ${name}: only ${sent} initiations in ${milliseconds} ms went out\n`);
        }
        samples.p50.push(percentile(times, 0.5));
        samples.p99.push(percentile(times, 0.99));
        samples.lane.push((100 * (after.lane - cpu.lane)) / elapsed);
        samples.control.push((100 * (after.control - cpu.control)) / elapsed);
      }
    }
    const after = memory(target.pid);
    const counters = JSON.parse(await target.must('show counters | json'));
    await Promise.all([target.stop(), other.stop()]);
    const rows = [...all].flatMap(([name, { p50, p99, lane, control }]) => [
      row(name, 'ping-p50', 'us', p50),
      row(name, 'ping-p99', 'us', p99),
      row(name, 'cpu-lane', '%', lane),
      row(name, 'cpu-control', '%', control),
    ]);
    rows.push(row('before', 'rss-mb', 'MB', [before.resident]), row('after', 'rss-mb', 'MB', [after.resident]));
    return { rows, counters };
  } finally {
    lab.close();
  }
}

/** Says how the measured stands to what the project has set itself, and what became of the datagrams. */
function describe(rows: Row[], counters: Record<string, number>): void {
  const p99 = (system: string) =>
    median(rows.filter((each) => each.system === system && each.case === 'ping-p99').map((each) => each.median));
  for (const [name] of CASES.slice(1)) {
    const ratio = (p99(name) / p99('quiet')).toFixed(2);
    process.stderr.write(`bench: ${name}: p99 is ${ratio} times that without a flood (wanted: at most ${MOST})\n`);
  }
  const names = Object.keys(counters).filter((name) => name.startsWith('handshake') && (counters[name] ?? 0) > 0);
  process.stderr.write(`bench: ${names.map((name) => `${name} ${counters[name]}`).join(', ')}\n`);
}
