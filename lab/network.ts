/** A whole Sennit network in the lab: the keys, the configuration of every host, and the daemons. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cipher, DEFAULTS, type Policy } from '../src/config/model.js';
import { Daemon, writePsk } from './daemon.js';
import type { Lab } from './namespaces.js';
import { type Host, linkAddress, type Mesh } from './topology.js';

export interface NetworkOptions {
  policy?: Policy;
  cipher?: Cipher;
  /** Of the underlay; 4 if not given. */
  family?: 4 | 6;
  /** Of the TAP devices; `auto` if not given. */
  mtu?: 'auto' | number;
  /** Whether the interfaces outlive the daemons. */
  persistent?: boolean;
  /** Lines for every `link` of every peer, such as `timers 50 200`. */
  linkLines?: string[];
  /** The line with a peer's endpoint on a link; its own address if not given. */
  endpointOf?: (peer: Host, link: number) => string;
  /** Which peers a host knows from the beginning; all if not given. */
  knows?: (host: Host, peer: Host) => boolean;
}

/** The name of the TAP device on every host. */
export const TAP = 'sn0';

/** A host's address inside the tunnel. */
export function tunnelAddress(id: number, family: 4 | 6 = 4): string {
  return family === 4 ? `10.99.0.${id}` : `fd99::${id}`;
}

export class Network {
  /** By host id - 1. */
  readonly daemons: Daemon[];
  readonly mesh: Mesh;
  readonly #lab: Lab;
  readonly #options: NetworkOptions;
  readonly #keys: Map<number, { file: string; publicKey: string }>;
  readonly #psk: string;

  /** Writes keys and configurations; starts nothing yet. */
  constructor(lab: Lab, mesh: Mesh, options: NetworkOptions = {}) {
    this.#lab = lab;
    this.mesh = mesh;
    this.#options = options;
    this.#psk = writePsk(lab);
    this.#keys = new Map(mesh.hosts.map((host) => [host.id, writeKey(lab, host.name)]));
    this.daemons = mesh.hosts.map((host) => new Daemon(lab, host.name, host.namespace, this.config(host)));
  }

  /** Starts every daemon at once and waits until all peers are connected and all links up. */
  async start(): Promise<void> {
    await Promise.all(this.daemons.map((daemon) => daemon.start()));
    await this.waitLinksUp();
  }

  async waitLinksUp(): Promise<void> {
    for (const daemon of this.daemons) {
      await daemon.waitConnected();
      await daemon.waitLinksUp();
    }
  }

  /** The daemon of a host by its id. */
  daemon(id: number): Daemon {
    const daemon = this.daemons[id - 1];
    if (daemon === undefined) throw new Error(`the lab has no host ${id}`);
    return daemon;
  }

  host(id: number): Host {
    const host = this.mesh.hosts[id - 1];
    if (host === undefined) throw new Error(`the lab has no host ${id}`);
    return host;
  }

  /** Switches every peer of every host to a policy while the network runs. */
  async setPolicy(policy: Policy): Promise<void> {
    await Promise.all(
      this.mesh.hosts.map((host) => {
        const peers = this.mesh.hosts.filter((peer) => peer !== host);
        const lines = peers.flatMap((peer) => [`peer ${peer.name}`, `switch-policy ${policy}`, 'exit']);
        return this.daemon(host.id).must('configure terminal', `interface ${TAP}`, ...lines);
      }),
    );
  }

  /** The configuration file of a host, line by line. */
  config(host: Host): string[] {
    const {
      cipher = DEFAULTS.cipher,
      family = 4,
      mtu = 'auto',
      knows = () => true,
      persistent = false,
    } = this.#options;
    // The kernel has no IPv6 on a device with a smaller MTU (RFC 8200, section 5).
    const hasIpv6 = mtu === 'auto' || mtu >= 1280;
    const local = this.mesh.mtu.map(
      (_, link) => ` local link ${link} address ${linkAddress(host.id, link, family)} port ${DEFAULTS.port}`,
    );
    const peers = this.mesh.hosts.filter((peer) => peer !== host && knows(host, peer));
    return [
      `hostname ${host.name}`,
      'network lab',
      `crypto cipher ${cipher}`,
      `crypto key file ${this.#key(host).file}`,
      `crypto psk file ${this.#psk}`,
      `interface ${TAP}`,
      ` host-id ${host.id}`,
      ` mtu ${mtu}`,
      ...(persistent ? [' persistent'] : []),
      ` ip address ${tunnelAddress(host.id)}/24`,
      ...(hasIpv6 ? [` ipv6 address ${tunnelAddress(host.id, 6)}/64`] : []),
      ...local,
      ...peers.flatMap((peer) => this.peerLines(peer).map((line) => ` ${line}`)),
    ];
  }

  /** The lines that make `peer` known, to be entered in interface mode. */
  peerLines(peer: Host): string[] {
    const { policy = DEFAULTS.policy, family = 4, linkLines = [] } = this.#options;
    const itself = (host: Host, link: number) => `address ${linkAddress(host.id, link, family)} port ${DEFAULTS.port}`;
    const { endpointOf = itself } = this.#options;
    const links = this.mesh.mtu.flatMap((_, link) => [
      ` link ${link}`,
      `  ${endpointOf(peer, link)}`,
      ...linkLines.map((line) => `  ${line}`),
    ]);
    return [
      `peer ${peer.name} id ${peer.id}`,
      ` public-key ${this.#key(peer).publicKey}`,
      ` switch-policy ${policy}`,
      ...links,
    ];
  }

  /** Ends every daemon; their exit codes. */
  stop(): Promise<(number | null)[]> {
    return Promise.all(this.daemons.map((daemon) => daemon.stop()));
  }

  #key(host: Host): { file: string; publicKey: string } {
    const key = this.#keys.get(host.id);
    if (key === undefined) throw new Error(`${host.name} has no key in ${this.#lab.directory}`);
    return key;
  }
}

/** Bytes of an X25519 key; both encodings end with it (RFC 8410). */
const KEY_SIZE = 32;

/**
 * Makes an X25519 key pair: the secret goes into a file, the public part is returned. The keys are taken encoded,
 * never as key objects: exporting one of a new pair can lock up Node 20 for good, when the collector runs in it.
 */
function writeKey(lab: Lab, name: string): { file: string; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('x25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  });
  const file = join(lab.directory, `${name}.key`);
  writeFileSync(file, `${privateKey.subarray(-KEY_SIZE).toString('base64')}\n`, { mode: 0o600 });
  return { file, publicKey: publicKey.subarray(-KEY_SIZE).toString('base64') };
}
