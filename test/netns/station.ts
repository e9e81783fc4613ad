/** A machine on a bridge with the daemon's TAP: it sends and sees frames of any kind. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ipBatch, type Lab } from '../../lab/namespaces.js';
import { TAP } from '../../lab/network.js';
import type { Host } from '../../lab/topology.js';

const PROGRAM = fileURLToPath(new URL('./frame-program.js', import.meta.url));
export const BROADCAST = 'ff'.repeat(6);

export interface Station {
  mac: string;
  /** Frames that arrived, in hex. */
  seen: string[];
  send(...frames: string[]): void;
}

/** Bridges the daemon's TAP of a host, which must run, with a station's. */
export async function plugIn(lab: Lab, { id, namespace }: Host): Promise<Station> {
  const child = lab.spawn(namespace, [process.execPath, PROGRAM, 'station']);
  const seen: string[] = [];
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  await once(lines, 'line');
  lines.on('line', (line) => seen.push(line));
  ipBatch(namespace, [
    'link add bridge type bridge mcast_snooping 0',
    'link set station master bridge',
    `link set ${TAP} master bridge`,
    'link set bridge up',
  ]);
  const send = (...frames: string[]) => child.stdin?.write(frames.map((frame) => `${frame}\n`).join(''));
  return { mac: `025e000000${id.toString(16).padStart(2, '0')}`, seen, send };
}

/** The frames that arrived since the last call, as soon as there are `count`; what there is after 5 s. */
export async function arrived(station: Station, count: number): Promise<string[]> {
  for (let i = 0; i < 100 && station.seen.length < count; i++) await sleep(50);
  return station.seen.splice(0);
}
