/**
 * Two hosts with daemons and two links whose rates are bounded by the kernel (tbf) and whose delays are the relay's: where
 * one TCP stream is measured. The bound stands at the switch, as that of a provider does; or, with `local`, at
 * each host's own device.
 */

import type { Policy } from '../src/config/model.js';
import { tcp } from './bench-traffic.js';
import { Lab } from './namespaces.js';
import { Network, TAP, tunnelAddress } from './network.js';
import { Relay } from './relay.js';
import { type Host, makeMesh, portName } from './topology.js';

export interface Wires {
  /** Of each link, Mbit/s. */
  rates: number[];
  /** Of each link, milliseconds one way; all 0: there is no relay. */
  delays: number[];
  local: boolean;
}

export interface Sample {
  mbits: number;
  /** Segments that the sender's TCP sent again, and those that the receiver's TCP had to put in order. */
  retransmits: number;
  reordered: number;
}

/** What the bound counts beside the packet of a link: its Ethernet header. */
const ETHERNET = 14;
/** Bytes of a packet of TCP that are none of the stream: the headers of IPv4 and TCP, with time stamps. */
const TCP_HEADERS = 52;

/** Of the bound: what may pass at once, and how much may wait. */
const SHAPE = ['burst', '32kb', 'latency', '50ms'];

export class BraidStage {
  private constructor(
    readonly lab: Lab,
    readonly network: Network,
    private readonly here: Host,
    private readonly there: Host,
    readonly relay: Relay | null,
  ) {}

  static async open({ rates, delays, local }: Wires, policy: Policy): Promise<BraidStage> {
    const lab = new Lab();
    try {
      const mesh = makeMesh(lab, { hosts: 2, links: rates.length });
      const [here, there] = mesh.hosts as [Host, Host];
      const relay = delays.some((delay) => delay > 0) ? await Relay.start(lab, mesh, 1) : null;
      for (const host of mesh.hosts) {
        for (const [link, rate] of rates.entries()) {
          const place = local ? `l${link}` : portName(host, link);
          const namespace = local ? host.namespace : (mesh.switchNamespace ?? '');
          const shape = ['tbf', 'rate', `${rate}mbit`, ...SHAPE];
          lab.exec(namespace, ['tc', 'qdisc', 'replace', 'dev', place, 'root', ...shape]);
        }
      }
      if (relay !== null) {
        for (const [link, delayMs] of delays.entries()) await relay.impair(link, { delayMs });
      }
      const relayed = relay === null ? {} : { endpointOf: Relay.endpointOf, linkLines: ['dynamic'] };
      const network = new Network(lab, mesh, { policy, ...relayed });
      await network.start();
      return new BraidStage(lab, network, here, there, relay);
    } catch (error) {
      lab.close();
      throw error;
    }
  }

  /**
   * Most that a stream can get of all links, Mbit/s: each of its packets takes the place of a whole packet of a link, which
   * holds the headers of the tunnel, too.
   */
  ceiling(rates: readonly number[]): number {
    const mtu = Number(this.lab.exec(this.here.namespace, ['cat', `/sys/class/net/${TAP}/mtu`]));
    const link = this.network.mesh.mtu[0] ?? 0;
    return (rates.reduce((sum, rate) => sum + rate, 0) * (mtu - TCP_HEADERS)) / (link + ETHERNET);
  }

  /** One stream. @param congestion the name of a congestion control, as tcp(7) has it */
  async measure(seconds: number, congestion?: string): Promise<Sample> {
    const { lab, here, there } = this;
    const ends = { lab, from: here.namespace, to: there.namespace, address: tunnelAddress(there.id) };
    const before = this.#outOfOrder();
    const { mbits, retransmits } = await tcp(ends, congestion === undefined ? { seconds } : { seconds, congestion });
    return { mbits, retransmits, reordered: this.#outOfOrder() - before };
  }

  close(): void {
    this.lab.close();
  }

  /** Segments that the receiving TCP queued since others were missing before them (TCPOFOQueue of proc_net_netstat(5)). */
  #outOfOrder(): number {
    const text = this.lab.exec(this.there.namespace, ['cat', '/proc/net/netstat']);
    const [names = [], values = []] = text.split('\n').map((line) => line.split(' '));
    return Number(values[names.indexOf('TCPOFOQueue')] ?? 0);
  }
}
