/** TCP by iperf3 between the two ends of a system. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { System } from './bench-systems.js';

export interface TcpOptions {
  seconds: number;
  /** From the second host to the first. */
  reverse?: boolean;
  streams?: number;
  /** The congestion control of both ends' TCP; the kernel's own if not given. */
  congestion?: string;
}

export interface Sample {
  /** What arrived. */
  mbits: number;
  gigabytes: number;
  seconds: number;
  /** Segments that the sender's TCP sent again. */
  retransmits: number;
}

/** Between which namespaces, and where the second is reached from the first. */
export type Ends = Pick<System, 'lab' | 'from' | 'to' | 'address'>;

/** Seconds that iperf3 may take longer than it was told. */
const GRACE = 10;

/** Streams from the first host to the second. @throws Error with iperf3's own words when it fails */
export async function tcp({ lab, from, to, address }: Ends, options: TcpOptions): Promise<Sample> {
  const { seconds, reverse = false, streams = 1, congestion } = options;
  const server = lab.spawn(to, ['iperf3', '--server', '--one-off', '--forceflush', '--idle-timeout', `${GRACE}`]);
  await firstOutput(server); // then it listens
  const which = ['--parallel', `${streams}`, ...(reverse ? ['--reverse'] : [])];
  if (congestion !== undefined) which.push('--congestion', congestion);
  const client = lab.spawn(from, ['iperf3', '--client', address, '--time', `${seconds}`, ...which, '--json']);
  const timer = setTimeout(() => client.kill('SIGKILL'), (seconds + GRACE) * 1000);
  try {
    return parseReport(await output(client));
  } finally {
    clearTimeout(timer);
    server.kill('SIGKILL');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'close');
  }
}

/** Reads the client's report. */
export function parseReport(text: string): Sample {
  const report = JSON.parse(text || '{}') as {
    error?: string;
    end?: {
      sum_sent?: { retransmits?: number };
      sum_received?: { bits_per_second: number; bytes: number; seconds: number };
    };
  };
  const received = report.end?.sum_received;
  const retransmits = report.end?.sum_sent?.retransmits ?? 0;
  if (report.error !== undefined || !received?.bytes) throw new Error(`iperf3: ${report.error ?? 'no result'}`);
  const { bits_per_second: bits, bytes, seconds } = received;
  return { mbits: bits / 1e6, gigabytes: bytes / 1e9, seconds, retransmits };
}

function firstOutput(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let complaint = '';
    child.stderr?.on('data', (text) => {
      complaint += text;
    });
    child.once('close', () => reject(new Error(`the server of iperf3 ended: ${complaint}`)));
    child.stdout?.on('data', () => resolve()); // and reads on, so that the server is never held up
  });
}

async function output(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr?.resume();
  await once(child, 'close');
  return text;
}
