/**
 * A numbered UDP probe between every pair of hosts: each host sends every other host numbered datagrams at a fixed
 * rate, and what arrives is held against what was sent: lost, duplicated, reordered, and the longest silence.
 */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Lab } from './namespaces.js';
import type { Arrivals } from './probe-datagram.js';
import { SMALLEST_DATAGRAM } from './probe-datagram.js';
import type { Command, PeerReport } from './probe-worker.js';

const WORKER = fileURLToPath(new URL('./probe-worker.js', import.meta.url));

/** Time that datagrams on the way are given to arrive after the last was sent. */
const DRAIN_MS = 300;

export interface ProbeHost {
  id: number;
  namespace: string;
  /** The address that the others send to: the tunnel's, or a link's to measure the lab itself. */
  address: string;
}

export interface ProbeOptions {
  /** Datagrams per second from each host to each other host. */
  rate?: number;
  /** UDP payload in bytes, at least 64. */
  size?: number;
}

export interface FlowReport extends Arrivals {
  from: number;
  to: number;
  sent: number;
  lost: number;
  /** Of the lost, those that the probe itself had no room for. */
  overrun: number;
}

interface Worker {
  id: number;
  ask(command: Command): Promise<unknown>;
}

export class Probe {
  readonly #workers: Worker[];
  #runs = 0;

  private constructor(workers: Worker[]) {
    this.#workers = workers;
  }

  /** Starts one process per host; they end with the lab. */
  static async start(lab: Lab, hosts: ProbeHost[], options: ProbeOptions = {}): Promise<Probe> {
    const { rate = 500, size = SMALLEST_DATAGRAM } = options;
    const workers = hosts.map((host) => startWorker(lab, host));
    await Promise.all(
      hosts.map(({ id, address }, index) => {
        const peers = hosts
          .filter((other) => other.id !== id)
          .map((other) => ({ id: other.id, address: other.address }));
        return workers[index]?.ask({ op: 'open', setup: { id, address, peers, rate, size } });
      }),
    );
    return new Probe(workers);
  }

  /** Begins a run with all counts at zero. */
  async begin(): Promise<void> {
    await this.#all({ op: 'arm', run: ++this.#runs });
    await this.#all({ op: 'send' });
  }

  /** Stops sending, waits for what is on its way, and returns what became of every flow of the run. */
  async end(): Promise<FlowReport[]> {
    await this.#all({ op: 'stop' });
    await sleep(DRAIN_MS);
    const reports = (await this.#all({ op: 'report' })) as PeerReport[][];
    const byHost = new Map(this.#workers.map((worker, index) => [worker.id, reports[index] ?? []]));
    return this.#workers.flatMap(({ id: to }) =>
      (byHost.get(to) ?? []).map(({ peer: from, sent: _, ...arrivals }) => {
        const sent = byHost.get(from)?.find((flow) => flow.peer === to)?.sent ?? 0;
        return { from, to, sent, lost: sent - arrivals.received, ...arrivals };
      }),
    );
  }

  #all(command: Command): Promise<unknown[]> {
    return Promise.all(this.#workers.map((worker) => worker.ask(command)));
  }
}

function startWorker(lab: Lab, { id, namespace }: ProbeHost): Worker {
  const child = lab.spawn(namespace, [process.execPath, WORKER]);
  const waiting: { resolve(answer: unknown): void; reject(error: Error): void }[] = [];
  let complaint = '';
  child.stderr?.on('data', (text) => {
    complaint += text;
  });
  lines(child, (line) => waiting.shift()?.resolve(JSON.parse(line)));
  child.once('exit', (code, signal) => {
    const error = new Error(`the probe of host ${id} ended (${code ?? signal}): ${complaint}`);
    for (const each of waiting.splice(0)) each.reject(error);
  });
  const ask = (command: Command) =>
    new Promise<unknown>((resolve, reject) => {
      if (child.exitCode !== null) reject(new Error(`the probe of host ${id} has ended: ${complaint}`));
      waiting.push({ resolve, reject });
      child.stdin?.write(`${JSON.stringify(command)}\n`);
    });
  return { id, ask };
}

function lines(child: ChildProcess, onLine: (line: string) => void): void {
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', onLine);
}
