/**
 * A numbered UDP probe between every pair of hosts: each host sends every other host numbered datagrams at a fixed
 * rate, and what arrives is held against what was sent: lost, duplicated, reordered, and the longest silence.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LineProgram } from './line-program.js';
import type { Lab } from './namespaces.js';
import type { Arrivals } from './probe-datagram.js';
import { SMALLEST_DATAGRAM } from './probe-datagram.js';
import type { Command, PeerReport } from './probe-worker.js';

const WORKER = fileURLToPath(new URL('./probe-worker.js', import.meta.url));

/** Time that duplicates on the way are given to arrive after the last datagram was sent. */
const DRAIN_MS = 200;
/** Time that datagrams on the way are given at most: what is not there by then is lost. */
const PATIENCE_MS = 3000;

export interface ProbeHost {
  id: number;
  namespace: string;
  /** The address that the others send to: the tunnel's, or a link's to measure the lab itself. */
  address: string;
}

export interface ProbeOptions {
  /** Datagrams per second from each host to each other host. */
  rate?: number;
  /** UDP payload in bytes, 64 to 9216. */
  size?: number;
}

export interface FlowReport extends Arrivals {
  from: number;
  to: number;
  sent: number;
  lost: number;
  /** Of the lost, those that the probe itself had no room for. */
  overrun: number;
  /** The longest that the probe of either end was not let run while it sent. */
  lateMs: number;
}

interface Worker {
  id: number;
  program: LineProgram<Command>;
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
    const workers = hosts.map(({ id, namespace }) => ({
      id,
      program: new LineProgram<Command>(lab, namespace, WORKER, `the probe of host ${id}`),
    }));
    await Promise.all(
      hosts.map(({ id, address }, index) => {
        const peers = hosts
          .filter((other) => other.id !== id)
          .map((other) => ({ id: other.id, address: other.address }));
        return workers[index]?.program.ask({ op: 'open', setup: { id, address, peers, rate, size } });
      }),
    );
    return new Probe(workers);
  }

  /** Begins a run with all counts at zero. @param size UDP payload from now on, if not as before */
  async begin(size?: number): Promise<void> {
    await this.#all({ op: 'arm', run: ++this.#runs, size });
    await this.#all({ op: 'send' });
  }

  /** Begins a run that is nothing but one burst from each host to each other. */
  async burst(count: number, size?: number): Promise<void> {
    await this.#all({ op: 'arm', run: ++this.#runs, size });
    await this.#all({ op: 'burst', count });
  }

  /**
   * Stops sending, waits for what is on its way, for a few seconds at most, and returns what became of every flow of the
   * run. @param isWhole which flows should lose nothing and are waited for; all, if not given
   */
  async end(isWhole: (flow: FlowReport) => boolean = () => true): Promise<FlowReport[]> {
    await this.#all({ op: 'stop' });
    const deadline = performance.now() + PATIENCE_MS;
    await sleep(DRAIN_MS);
    let flows = await this.#flows();
    while (flows.some((flow) => flow.lost > flow.overrun && isWhole(flow)) && performance.now() < deadline) {
      await sleep(DRAIN_MS);
      flows = await this.#flows();
    }
    return flows;
  }

  /** What has become of every flow of the run by now. */
  async #flows(): Promise<FlowReport[]> {
    const reports = (await this.#all({ op: 'report' })) as PeerReport[][];
    const byHost = new Map(this.#workers.map((worker, index) => [worker.id, reports[index] ?? []]));
    return this.#workers.flatMap(({ id: to }) =>
      (byHost.get(to) ?? []).map(({ peer: from, sent: _, ...arrivals }) => {
        const sender = byHost.get(from)?.find((flow) => flow.peer === to);
        const sent = sender?.sent ?? 0;
        const lateMs = Math.max(arrivals.lateMs, sender?.lateMs ?? 0);
        return { from, to, sent, lost: sent - arrivals.received, ...arrivals, lateMs };
      }),
    );
  }

  #all(command: Command): Promise<unknown[]> {
    return Promise.all(this.#workers.map((worker) => worker.program.ask(command)));
  }
}
