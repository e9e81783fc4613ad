/**
 * Cuts of one link of one host, each seen differently: an interface that goes down is a local sign for
 * its own host and silence for the others; a silent drop at the switch is silence for everybody.
 *
 * The drops are rules of nftables at the bridge's forward hook in the switch's namespace: the sender's kernel has
 * handed the packet over long before and reports no error. ARP and neighbour discovery pass, as they would if
 * the fault were behind the first router; otherwise the sender would be told "no route to host" in the end.
 */
import { ipBatch, type Lab } from './namespaces.js';
import { type Host, linkUpCommands, type Mesh, portName } from './topology.js';

const RULES = `
table bridge cuts {
  set pairs { typeof iifname . oifname; }
  chain forward {
    type filter hook forward priority 0; policy accept;
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    iifname . oifname @pairs ether type { ip, ip6 } drop
  }
}
`;

/** Which way the switch drops, seen from the host. */
export type Direction = 'out' | 'in' | 'both';

export class Cuts {
  readonly #lab: Lab;
  readonly #mesh: Mesh;
  readonly #switch: string;

  constructor(lab: Lab, mesh: Mesh) {
    if (mesh.switchNamespace === null) throw new Error('only a mesh has a switch that can drop');
    this.#lab = lab;
    this.#mesh = mesh;
    this.#switch = mesh.switchNamespace;
    lab.exec(this.#switch, ['nft', '-f', '-'], RULES);
  }

  /** `ip link set down` inside the host. */
  interfaceDown(host: Host, link: number): void {
    ipBatch(host.namespace, [`link set l${link} down`]);
  }

  interfaceUp(host: Host, link: number): void {
    ipBatch(host.namespace, linkUpCommands(host, link));
  }

  /** Drops what `host` sends and receives on a link (or one way only), toward all hosts or toward `peer`. */
  silentDrop(host: Host, link: number, direction: Direction, peer?: Host): void {
    this.#nft('add', host, link, direction, peer);
  }

  /** Undoes the same `silentDrop`. */
  restore(host: Host, link: number, direction: Direction, peer?: Host): void {
    this.#nft('delete', host, link, direction, peer);
  }

  #nft(verb: 'add' | 'delete', host: Host, link: number, direction: Direction, peer: Host | undefined): void {
    const near = portName(host, link);
    const far = (peer === undefined ? this.#mesh.hosts.filter((other) => other !== host) : [peer]).map((other) =>
      portName(other, link),
    );
    const out = direction === 'in' ? [] : far.map((port) => `"${near}" . "${port}"`);
    const back = direction === 'out' ? [] : far.map((port) => `"${port}" . "${near}"`);
    const command = `${verb} element bridge cuts pairs { ${[...out, ...back].join(', ')} }\n`;
    this.#lab.exec(this.#switch, ['nft', '-f', '-'], command);
  }
}
