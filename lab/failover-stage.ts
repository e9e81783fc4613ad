/** Two hosts with daemons, the wires that a cut wants, and the traffic programs: where repetitions are played. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Policy } from '../src/config/model.js';
import { keepAwake } from './awake.js';
import { CorePauses } from './core-pauses.js';
import { Cuts } from './cuts.js';
import type { Cut, Scene } from './failover-cuts.js';
import { Lab } from './namespaces.js';
import { Network, TAP, tunnelAddress } from './network.js';
import { Probe } from './probe.js';
import { Relay } from './relay.js';
import { StarvationWatch } from './starvation.js';
import { Stream } from './stream.js';
import { deviceDrops, type Host, makeMesh } from './topology.js';

/** Numbered frames from each host to the other, a second. */
const RATE = 10_000;
/** A link that isn't up again by then has a reason to stay down for longer, such as damping: a new stage is faster. */
const SETTLE_MS = 4000;
const POLL_MS = 50;
/** Node compiles what runs often, and a small machine has no core left for that while it carries traffic. */
const WARM_UP_MS = 6000;

export interface StageOptions {
  policy: Policy;
  cut: Pick<Cut, 'links' | 'relayed'>;
  fast: boolean;
  seed: number;
}

export class Stage {
  readonly scene: Scene;
  readonly probe: Probe;
  readonly stream: Stream;
  readonly pauses: CorePauses;
  readonly #lab: Lab;
  readonly #network: Network;
  readonly #options: StageOptions;
  #policy: Policy;

  private constructor(lab: Lab, network: Network, scene: Scene, probe: Probe, stream: Stream, options: StageOptions) {
    this.#lab = lab;
    this.#network = network;
    this.scene = scene;
    this.probe = probe;
    this.stream = stream;
    this.pauses = new CorePauses(lab);
    this.#options = options;
    this.#policy = options.policy;
  }

  /** Builds everything and waits until all links are up. */
  static async open(options: StageOptions): Promise<Stage> {
    const { policy, cut, fast, seed } = options;
    const lab = new Lab();
    try {
      keepAwake(lab);
      const mesh = makeMesh(lab, { hosts: 2, links: cut.links });
      for (const { namespace } of mesh.hosts) reassembleAll(lab, namespace);
      const [here, there] = mesh.hosts as [Host, Host];
      const relay = cut.relayed ? await Relay.start(lab, mesh, seed) : null;
      const linkLines = [...(cut.relayed ? ['dynamic'] : []), ...(fast ? ['timers 20 100'] : [])];
      const network = new Network(lab, mesh, {
        policy,
        linkLines,
        ...(relay === null ? {} : { endpointOf: Relay.endpointOf }),
      });
      await network.start();
      const ends = mesh.hosts.map((host) => ({ ...host, address: tunnelAddress(host.id) }));
      const probe = await Probe.start(lab, ends, { rate: RATE });
      const stream = await Stream.start(lab, here.namespace, there.namespace, tunnelAddress(there.id));
      await warmUp(probe);
      const scene = { mesh, here, there, relay, cuts: new Cuts(lab, mesh), daemon: network.daemon(1) };
      return new Stage(lab, network, scene, probe, stream, options);
    } catch (error) {
      lab.close();
      throw error;
    }
  }

  fits({ links, relayed }: Pick<Cut, 'links' | 'relayed'>): boolean {
    return this.#options.cut.links === links && this.#options.cut.relayed === relayed;
  }

  async setPolicy(policy: Policy): Promise<void> {
    if (policy !== this.#policy) await this.#network.setPolicy(policy);
    this.#policy = policy;
  }

  /**
   * Waits until every link is up, and link 0 is chosen among equals; false if that takes long. @throws Error if a daemon
   * has ended
   */
  async settled(): Promise<boolean> {
    const deadline = performance.now() + SETTLE_MS;
    while (performance.now() < deadline) {
      if ((await this.#links()).every(({ state, longer }) => state === 'up' && !longer)) return true;
      await sleep(POLL_MS);
    }
    return false;
  }

  /** What only grows: how often links went down, frames the TAPs' queues dropped, what the relay had no room for. */
  async tallies(): Promise<{ downs: number; tapDropped: number; overrun: number }> {
    const { mesh, relay } = this.scene;
    const report = await relay?.report();
    const waiting = report?.paths.flat().reduce((sum, path) => sum + path.overrun, report.overrun);
    return {
      downs: (await this.#links()).reduce((sum, { downs }) => sum + downs, 0),
      tapDropped: mesh.hosts.reduce((sum, host) => sum + deviceDrops(host, TAP), 0),
      overrun: waiting ?? 0,
    };
  }

  /** Begins to watch whether the machine lets the daemons run. */
  watch(): StarvationWatch {
    return new StarvationWatch(this.#network.daemons.map(({ pid }) => pid));
  }

  close(): void {
    this.#lab.close();
  }

  async #links() {
    for (const { running, name, log } of this.#network.daemons) {
      if (!running) throw new Error(`the daemon of ${name} ended:\n${log}`);
    }
    return (await Promise.all(this.#network.daemons.map((daemon) => daemon.links()))).flat();
  }
}

/**
 * Where `mtu auto` has followed a path to below the probe's datagrams, the host cuts them, and gives one up when pieces of
 * 64 others come between its own (ipfrag_max_dist, ip-sysctl.rst): frames that were sent again come that late. Frames of
 * the tunnel are counted here, not what a host makes of them.
 */
function reassembleAll(lab: Lab, namespace: string): void {
  lab.exec(namespace, ['tee', '/proc/sys/net/ipv4/ipfrag_max_dist'], '0');
}

async function warmUp(probe: Probe): Promise<void> {
  await probe.begin();
  await sleep(WARM_UP_MS);
  await probe.end();
}
