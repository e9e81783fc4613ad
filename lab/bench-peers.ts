/**
 * Other encrypted layer-2 tunnels, from Debian's packages, for comparison. Each is set up in the way it is fastest and
 * still encrypts and authenticates. Their frames make no datagrams above the underlay's MTU of 1500. All have room for
 * the 1428 bytes of case udp-1400; Sennit has not (its MTU is 1418), so there each counts as one but is two frames.
 */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { logs } from './bench-logs.js';
import type { PeerName } from './bench-options.js';
import { fastd, openvpn, type PeerPlan, tinc } from './bench-peer-plans.js';
import type { Parts } from './bench-systems.js';
import { ip, ipBatch, type Lab } from './namespaces.js';
import { tunnelAddress } from './network.js';
import type { Host, Mesh } from './topology.js';

const PATIENCE_MS = 20_000;
const POLL_MS = 100;

/** Starts a peer on both hosts of a pair and waits until they reach each other. @throws Error with their log */
export async function startPeer(lab: Lab, mesh: Mesh, name: PeerName): Promise<Parts> {
  const plan = planOf(lab, mesh, name);
  const running: PeerProcess[] = [];
  try {
    // The second first: it is called, and who calls in vain may try again only after a while.
    for (const host of [...mesh.hosts].reverse()) {
      const started = new PeerProcess(lab, host, plan);
      running.unshift(started);
      await started.waitFor('its device', () => hasDevice(host, plan.device));
      ipBatch(host.namespace, [
        `link set ${plan.device} mtu ${plan.mtu} up`,
        `address add ${tunnelAddress(host.id)}/24 dev ${plan.device}`,
      ]);
    }
    const [first] = running as [PeerProcess];
    await first.waitFor('the other end', () => answers(lab, first.host, tunnelAddress(2)));
  } catch (error) {
    throw new Error(`${(error as Error).message}${logs(running)}`);
  }
  return {
    address: tunnelAddress(2),
    daemons: running.map(({ pid }) => pid),
    log: () => logs(running),
  };
}

function planOf(lab: Lab, mesh: Mesh, name: PeerName): PeerPlan {
  switch (name) {
    case 'openvpn-aes':
      return openvpn(lab, mesh, 'AES-256-GCM');
    case 'openvpn-chacha':
      return openvpn(lab, mesh, 'CHACHA20-POLY1305');
    case 'tinc':
      return tinc(lab, mesh);
    case 'fastd':
      return fastd(lab, mesh);
  }
}

class PeerProcess {
  readonly host: Host;
  readonly name: string;
  readonly pid: number;
  log = '';
  readonly #child: ChildProcess;

  constructor(lab: Lab, host: Host, plan: PeerPlan) {
    this.host = host;
    this.name = host.name;
    this.#child = lab.spawn(host.namespace, plan.command(host));
    this.pid = this.#child.pid ?? 0;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (text) => {
        this.log += text;
      });
    }
  }

  async waitFor(what: string, isSo: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!isSo()) {
      const { exitCode, signalCode } = this.#child;
      if (exitCode !== null || signalCode !== null)
        throw new Error(`it ended (${signalCode ?? `exit code ${exitCode}`})`);
      if (Date.now() > deadline) throw new Error(`${this.host.name} waits in vain for ${what}`);
      await sleep(POLL_MS);
    }
  }
}

function hasDevice(host: Host, device: string): boolean {
  try {
    return ip(['-n', host.namespace, 'link', 'show', device]) !== '';
  } catch {
    return false;
  }
}

function answers(lab: Lab, host: Host, address: string): boolean {
  try {
    lab.exec(host.namespace, ['ping', '-n', '-q', '-c', '1', '-W', '1', address]);
    return true;
  } catch {
    return false;
  }
}
