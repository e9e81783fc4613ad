/** One measurement: a TCP stream by iperf3 between the two ends of a system. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { System } from './bench-systems.js';

export interface Sample {
  /** What arrived. */
  mbits: number;
  gigabytes: number;
}

/** Seconds that iperf3 may take longer than it was told. */
const GRACE = 15;

/** One TCP stream from the first host to the second. @throws Error with iperf3's own words when it fails */
export async function tcp(system: System, seconds: number): Promise<Sample> {
  const server = inside(system.to, ['iperf3', '--server', '--one-off', '--json', '--idle-timeout', '10']);
  await sleep(300); // iperf3 says nothing when it listens
  const client = inside(system.from, ['iperf3', '--client', system.address, '--time', `${seconds}`, '--json']);
  const timer = setTimeout(() => client.kill('SIGKILL'), (seconds + GRACE) * 1000);
  const text = await output(client);
  clearTimeout(timer);
  server.kill('SIGTERM');
  return parse(text);
}

function parse(text: string): Sample {
  const report = JSON.parse(text) as {
    error?: string;
    end?: { sum_received?: { bits_per_second: number; bytes: number } };
  };
  const received = report.end?.sum_received;
  if (report.error !== undefined || received === undefined) throw new Error(`iperf3: ${report.error ?? 'no result'}`);
  return { mbits: received.bits_per_second / 1e6, gigabytes: received.bytes / 1e9 };
}

function inside(namespace: string, command: string[]): ChildProcess {
  return spawn('ip', ['netns', 'exec', namespace, 'setpriv', '--pdeathsig', 'KILL', ...command], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

async function output(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  await once(child, 'close');
  return text;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
