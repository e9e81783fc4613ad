/**
 * `npm run bench -- --scale`: what an idle daemon costs, its links kept up by heartbeats every 100 ms. First four
 * real daemons, each with 3 peers over 8 links; then one with more and more peers over 2 links each, played by
 * one other process. How the cost grows with the peers is written to standard error in words.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { median, type Row, render, row as rowOf } from './bench-rows.js';
import { scrapeRows } from './bench-scrape.js';
import { Lab } from './namespaces.js';
import { Network } from './network.js';
import { type CpuTime, cpuTime, memory } from './process-cost.js';
import { runProgram } from './program.js';
import { INTERVAL, Swarm } from './swarm.js';
import { makeMesh } from './topology.js';
import { whole } from './whole-number.js';

const DEFAULT_SIZES = '3x8,0x2,10x2,60x2,125x2,250x2';

const USAGE = `usage: npm run -s bench -- --scale [options]
  --rounds N    measurements of each size, 1 to 50 (default 3)
  --seconds N   length of one measurement, 1 to 60 (default 10)
  --quick       1 round of 5 seconds, after a shorter rest
  --only A,B    these sizes, peers x links: 3x8 (real daemons), or N x 1 to 8 with N up to 500
                (default ${DEFAULT_SIZES})
  --interval N  milliseconds between heartbeats, but of real daemons, 10 to 10000 (default ${INTERVAL}); more than some
                thousand a second are too many for the one process that plays the peers
  --scrape      time scrapes of the daemon's metrics, too, and pings through its tunnel beside them
  --json        one JSON object on standard output
`;

interface ScaleOptions {
  rounds: number;
  seconds: number;
  /** Seconds between the last link's coming up and the first measurement. */
  rest: number;
  /** `3x8`, `10x2` … */
  sizes: string[];
  /** Milliseconds between heartbeats. */
  interval: number;
  scrape: boolean;
}

/** What was measured of one size. CPU in percent of one core, memory in MB. */
interface Samples {
  size: string;
  peers: number;
  cpu: number[];
  lane: number[];
  control: number[];
  resident: number[];
  peak: number[];
  proportional: number[];
  /** Seconds until all links were up. */
  connect: number[];
  /** Of scrapes. */
  more: Row[];
}

const MESH_SIZE = '3x8';
/** What the project wants of it: percent of one core, MB. */
const MOST_CPU = 2;
const MOST_RESIDENT = 130;
/** What takes part in heartbeats is compiled only after some seconds of them; then Node's own threads come to rest. */
const REST = 15;
const SHORT_REST = 5;

export function main(args: string[]): Promise<number> {
  return runProgram(args, {
    name: 'bench',
    usage: USAGE,
    parse: parseOptions,
    async work(options) {
      const rows = await scaleRows(options);
      process.stdout.write(options.json ? `${JSON.stringify({ rows })}\n` : render(rows));
      return true;
    },
  });
}

function parseOptions(args: string[]): (ScaleOptions & { json: boolean }) | null {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '10' },
      only: { type: 'string', default: DEFAULT_SIZES },
      interval: { type: 'string', default: String(INTERVAL) },
      scrape: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const sizes = values.only.split(',');
  const unknown = sizes.find((size) => size !== MESH_SIZE && !/^([0-4]?\d{1,2}|500)x[1-8]$/.test(size));
  if (unknown !== undefined) throw new Error(`there is no size '${unknown}'`);
  const rounds = values.quick ? 1 : whole('rounds', values.rounds, 1, 50);
  const seconds = values.quick ? 5 : whole('seconds', values.seconds, 1, 60);
  const interval = whole('interval', values.interval, 10, 10_000);
  const { scrape, json } = values;
  return { rounds, seconds, rest: values.quick ? SHORT_REST : REST, sizes, interval, scrape, json };
}

/** Measures every size in turn. What a peer costs comes on top of the daemon without peers, if that was measured too. */
async function scaleRows(options: ScaleOptions): Promise<Row[]> {
  const all: Samples[] = [];
  for (const size of options.sizes) {
    process.stderr.write(`bench: ${size}, peers x links\n`);
    all.push(size === MESH_SIZE ? await measureMesh(options) : await measureSwarm(size, options));
  }
  const alone = all.find(({ peers }) => peers === 0);
  describeMesh(all);
  describeGrowth(all);
  return all.flatMap((samples) => rowsOf(samples, alone));
}

async function measureMesh(options: ScaleOptions): Promise<Samples> {
  const lab = new Lab();
  try {
    const network = new Network(lab, makeMesh(lab, { hosts: 4, links: 8 }));
    const startedAt = performance.now();
    await network.start();
    const connect = (performance.now() - startedAt) / 1000;
    const pids = network.daemons.map((daemon) => daemon.pid);
    const samples = await rest(MESH_SIZE, pids, connect, options);
    await network.stop();
    return samples;
  } finally {
    lab.close();
  }
}

async function measureSwarm(size: string, options: ScaleOptions): Promise<Samples> {
  const [peers = 0, links = 0] = size.split('x').map(Number);
  const lab = new Lab();
  try {
    const swarm = await Swarm.start(lab, peers, links, options.interval);
    const connect = (await swarm.connect()) / 1000;
    const samples = await rest(size, [swarm.daemon.pid], connect, options);
    if (options.scrape) samples.more = await scrapeRows(lab, swarm, size);
    const { up, downs } = await swarm.state();
    if (up !== peers * links || downs > 0) {
      process.stderr.write(`bench: ${size}: ${up} of ${peers * links} links are up, ${downs} times one went down\n`);
    }
    await swarm.stop();
    return samples;
  } finally {
    lab.close();
  }
}

/** Lets daemons rest and then looks at what they cost. */
async function rest(size: string, pids: number[], connect: number, options: ScaleOptions): Promise<Samples> {
  const samples: Samples = {
    size,
    peers: Number(size.split('x')[0]),
    cpu: [],
    lane: [],
    control: [],
    resident: [],
    peak: [],
    proportional: [],
    connect: [connect],
    more: [],
  };
  await sleep(options.rest * 1000);
  for (let round = 0; round < options.rounds; round++) {
    const startedAt = performance.now();
    const before = pids.map(cpuTime);
    await sleep(options.seconds * 1000);
    const after = pids.map(cpuTime);
    const elapsed = performance.now() - startedAt;
    for (const [index, pid] of pids.entries()) {
      const spent = (thread: keyof CpuTime) =>
        (100 * ((after[index]?.[thread] ?? 0) - (before[index]?.[thread] ?? 0))) / elapsed;
      samples.lane.push(spent('lane'));
      samples.control.push(spent('control'));
      samples.cpu.push(spent('lane') + spent('control') + spent('others'));
      const { resident, peak, proportional } = memory(pid);
      samples.resident.push(resident);
      samples.peak.push(peak);
      samples.proportional.push(proportional);
    }
  }
  return samples;
}

function rowsOf(samples: Samples, alone: Samples | undefined): Row[] {
  const { size, peers, cpu, resident } = samples;
  const row = (name: string, unit: string, values: number[]) => rowOf(`sennit-${size}`, name, unit, values);
  const rows = [
    row('idle-cpu', '%', cpu),
    row('idle-cpu-lane', '%', samples.lane),
    row('idle-cpu-control', '%', samples.control),
    row('rss-mb', 'MB', resident),
    row('rss-peak-mb', 'MB', samples.peak),
    row('pss-mb', 'MB', samples.proportional),
    row('connect-s', 's', samples.connect),
    ...samples.more,
  ];
  if (alone === undefined || peers === 0 || size === MESH_SIZE) return rows;
  const [cpuAlone, residentAlone] = [median(alone.cpu), median(alone.resident)];
  const cpuPerPeer = cpu.map((each) => (each - cpuAlone) / peers);
  const residentPerPeer = resident.map((each) => ((each - residentAlone) * 1000) / peers);
  return [...rows, row('cpu-per-peer', '%', cpuPerPeer), row('rss-kb-per-peer', 'kB', residentPerPeer)];
}

/** Says how the mesh of real daemons stands to what the project has set itself. */
function describeMesh(all: Samples[]): void {
  const mesh = all.find(({ size }) => size === MESH_SIZE);
  if (mesh === undefined) return;
  const [cpu, resident] = [median(mesh.cpu).toFixed(2), median(mesh.resident).toFixed(0)];
  const wanted = `wanted: at most ${MOST_CPU} % and ${MOST_RESIDENT} MB`;
  process.stderr.write(`bench: ${MESH_SIZE}: ${cpu} % of one core and ${resident} MB resident (${wanted})\n`);
}

/** Says by which power of the number of peers CPU and memory grow: 1 is linear, less is better. */
function describeGrowth(all: Samples[]): void {
  const [alone] = all.filter(({ peers }) => peers === 0);
  const swarms = all.filter(({ peers, size }) => peers > 0 && size !== MESH_SIZE).sort((a, b) => a.peers - b.peers);
  const [first, last] = [swarms[0], swarms.at(-1)];
  if (alone === undefined || first === undefined || last === undefined || first === last) return;
  for (const [name, of] of [
    ['CPU', (samples: Samples) => median(samples.cpu)],
    ['memory', (samples: Samples) => median(samples.resident)],
  ] as const) {
    const more = (samples: Samples) => of(samples) - of(alone);
    const power = Math.log(more(last) / more(first)) / Math.log(last.peers / first.peers);
    process.stderr.write(
      `bench: from ${first.peers} to ${last.peers} peers ${name} grows with the power ${power.toFixed(2)} of the peers\n`,
    );
  }
}
