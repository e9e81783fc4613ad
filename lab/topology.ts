/**
 * Hosts and the wires between them. In a mesh, link number n of every host is plugged into LAN n: a bridge in
 * a namespace of its own (the "switch"), so that a cable can be cut at the switch without a sign at
 * either host. A pair is two hosts on bare veth cables, for measurements.
 */
import { ip, ipBatch, type Lab } from './namespaces.js';

export interface Host {
  /** 1, 2, 3 …; also the last part of its addresses. */
  id: number;
  /** `h1`, `h2` … */
  name: string;
  namespace: string;
}

export interface Mesh {
  hosts: Host[];
  /** Links per host; the host's side of link n is called `l<n>`. */
  links: number;
  /** The namespace of the bridges `lan<n>`; the port of host h on LAN n is `h<h>l<n>`. Null in a pair. */
  switchNamespace: string | null;
  mtu: number[];
}

export interface MeshOptions {
  hosts: number;
  links: number;
  /** Device MTU of every link, or of each by number; 1500 if not given. */
  mtu?: number | number[];
}

/** Most hosts and links that the lab's numbering has room for. */
export const MAX_HOSTS = 8;

/** Host `id`'s address on link `link`. */
export function linkAddress(id: number, link: number, family: 4 | 6 = 4): string {
  return family === 4 ? `10.0.${link + 1}.${id}` : `fd00:0:0:${link + 1}::${id}`;
}

/** A full mesh over bridges: every host reaches every other on every link. */
export function makeMesh(lab: Lab, options: MeshOptions): Mesh {
  const mesh: Mesh = {
    hosts: makeHosts(lab, options.hosts),
    links: options.links,
    switchNamespace: lab.addNamespace('sw'),
    mtu: mtuOfLinks(options),
  };
  const cables: string[] = [];
  const ports: string[] = [];
  for (let link = 0; link < mesh.links; link++) {
    ports.push(`link add lan${link} type bridge mcast_snooping 0`, `link set lan${link} up`);
    for (const host of mesh.hosts) {
      const port = portName(host, link);
      const near = `link add l${link} netns ${host.namespace} mtu ${mesh.mtu[link]} type veth`;
      cables.push(`${near} peer name ${port} netns ${mesh.switchNamespace} mtu ${mesh.mtu[link]}`);
      ports.push(`link set ${port} master lan${link} up`);
    }
  }
  ipBatch(null, cables);
  ipBatch(mesh.switchNamespace, ports);
  for (const host of mesh.hosts) configureLinks(mesh, host);
  return mesh;
}

/** Two hosts joined by one veth cable per link, with nothing between. */
export function makePair(lab: Lab, options: Omit<MeshOptions, 'hosts'>): Mesh {
  const hosts = makeHosts(lab, 2);
  const mesh: Mesh = { hosts, links: options.links, switchNamespace: null, mtu: mtuOfLinks(options) };
  const cables = mesh.mtu.map((mtu, link) => {
    const [a, b] = hosts.map((host) => host.namespace);
    return `link add l${link} netns ${a} mtu ${mtu} type veth peer name l${link} netns ${b} mtu ${mtu}`;
  });
  ipBatch(null, cables);
  for (const host of hosts) configureLinks(mesh, host);
  return mesh;
}

/** The switch's side of a host's cable. */
export function portName(host: Host, link: number): string {
  return `${host.name}l${link}`;
}

/** Puts the addresses on one link of a host (IPv6 ones vanish with `link down`) and sets it up. */
export function linkUpCommands(host: Host, link: number): string[] {
  return [
    `link set l${link} up`,
    `address replace ${linkAddress(host.id, link)}/24 dev l${link}`,
    `address replace ${linkAddress(host.id, link, 6)}/64 dev l${link} nodad`,
  ];
}

/** Makes a host's cable to LAN `link` again after its device was deleted. */
export function makeCable(mesh: Mesh, host: Host, link: number): void {
  const port = portName(host, link);
  const near = `link add l${link} netns ${host.namespace} mtu ${mesh.mtu[link]} type veth`;
  ipBatch(null, [`${near} peer name ${port} netns ${mesh.switchNamespace} mtu ${mesh.mtu[link]}`]);
  if (mesh.switchNamespace !== null) ipBatch(mesh.switchNamespace, [`link set ${port} master lan${link} up`]);
  ipBatch(host.namespace, linkUpCommands(host, link));
}

/** The same of any device of a host; of a TAP: frames for which its queue had no room before the daemon read them. */
export function deviceDrops(host: Host, name: string): number {
  const [device] = JSON.parse(ip(['-n', host.namespace, '-s', '-j', 'link', 'show', name]));
  return device.stats64.tx.dropped + device.stats64.tx.errors;
}

function makeHosts(lab: Lab, count: number): Host[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `h${index + 1}`;
    return { id: index + 1, name, namespace: lab.addNamespace(name) };
  });
}

function configureLinks(mesh: Mesh, host: Host): void {
  const lines = mesh.mtu.flatMap((_, link) => linkUpCommands(host, link));
  ipBatch(host.namespace, lines);
}

function mtuOfLinks({ links, mtu = 1500 }: { links: number; mtu?: number | number[] }): number[] {
  return Array.from({ length: links }, (_, link) => (typeof mtu === 'number' ? mtu : (mtu[link] ?? 1500)));
}
