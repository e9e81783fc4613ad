/**
 * What a scrape of one daemon with many peers takes, and what it does to frames: pings through the tunnel between that
 * daemon and another real one, without scrapes and while one scrape follows the other.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULTS } from '../src/config/model.js';
import { loadSodium } from '../src/io/sodium.js';
import { slowRoundTrips } from './bench-ping.js';
import { percentile, type Row, row } from './bench-rows.js';
import { Daemon } from './daemon.js';
import { LineProgram } from './line-program.js';
import type { Lab } from './namespaces.js';
import { type CpuTime, cpuTime } from './process-cost.js';
import type { ScrapeTimes } from './scrape-program.js';
import type { Swarm } from './swarm.js';

const PROGRAM = new URL('./scrape-program.js', import.meta.url).pathname;
const LISTEN = '127.0.0.1:9760';
const NEIGHBOUR = { id: 1000, port: 20_900, address: '10.90.0.2' };
const HUB_ADDRESS = '10.90.0.1';
/** Scrapes after the first, which is slow. */
const WARM = 20;
/** Of pings, with and without scrapes in turn. */
const ROUNDS = 2;
const SECONDS = 6;
const PING_INTERVAL_S = 0.002;

/** Takes about half a minute. */
export async function scrapeRows(lab: Lab, swarm: Swarm, size: string): Promise<Row[]> {
  const hub = swarm.daemon;
  const neighbour = await addNeighbour(lab, swarm);
  await hub.must('configure terminal', `metrics listen ${LISTEN}`);
  const scraper = new LineProgram<object>(lab, hub.namespace, PROGRAM, 'the scraper');
  const scrape = (count: number, ms: number, path = '/metrics') =>
    scraper.ask({ url: `http://${LISTEN}${path}`, count, ms }) as Promise<ScrapeTimes>;
  await scrape(1, 0, '/healthz'); // so that the first scrape is not that of the scraper
  const first = await scrape(1, 0);
  const before = cpuTime(hub.pid);
  const { times, bytes } = await scrape(WARM, 0);
  const after = cpuTime(hub.pid);
  const spent = (thread: keyof CpuTime) => [(after[thread] - before[thread]) / WARM];
  const way = { lab, from: hub.namespace, address: NEIGHBOUR.address };
  const [quiet, busy]: [number[], number[]] = [[], []];
  let beside = 0;
  for (let round = 0; round < ROUNDS; round++) {
    quiet.push(...(await slowRoundTrips(way, SECONDS, PING_INTERVAL_S)));
    const scraped = scrape(Number.MAX_SAFE_INTEGER, SECONDS * 1000);
    busy.push(...(await slowRoundTrips(way, SECONDS, PING_INTERVAL_S)));
    beside += (await scraped).times.length;
  }
  process.stderr.write(`bench: ${size}: ${beside} scrapes beside ${busy.length} pings\n`);
  await neighbour.stop();
  const system = `sennit-${size}`;
  const pings = (name: string, values: number[]) => [
    row(system, `ping-p50-${name}`, 'us', [percentile(values, 0.5)]),
    row(system, `ping-p99-${name}`, 'us', [percentile(values, 0.99)]),
    row(system, `ping-p999-${name}`, 'us', [percentile(values, 0.999)]),
    row(system, `ping-max-${name}`, 'us', [Math.max(...values)]),
  ];
  return [
    row(system, 'scrape-first-ms', 'ms', first.times),
    row(system, 'scrape-ms', 'ms', times),
    row(system, 'scrape-cpu-control-ms', 'ms', spent('control')),
    row(system, 'scrape-cpu-others-ms', 'ms', spent('others')),
    row(system, 'scrape-kb', 'kB', [bytes / 1000]),
    ...pings('quiet', quiet),
    ...pings('scraped', busy),
  ];
}

/** One more peer of the daemon, a real one, with a TAP. */
async function addNeighbour(lab: Lab, swarm: Swarm): Promise<Daemon> {
  const { network, daemon, links } = swarm.setup;
  const secret = randomBytes(32);
  const publicKey = Buffer.from((await loadSodium()).x25519Base(secret)).toString('base64');
  const keyFile = join(lab.directory, 'neighbour.key');
  writeFileSync(keyFile, `${secret.toString('base64')}\n`, { mode: 0o600 });
  const reach = (addresses: string[], port: number) =>
    addresses.flatMap((address, link) => [`  link ${link}`, `   address ${address} port ${port}`]);
  const near = links.map(({ remote }) => remote);
  const far = links.map(({ local }) => local);
  const neighbour = new Daemon(lab, 'neighbour', swarm.far, [
    'hostname neighbour',
    `network ${network}`,
    `crypto key file ${keyFile}`,
    `crypto psk file ${swarm.pskFile}`,
    'interface sn0',
    ` host-id ${NEIGHBOUR.id}`,
    ` ip address ${NEIGHBOUR.address}/24`,
    ...far.map((address, link) => ` local link ${link} address ${address} port ${NEIGHBOUR.port}`),
    ` peer hub id ${daemon.hostId}`,
    `  public-key ${daemon.publicKey}`,
    ...reach(near, DEFAULTS.port),
  ]);
  await neighbour.start();
  const lines = [`peer neighbour id ${NEIGHBOUR.id}`, `public-key ${publicKey}`, ...reach(far, NEIGHBOUR.port)];
  await swarm.daemon.must('configure terminal', 'interface sn0', `ip address ${HUB_ADDRESS}/24`, ...lines);
  await neighbour.waitConnected();
  await neighbour.waitLinksUp();
  await sleep(1000);
  return neighbour;
}
