/**
 * What the daemon shows, as Prometheus reads it. Every scrape asks the daemon anew; in between nothing is
 * kept but the names, so metrics that nobody scrapes cost nothing.
 *
 * Series are bounded by the configuration: 29 for each peer, 17 for each link of a peer, some 130 for the host, 5 for each local link.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Engine, LinkStatus, PeerStatus } from '../control/engine.js';
import type { PeerQueues, SocketQueues } from '../control/queues.js';
import { DROPS, dropsOf, HOST_FAMILIES, type HostRow, hostRow } from './host.js';
import { LINK_FAMILIES } from './links.js';
import { PEER_FAMILIES } from './peers.js';
import { PEER_QUEUE_FAMILIES, SOCKET_FAMILIES } from './queues.js';
import { Table } from './table.js';

/** Default metrics whose names break the conventions: gauges, each the sum of one that stays. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

export class Exposition {
  readonly #engine: Engine;
  readonly #registry = new Registry();
  readonly #info: Gauge;
  readonly #host: Table<HostRow>;
  readonly #peers: Table<PeerStatus>;
  readonly #links: Table<LinkStatus>;
  readonly #peerQueues: Table<PeerQueues>;
  readonly #sockets: Table<SocketQueues>;
  readonly #drops: Counter[];
  #scrape: Promise<string> | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
    const registers = [this.#registry];
    this.#info = new Gauge({
      name: 'sennit_build_info',
      help: 'Always 1; the labels say what runs',
      labelNames: ['version', 'node', 'openssl', 'cipher', 'network', 'host_id'],
      registers,
    });
    this.#host = new Table(this.#registry, HOST_FAMILIES, [], () => ({}));
    this.#peers = new Table(this.#registry, PEER_FAMILIES, ['peer'], ({ peer }) => ({ peer }));
    this.#links = new Table(this.#registry, LINK_FAMILIES, ['peer', 'link'], ({ peer, link }) => ({
      peer,
      link: String(link),
    }));
    this.#peerQueues = new Table(this.#registry, PEER_QUEUE_FAMILIES, ['peer'], ({ peer }) => ({ peer }));
    this.#sockets = new Table(this.#registry, SOCKET_FAMILIES, ['link'], ({ link }) => ({ link: String(link) }));
    this.#drops = DROPS.map(({ name, help, label }) => new Counter({ name, help, labelNames: [label], registers }));
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics now, in the text format of Prometheus. Who asks while another is being answered gets the same. */
  text(): Promise<string> {
    this.#scrape ??= this.#read().finally(() => {
      this.#scrape = null;
    });
    return this.#scrape;
  }

  async #read(): Promise<string> {
    const { version, node, openssl, cipher } = this.#engine.version();
    const { network, interface: tap } = this.#engine.running();
    const [host, links] = [await hostRow(this.#engine), await this.#engine.links()];
    const peers = this.#engine.peers();
    this.#info.reset();
    this.#info.set({ version, node, openssl, cipher, network, host_id: String(tap?.hostId ?? '') }, 1);
    this.#host.fill([host]);
    this.#peers.fill(peers);
    this.#links.fill(links);
    this.#peerQueues.fill(host.queues.peers);
    this.#sockets.fill(host.queues.sockets);
    for (const [at, drops] of DROPS.entries()) {
      const metric = this.#drops[at];
      metric?.reset();
      for (const [label, count] of dropsOf(drops, host.counters)) metric?.inc({ [drops.label]: label }, count);
    }
    return this.#registry.metrics();
  }

  /** Lets go of what the default metrics watch. */
  close(): void {
    this.#registry.clear();
  }
}
