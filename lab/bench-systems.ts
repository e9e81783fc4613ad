/** What the benchmark compares: ways for two hosts on one cable to reach each other. */
import { ipBatch, Lab } from './namespaces.js';
import { Network, type NetworkOptions, tunnelAddress } from './network.js';
import { linkAddress, type Mesh, makePair } from './topology.js';

export interface System {
  name: string;
  /** Namespaces of the two hosts; traffic goes from the first to the second. */
  from: string;
  to: string;
  /** Where the second host is reached. */
  address: string;
  /** Process ids whose CPU time the system costs; none for what the kernel does by itself. */
  daemons: number[];
  stop(): Promise<void>;
}

/** The names that `makeSystem` knows, in the order of the table. */
export const SYSTEMS = ['veth', 'vxlan', 'sennit', 'sennit-active-2', 'sennit-round-robin-2'] as const;
export type SystemName = (typeof SYSTEMS)[number];

const VXLAN_PORT = 4789;
/** What VXLAN over IPv4 leaves of an MTU of 1500. */
const VXLAN_MTU = 1450;

/** Builds one of them in namespaces of its own, ready for traffic. */
export async function makeSystem(name: SystemName): Promise<System> {
  const lab = new Lab();
  switch (name) {
    case 'veth':
      return plain(lab, name);
    case 'vxlan':
      return vxlan(lab, name);
    case 'sennit':
      return sennit(lab, name, 1, {});
    case 'sennit-active-2':
      return sennit(lab, name, 2, { policy: 'active' });
    case 'sennit-round-robin-2':
      return sennit(lab, name, 2, { policy: 'round-robin' });
  }
}

function plain(lab: Lab, name: string): System {
  const mesh = makePair(lab, { links: 1 });
  return { ...ends(mesh), name, address: linkAddress(2, 0), daemons: [], stop: async () => lab.close() };
}

function vxlan(lab: Lab, name: string): System {
  const mesh = makePair(lab, { links: 1 });
  for (const host of mesh.hosts) {
    const other = linkAddress(3 - host.id, 0);
    ipBatch(host.namespace, [
      `link add vx0 mtu ${VXLAN_MTU} type vxlan id 1 remote ${other} local ${linkAddress(host.id, 0)} dstport ${VXLAN_PORT}`,
      `address add ${tunnelAddress(host.id)}/24 dev vx0`,
      'link set vx0 up',
    ]);
  }
  return { ...ends(mesh), name, address: tunnelAddress(2), daemons: [], stop: async () => lab.close() };
}

async function sennit(lab: Lab, name: string, links: number, options: NetworkOptions): Promise<System> {
  const mesh = makePair(lab, { links });
  const network = new Network(lab, mesh, options);
  await network.start();
  const daemons = network.daemons.map((daemon) => daemon.pid);
  const stop = async () => {
    await network.stop();
    lab.close();
  };
  return { ...ends(mesh), name, address: tunnelAddress(2), daemons, stop };
}

function ends(mesh: Mesh): { from: string; to: string } {
  const [first, second] = mesh.hosts;
  if (first === undefined || second === undefined) throw new Error('a pair has two hosts');
  return { from: first.namespace, to: second.namespace };
}
