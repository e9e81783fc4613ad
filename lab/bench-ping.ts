/** Round-trip times by Debian's ping, one by one as it prints them. */
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { System } from './bench-systems.js';

/** The first are left out: they find cold caches, and neighbours that are still looked for. */
const LEFT_OUT = 20;
const LOADED_INTERVAL_S = 0.02;
/** Seconds that ping may take longer than it should. */
const GRACE = 15;

/** Round-trip times of `count` pings with one on its way at a time, microseconds. */
export async function roundTrips(system: System, count: number): Promise<number[]> {
  const times = await ping(system, ['-A', '-c', `${count}`], GRACE);
  return times.slice(LEFT_OUT);
}

/** The same at a slow pace for so long, for use beside other traffic. */
export function slowRoundTrips(system: Way, seconds: number, interval = LOADED_INTERVAL_S): Promise<number[]> {
  const count = Math.floor(seconds / interval);
  return ping(system, ['-i', `${interval}`, '-c', `${count}`], seconds + GRACE);
}

/** From a namespace to an address. */
type Way = Pick<System, 'lab' | 'from' | 'address'>;

async function ping({ lab, from, address }: Way, options: string[], deadline: number): Promise<number[]> {
  // A file, for a reader that wakes at every line would be in the way of the next ping.
  const file = join(lab.directory, 'ping');
  const command = ['ping', '-n', '-W', '2', '-w', `${deadline}`, ...options, address];
  const child = lab.spawn(from, ['sh', '-c', 'exec "$@" >"$0"', file, ...command]);
  let complaint = '';
  child.stderr?.on('data', (text) => {
    complaint += text;
  });
  await once(child, 'close');
  const output = readFileSync(file, 'latin1');
  rmSync(file);
  const times = parseTimes(output);
  if (times.length <= LEFT_OUT) throw new Error(`${command.join(' ')}: ${times.length} answers. ${complaint}${output}`);
  return times;
}

/** The `time=0.042 ms` of every answer, in microseconds. */
export function parseTimes(output: string): number[] {
  return [...output.matchAll(/ time=([\d.]+) ms/g)].map((match) => Number(match[1]) * 1000);
}
