/** The hosts of a guide and the networks between them, with cables that can be pulled and cut. */

import { GuideHost } from './guide-host.js';
import { installPrograms, type Service } from './guide-programs.js';
import { ipBatch, type Lab } from './namespaces.js';

export interface StageOptions {
  /**
   * Each host with its devices and their addresses (with prefix length). Devices of one name are in one network. A
   * host without devices is bare: the test plugs it in.
   */
  readonly hosts: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** What `systemctl` knows beside `sennitd`, by name. */
  readonly services?: Readonly<Record<string, Service>>;
  /** Directories that packages would have made, below /var/lib or /var/log, empty. */
  readonly directories?: readonly string[];
}

/** Drops at the switch: a fault far away, of which neither host has a sign. ARP and neighbour discovery pass. */
const RULES = `
table bridge cuts {
  set ports { typeof iifname; }
  chain forward {
    type filter hook forward priority 0; policy accept;
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    iifname @ports ether type { ip, ip6 } drop
    oifname @ports ether type { ip, ip6 } drop
  }
}
`;

export class Stage {
  readonly hosts: ReadonlyMap<string, GuideHost>;
  readonly #lab: Lab;
  readonly #switch: string;
  readonly #options: StageOptions;

  /** Makes hosts and networks; `start` is to follow. */
  constructor(lab: Lab, options: StageOptions) {
    this.#lab = lab;
    this.#options = options;
    this.#switch = lab.addNamespace('sw');
    const bin = installPrograms(lab.directory, options.services ?? {});
    const names = Object.keys(options.hosts);
    this.hosts = new Map(names.map((name) => [name, new GuideHost(lab, name, lab.addNamespace(name), bin)]));
    const networks = new Set(Object.values(options.hosts).flatMap((devices) => Object.keys(devices)));
    ipBatch(
      this.#switch,
      [...networks].flatMap((name) => [`link add ${name} type bridge mcast_snooping 0`, `link set ${name} up`]),
    );
    for (const [name, devices] of Object.entries(options.hosts))
      for (const [device, addresses] of Object.entries(devices)) this.#plug(name, device, addresses);
    lab.exec(this.#switch, ['nft', '-f', '-'], RULES);
  }

  async start(): Promise<void> {
    await Promise.all([...this.hosts.values()].map((host) => host.start()));
    const made = (this.#options.directories ?? []).map((path) => `'${path}'`).join(' ');
    if (made !== '') for (const host of this.hosts.values()) await host.must(`mkdir -p ${made}`);
  }

  host(name: string): GuideHost {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`the guide has no host '${name}'`);
    return host;
  }

  /** Pulls the cable out of a host's device: the host notices at once. */
  pull(host: string, device: string): void {
    ipBatch(this.#switch, [`link set ${this.#port(host, device)} down`]);
  }

  /** Puts it back. */
  plug(host: string, device: string): void {
    ipBatch(this.#switch, [`link set ${this.#port(host, device)} up`]);
  }

  /** Drops all that the host sends and receives on a device, far away: nobody has a sign of it. */
  cut(host: string, device: string): void {
    this.#filter(`add element bridge cuts ports { "${this.#port(host, device)}" }`);
  }

  /** Undoes `cut`. */
  mend(host: string, device: string): void {
    this.#filter(`delete element bridge cuts ports { "${this.#port(host, device)}" }`);
  }

  /** Drops packets of more bytes than this on the network of all devices of one name, without a word to the sender. */
  narrow(device: string, bytes: number): void {
    const ports = [...this.hosts.keys()].map((host) => `"${this.#port(host, device)}"`).join(', ');
    const rule = `iifname { ${ports} } ip length > ${bytes} drop;`;
    this.#filter(`table bridge narrow { chain forward { type filter hook forward priority 1; ${rule} }; }`);
  }

  /** Undoes `narrow`. */
  widen(): void {
    this.#filter('delete table bridge narrow');
  }

  /** Pulls a host's power plug: it falls silent on all devices, and all that ran there is gone. */
  async turnOff(host: string): Promise<void> {
    for (const device of this.#devices(host)) this.cut(host, device);
    await this.host(host).crash();
  }

  /** Gives it power again; what is to run there is to be started. */
  turnOn(host: string): void {
    for (const device of this.#devices(host)) this.mend(host, device);
  }

  close(): void {
    for (const host of this.hosts.values()) host.close();
  }

  #plug(name: string, device: string, addresses: readonly string[]): void {
    const { namespace } = this.host(name);
    const port = this.#port(name, device);
    ipBatch(null, [`link add ${device} netns ${namespace} type veth peer name ${port} netns ${this.#switch}`]);
    ipBatch(this.#switch, [`link set ${port} master ${device} up`]);
    const lines = addresses.map(
      (address) => `address add ${address} dev ${device}${address.includes(':') ? ' nodad' : ''}`,
    );
    ipBatch(namespace, [`link set ${device} up`, ...lines]);
  }

  #devices(host: string): string[] {
    return Object.keys(this.#options.hosts[host] ?? {});
  }

  #filter(rules: string): void {
    this.#lab.exec(this.#switch, ['nft', '-f', '-'], `${rules}\n`);
  }

  /** The switch's side of a cable. */
  #port(host: string, device: string): string {
    return `p${[...this.hosts.keys()].indexOf(host)}${device}`;
  }
}
