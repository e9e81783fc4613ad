/** What is measured of one system that runs, and which cases come of it. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Case, Options } from './bench-options.js';
import { roundTrips, slowRoundTrips } from './bench-ping.js';
import { percentile } from './bench-rows.js';
import type { System } from './bench-systems.js';
import { tcp } from './bench-traffic.js';
import { UdpMeter } from './bench-udp.js';
import { cpuTime, memory } from './process-cost.js';

/** One system while it runs. */
export interface Bench {
  system: System;
  /** Started when first needed. */
  udp: UdpMeter | null;
}

export type Figures = Partial<Record<Case, number>>;

export interface Measurement {
  /** What it gives; one measurement can serve several cases. */
  cases: Case[];
  measure(bench: Bench, options: Options): Promise<Figures>;
}

/** The stream under which ping is measured begins and ends so much earlier and later, seconds. */
const LEAD = 0.3;
/** Before anything is measured: Node compiles what runs often. */
const WARM_UP = { seconds: 1, pings: 2000 };

export async function warmUp({ system }: Bench): Promise<Figures> {
  await tcp(system, { seconds: WARM_UP.seconds });
  await roundTrips(system, WARM_UP.pings);
  return {};
}

/** Measured with other systems beside, which are idle. */
export const LOADS: Measurement[] = [
  { cases: ['tcp', 'cpu-s-per-gb', 'minor-gc'], measure: tcpWithCost },
  {
    cases: ['tcp-reverse'],
    measure: async ({ system }, { seconds }) => ({
      'tcp-reverse': (await tcp(system, { seconds, reverse: true })).mbits,
    }),
  },
  {
    cases: ['tcp-4'],
    measure: async ({ system }, { seconds }) => ({ 'tcp-4': (await tcp(system, { seconds, streams: 4 })).mbits }),
  },
  { cases: ['udp-64'], measure: async (bench, options) => ({ 'udp-64': await frames(64, bench, options) }) },
  { cases: ['udp-512'], measure: async (bench, options) => ({ 'udp-512': await frames(512, bench, options) }) },
  { cases: ['udp-1400'], measure: async (bench, options) => ({ 'udp-1400': await frames(1400, bench, options) }) },
  { cases: ['ping-loaded-p50', 'ping-loaded-p99'], measure: loadedPing },
  // The most that was ever resident: after all traffic.
  {
    cases: ['rss-mb'],
    measure: async ({ system }) => ({ 'rss-mb': Math.max(...system.daemons.map((pid) => memory(pid).peak)) }),
  },
];

/** Measured with nothing beside. */
export const PING: Measurement = {
  cases: ['ping-p50', 'ping-p99'],
  measure: async ({ system }, { pings }) => {
    const times = await roundTrips(system, pings);
    return { 'ping-p50': percentile(times, 0.5), 'ping-p99': percentile(times, 0.99) };
  },
};

async function tcpWithCost({ system }: Bench, { seconds }: Options): Promise<Figures> {
  const [cpuBefore, collectionsBefore] = [cpuMs(system), system.collections()];
  const sample = await tcp(system, { seconds });
  const cpu = (cpuMs(system) - cpuBefore) / 1000 / sample.gigabytes;
  const collections = system.collections().map((count, i) => (count - (collectionsBefore[i] ?? 0)) / sample.seconds);
  return { tcp: sample.mbits, 'cpu-s-per-gb': cpu, 'minor-gc': Math.max(0, ...collections) };
}

async function frames(size: number, bench: Bench, options: Options): Promise<number> {
  bench.udp ??= await UdpMeter.start(bench.system);
  return bench.udp.highestRate(size, options);
}

async function loadedPing({ system }: Bench, { seconds }: Options): Promise<Figures> {
  const load = tcp(system, { seconds: seconds + 2 * LEAD });
  const pings = sleep(LEAD * 1000).then(() => slowRoundTrips(system, seconds));
  await Promise.allSettled([load, pings]); // if one fails, the other must not go on beside the next measurement
  await load;
  const times = await pings;
  return { 'ping-loaded-p50': percentile(times, 0.5), 'ping-loaded-p99': percentile(times, 0.99) };
}

/**
 * Measures, and does it once more after a failure, which may be a hiccup of the measuring program. That a daemon has
 * ended is none. @throws Error with the system's name and log
 */
export async function patiently(what: string, bench: Bench, measure: () => Promise<Figures>): Promise<Figures> {
  const { system } = bench;
  for (let attempt = 1; ; attempt++) {
    try {
      const measured = await measure();
      if (!allRun(system)) throw new Error('a daemon has ended');
      return measured;
    } catch (error) {
      const complaint = `${system.name}, ${what}: ${(error as Error).message}`;
      if (attempt === 2 || !allRun(system)) throw new Error(`${complaint}${system.log()}`);
      process.stderr.write(`bench: ${complaint}; once more\n`);
    }
  }
}

function allRun({ daemons }: System): boolean {
  return daemons.every((pid) => existsSync(`/proc/${pid}`));
}

/** CPU time of a system's daemons so far, milliseconds. */
export function cpuMs({ daemons }: System): number {
  return daemons.map(cpuTime).reduce((sum, { lane, control, others }) => sum + lane + control + others, 0);
}
