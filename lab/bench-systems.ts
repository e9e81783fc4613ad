/** What the benchmark compares: ways for two hosts on one cable to reach each other. */

import { laneCollections, logs } from './bench-logs.js';
import { isPeer, type OwnName, type SystemName } from './bench-options.js';
import { startPeer } from './bench-peers.js';
import { ipBatch, Lab } from './namespaces.js';
import { Network, type NetworkOptions, tunnelAddress } from './network.js';
import { linkAddress, type Mesh, makePair } from './topology.js';

export interface System {
  name: SystemName;
  lab: Lab;
  /** Namespaces of the two hosts; traffic goes from the first to the second. */
  from: string;
  to: string;
  /** Where the second host is reached. */
  address: string;
  /** Process ids whose CPU time the system costs; none for what the kernel does by itself. */
  daemons: number[];
  /** Minor collections of each daemon's lane so far; empty where there is no such thing. */
  collections(): number[];
  /** What its programs have printed, for a message when something fails. */
  log(): string;
  stop(): Promise<void>;
}

/** A system within its lab; the lab is closed by whoever made it. */
export type Parts = Pick<System, 'address' | 'daemons'> & Partial<Pick<System, 'collections' | 'log' | 'stop'>>;

const VXLAN_PORT = 4789;
/** What VXLAN over IPv4 leaves of an MTU of 1500. */
const VXLAN_MTU = 1450;

/** Builds one of them in namespaces of its own, ready for traffic. @throws Error with its name, and nothing is left of it */
export async function makeSystem(name: SystemName): Promise<System> {
  const lab = new Lab();
  try {
    const mesh = makePair(lab, { links: name.endsWith('-2') ? 2 : 1 });
    const [first, second] = mesh.hosts;
    if (first === undefined || second === undefined) throw new Error('a pair has two hosts');
    const parts = isPeer(name) ? await startPeer(lab, mesh, name) : await startOwn(lab, mesh, name);
    const stop = async () => {
      try {
        await parts.stop?.();
      } finally {
        lab.close();
      }
    };
    return {
      collections: () => [],
      log: () => '',
      ...parts,
      name,
      lab,
      from: first.namespace,
      to: second.namespace,
      stop,
    };
  } catch (error) {
    lab.close();
    throw new Error(`${name} does not start: ${(error as Error).message}`);
  }
}

async function startOwn(lab: Lab, mesh: Mesh, name: OwnName): Promise<Parts> {
  switch (name) {
    case 'veth':
      return { address: linkAddress(2, 0), daemons: [] };
    case 'vxlan-offloads-off':
      offloadsOff(lab, mesh);
      return vxlan(mesh);
    case 'vxlan':
      return vxlan(mesh);
    case 'sennit-offloads-off':
      offloadsOff(lab, mesh);
      return sennit(lab, mesh, {});
    case 'sennit':
      return sennit(lab, mesh, {});
    case 'sennit-active-2':
      return sennit(lab, mesh, { policy: 'active' });
    case 'sennit-round-robin-2':
      return sennit(lab, mesh, { policy: 'round-robin' });
  }
}

/** The underlay as a network card that can't cut and join packets; what lies above keeps its own offloads. */
function offloadsOff(lab: Lab, mesh: Mesh): void {
  const features = ['tso', 'gso', 'gro', 'tx-udp-segmentation'].flatMap((feature) => [feature, 'off']);
  for (const { namespace } of mesh.hosts) lab.exec(namespace, ['ethtool', '-K', 'l0', ...features]);
}

function vxlan(mesh: Mesh): Parts {
  for (const host of mesh.hosts) {
    const other = linkAddress(3 - host.id, 0);
    ipBatch(host.namespace, [
      `link add vx0 mtu ${VXLAN_MTU} type vxlan id 1 remote ${other} local ${linkAddress(host.id, 0)} dstport ${VXLAN_PORT}`,
      `address add ${tunnelAddress(host.id)}/24 dev vx0`,
      'link set vx0 up',
    ]);
  }
  return { address: tunnelAddress(2), daemons: [] };
}

async function sennit(lab: Lab, mesh: Mesh, options: NetworkOptions): Promise<Parts> {
  const network = new Network(lab, mesh, options);
  for (const daemon of network.daemons) daemon.nodeArguments = ['--trace-gc'];
  await network.start();
  return {
    address: tunnelAddress(2),
    daemons: network.daemons.map((daemon) => daemon.pid),
    collections: () => network.daemons.map((daemon) => laneCollections(daemon.log)),
    log: () => logs(network.daemons),
    stop: async () => {
      await network.stop();
    },
  };
}
