/**
 * A relay of our own between two hosts, for what the kernel of a small machine can't do to a link: delay, loss from a
 * seed, a bound on the size, one direction only, another port (NAT). It runs in the switch's namespace at
 * the bridges' own addresses, and each host takes it for the other.
 */
import { fileURLToPath } from 'node:url';
import { DEFAULTS } from '../src/config/model.js';
import { LineProgram } from './line-program.js';
import { ipBatch, type Lab } from './namespaces.js';
import { CLEAN, type Impairment } from './relay-path.js';
import type { Command, Report, Side } from './relay-program.js';
import { type Host, linkAddress, type Mesh } from './topology.js';

const PROGRAM = fileURLToPath(new URL('./relay-program.js', import.meta.url));

/** The relay's last part of an address on each LAN; no host has it. */
const RELAY_ID = 254;
/** The relay's ports toward host 1 and host 2. */
const PORTS = [20_701, 20_702] as const;
/** Where ports after a rebinding begin. */
const LATER_PORTS = 30_000;

/** Which way, seen from host 1. */
export type Way = 'out' | 'in' | 'both';

export class Relay {
  readonly #program: LineProgram<Command>;
  #nextPort = LATER_PORTS;

  private constructor(program: LineProgram<Command>) {
    this.#program = program;
  }

  /** Starts it between the two hosts of a mesh. @param seed of the losses */
  static async start(lab: Lab, mesh: Mesh, seed: number): Promise<Relay> {
    const { switchNamespace, hosts, links } = mesh;
    if (switchNamespace === null || hosts.length !== 2) throw new Error('a relay stands in a mesh of two hosts');
    const numbers = Array.from({ length: links }, (_, link) => link);
    ipBatch(
      switchNamespace,
      numbers.map((link) => `address add ${linkAddress(RELAY_ID, link)}/24 dev lan${link}`),
    );
    const relay = new Relay(new LineProgram<Command>(lab, switchNamespace, PROGRAM, 'the relay'));
    const [near, far] = hosts as [Host, Host];
    const own = (link: number, port: number) => ({ address: linkAddress(RELAY_ID, link), port });
    const host = ({ id }: Host, link: number) => ({ address: linkAddress(id, link), port: DEFAULTS.port });
    await relay.#program.ask({
      op: 'open',
      seed,
      links: numbers.map((link) => ({
        own: [own(link, PORTS[0]), own(link, PORTS[1])],
        hosts: [host(near, link), host(far, link)],
      })),
    });
    return relay;
  }

  /** Where the other host reaches `peer`: lines for a peer's link. */
  static endpointOf(peer: Host, link: number): string {
    return `address ${linkAddress(RELAY_ID, link)} port ${PORTS[peer.id === 1 ? 1 : 0]}`;
  }

  /** What happens to datagrams of a link from now on, in place of what was said before of that way. */
  async impair(link: number, impairment: Partial<Impairment>, way: Way = 'both'): Promise<void> {
    const sides: Side[] = way === 'both' ? [0, 1] : way === 'out' ? [0] : [1];
    for (const from of sides) {
      await this.#program.ask({ op: 'impair', link, from, impairment: { ...CLEAN, ...impairment } });
    }
  }

  /** Gives the link another port toward a host, as a NAT does that has forgotten it. */
  async rebind(link: number, toward: Side = 0): Promise<void> {
    await this.#program.ask({ op: 'rebind', link, toward, port: this.#nextPort++ });
  }

  async report(): Promise<Report> {
    return (await this.#program.ask({ op: 'report' })) as Report;
  }
}
