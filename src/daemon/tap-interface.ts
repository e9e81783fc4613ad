/** The TAP interface as the configuration wants it: created, named, addressed, switched on. */
import { isIPv6 } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { Config, InterfaceConfig } from '../config/model.js';
import { ETHERNET_HEADER_SIZE } from '../core/wire/ethernet.js';
import { INNER_SIZE } from '../core/wire/inner.js';
import { SEAL_OVERHEAD } from '../core/wire/transport.js';
import {
  addAddress,
  deleteInterface,
  deviceOfAddress,
  type InterfaceInfo,
  interfaceIndex,
  interfaceInfo,
  removeAddress,
  setInterface,
} from '../io/interface-setup.js';
import { keepTap } from '../io/kept-tap.js';
import { close } from '../io/syscalls.js';
import { discardTap } from '../io/tap.js';
import type { Log } from '../log/log.js';
import { AutoMtu } from './auto-mtu.js';
import { defaultMac } from './default-mac.js';
import type { LaneClient } from './lane-client.js';
import type { Origin, TapKeeper } from './tap-keeper.js';
import { either, NOTHING, type Ours, type TapRecord } from './tap-record.js';
import type { Transaction } from './transaction.js';

const MIN_MTU = 576;
/** RFC 8200, section 5. */
const MIN_IPV6_MTU = 1280;
const MAX_MTU = 9000;
const ETHERNET_MTU = 1500;
/** What a datagram holds besides the packet of a frame, bytes. */
const OVERHEAD = SEAL_OVERHEAD + INNER_SIZE + ETHERNET_HEADER_SIZE;
/**
 * Frames that wait in the TAP for a daemon that does not run: 300 ms of 10,000 a second, and some. The kernel's
 * 1000 are 100 ms of them. See "A host that stands still" in docs/failover.md.
 */
const QUEUE = 4096;
/** The same for one that stays over a restart, which takes some 700 ms. */
const LONG_QUEUE = 8192;

export class TapInterface {
  /** What the kernel's TAP leaves to us: tso4, tso6, ecn, uso. */
  offloads: string[] = [];
  /** What this kernel has not. */
  missing: string[] = [];
  /** Where it was found. */
  origin: Origin = 'made';
  private fd = -1;
  private name = '';
  /** MTU of the device under each local link, as the lane reported it. */
  private readonly deviceMtu = new Map<number, number>();

  private readonly auto = new AutoMtu();

  constructor(
    private readonly lane: LaneClient,
    private readonly keeper: TapKeeper,
    private readonly record: TapRecord,
    private readonly log: Log,
  ) {}

  create(transaction: Transaction, config: InterfaceConfig, network: string): void {
    const { name, persistent } = config;
    const tap = transaction.step(
      () => this.keeper.open(name, persistent),
      ({ fd }) => close(fd),
    );
    const isNew = tap.origin === 'made';
    const there = interfaceInfo(name);
    const left = isNew || there === null ? NOTHING : this.record.of(name, there.index);
    this.noting(transaction, name, left, config);
    if (!isNew && there !== null) this.clear(config, left, there);
    this.dress(config, macFor(config, network), isNew ? null : there);
    if (persistent || !isNew) {
      transaction.step(
        () => keepTap(tap.fd, persistent),
        () => keepTap(tap.fd, !isNew),
      );
    }
    transaction.finally(() => {
      this.fd = tap.fd;
      this.name = name;
      this.offloads = tap.offloads;
      this.missing = tap.missing;
      this.origin = tap.origin;
      this.lane.post({ type: 'tap', fd: tap.fd, uso: tap.offloads.includes('uso') });
      if (!persistent) this.keeper.hold(null);
      else if (tap.origin !== 'service-manager') this.keeper.hold(tap.fd);
    });
  }

  /** What is put on the interface is known to the next daemon, even if this one dies in the midst of it. */
  private noting(transaction: Transaction, name: string, before: Ours, after: Ours): void {
    const index = interfaceIndex(name);
    transaction.step(
      () => this.record.note(name, index, either(before, after)),
      () => this.record.note(name, index, before),
    );
    transaction.finally(() => this.record.note(name, index, after));
  }

  /** Takes away what the daemon before has put there and nobody wants any more; what others have done stays. */
  private clear(config: InterfaceConfig, left: Ours, there: InterfaceInfo): void {
    const { name } = config;
    // First of all: with the first address of a subnet the kernel takes away the others, which are added then.
    for (const address of left.addresses)
      if (!config.addresses.includes(address) && removeAddress(name, address))
        this.log('info', 'interface-cleared', { interface: name, address });
    const { bridge } = left;
    if (bridge === null || config.bridge !== null || interfaceInfo(bridge)?.index !== there.master) return;
    setInterface({ name, master: null });
    this.log('info', 'interface-cleared', { interface: name, bridge });
  }

  /** Makes the interface what is configured. One that was there before is touched only where it is something else. */
  private dress(config: InterfaceConfig, mac: string | null, there: InterfaceInfo | null): void {
    const { name } = config;
    // What was found of the paths before the restart holds until they are looked at anew.
    if (there !== null && config.mtu === 'auto') this.auto.resume(there.mtu + OVERHEAD);
    const mtu = this.mtuFor(config);
    setInterface({
      name,
      ...(there?.mtu === mtu ? {} : { mtu }),
      // Who has made it longer has a reason.
      ...(there !== null && there.queue >= queueOf(config) ? {} : { queue: queueOf(config) }),
      ...(mac === null || there?.mac === mac ? {} : { mac }),
    });
    if (config.bridge !== null) setInterface({ name, master: config.bridge });
    for (const address of config.addresses) addAddress(name, address);
    const up = !config.shutdown;
    if ((there?.up ?? false) !== up) setInterface({ name, up });
  }

  remove(transaction: Transaction): void {
    transaction.finally(() => {
      const { fd } = this;
      const index = this.info()?.index;
      this.fd = -1;
      this.name = '';
      this.lane.post({ type: 'tap', fd: -1, uso: false });
      this.keeper.hold(null);
      // The lane may be about to read from it; afterwards the kernel removes the interface.
      void this.lane.sync().then(() => {
        if (fd >= 0) close(fd);
        // One that was persistent, or that the service manager still holds, does not go by itself.
        if (index !== undefined) deleteInterface(index);
      });
    });
  }

  /** Changes what differs between two configurations of the same interface. */
  change(transaction: Transaction, before: InterfaceConfig, after: InterfaceConfig, network: string): void {
    const { name } = after;
    if (before.bridge !== after.bridge || !isDeepStrictEqual(before.addresses, after.addresses))
      this.noting(transaction, name, before, after);
    for (const address of before.addresses) {
      if (after.addresses.includes(address)) continue;
      transaction.step(
        () => removeAddress(name, address),
        () => addAddress(name, address),
      );
    }
    const mac = macFor(after, network);
    if (mac !== null && mac !== macFor(before, network)) this.setMac(transaction, name, mac);
    if (before.bridge !== after.bridge) {
      transaction.step(
        () => setInterface({ name, master: after.bridge }),
        () => setInterface({ name, master: before.bridge }),
      );
    }
    if (before.persistent !== after.persistent && this.fd >= 0) {
      const { fd } = this;
      transaction.step(
        () => keepTap(fd, after.persistent),
        () => keepTap(fd, before.persistent),
      );
      const queue = interfaceInfo(name)?.queue ?? 0;
      if (queue < queueOf(after)) {
        transaction.step(
          () => setInterface({ name, queue: queueOf(after) }),
          () => setInterface({ name, queue }),
        );
      }
      transaction.finally(() => this.keeper.hold(after.persistent ? fd : null));
    }
    if (before.mtu !== after.mtu) {
      const old = interfaceInfo(name)?.mtu ?? ETHERNET_MTU;
      transaction.step(
        () => setInterface({ name, mtu: this.mtuFor(after) }),
        () => {
          setInterface({ name, mtu: old });
          restoreAddresses(before);
        },
      );
    }
    for (const address of after.addresses) {
      if (before.addresses.includes(address)) continue;
      transaction.step(
        () => addAddress(name, address),
        () => removeAddress(name, address),
      );
    }
    if (before.shutdown !== after.shutdown) {
      transaction.step(
        () => setInterface({ name, up: !after.shutdown }),
        () => {
          setInterface({ name, up: !before.shutdown });
          restoreAddresses(before);
        },
      );
    }
    restoreAddresses(after);
  }

  /** The network has another name: a MAC address that follows from it changes too. */
  renamed(transaction: Transaction, tap: InterfaceConfig, before: Config, after: Config): void {
    const mac = macFor(tap, after.network);
    if (mac !== null && mac !== macFor(tap, before.network)) this.setMac(transaction, tap.name, mac);
  }

  get isOpen(): boolean {
    return this.fd >= 0;
  }

  /** What the kernel says of it; null when there is none. */
  info(): InterfaceInfo | null {
    return this.name === '' ? null : interfaceInfo(this.name);
  }

  /** The lane saw the MTU of a local link's device; `mtu auto` follows, in its own time once a path is known. */
  deviceChanged(link: number, mtu: number, config: InterfaceConfig | null): void {
    this.deviceMtu.set(link, mtu);
    this.follow(config);
  }

  /** @param found the largest datagram that passes on every link that is up, or null; `mtu auto` follows in its own time */
  pathsFound(found: number | null, now: number, config: InterfaceConfig | null): void {
    const room = found === null || config === null ? null : Math.min(found, this.deviceRoom(config));
    if (this.auto.consider(room, now)) this.follow(config);
  }

  /** Sets the MTU that `mtu auto` now means. */
  follow(config: InterfaceConfig | null): void {
    if (config === null || this.name === '' || config.mtu !== 'auto') return;
    const wanted = this.mtuFor(config);
    if (interfaceInfo(this.name)?.mtu === wanted) return;
    setInterface({ name: this.name, mtu: wanted });
    restoreAddresses(config);
  }

  /** The lane lost the TAP `fd`. False when that is not the present one any more. */
  lost(fd: number): boolean {
    if (fd !== this.fd) return false;
    this.fd = -1;
    discardTap(fd);
    return true;
  }

  close(): void {
    if (this.fd >= 0) close(this.fd);
    this.fd = -1;
  }

  private setMac(transaction: Transaction, name: string, mac: string): void {
    const old = interfaceInfo(name)?.mac;
    transaction.step(
      () => setInterface({ name, mac }),
      () => {
        if (old) setInterface({ name, mac: old });
      },
    );
  }

  /** MTU of the TAP: as configured, or the largest whose frames fit one datagram on every device and every path. */
  private mtuFor(config: InterfaceConfig): number {
    if (config.mtu !== 'auto') return config.mtu;
    const found = this.auto.room === Number.POSITIVE_INFINITY ? this.deviceRoom(config) : this.auto.room;
    const least = Math.min(found, permittedRoom(config));
    // Below its smallest MTU the kernel has no IPv6 on an interface; what does not fit then goes in fragments.
    const smallest = config.addresses.some((address) => address.includes(':')) ? MIN_IPV6_MTU : MIN_MTU;
    return Math.max(smallest, Math.min(MAX_MTU, least - OVERHEAD));
  }

  /** The largest datagram, bytes of UDP payload, that fits one packet on the device of every local link. */
  private deviceRoom({ localLinks }: InterfaceConfig): number {
    if (localLinks.size === 0) return ETHERNET_MTU - headersOf('');
    return Math.min(
      ...Array.from(localLinks, ([link, { address }]) => {
        const mtu = this.deviceMtu.get(link) ?? deviceOfAddress(address)?.mtu ?? ETHERNET_MTU;
        return mtu - headersOf(address);
      }),
    );
  }
}

/** The largest datagram that the `mtu` lines of all links of peers allow; Infinity where there are none. */
function permittedRoom({ localLinks, peers }: InterfaceConfig): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [link, { address }] of localLinks) {
    for (const peer of peers.values()) {
      least = Math.min(least, (peer.links.get(link)?.mtu ?? Number.POSITIVE_INFINITY) - headersOf(address));
    }
  }
  return least;
}

/** Bytes of IP and UDP headers under a datagram of a link with this address. */
function headersOf(address: string): number {
  return isIPv6(address) ? 48 : 28;
}

function queueOf({ persistent }: InterfaceConfig): number {
  return persistent ? LONG_QUEUE : QUEUE;
}

/** IPv6 addresses leave an interface that is switched off or has too small an MTU; those that are there stay as they are. */
function restoreAddresses({ name, addresses, shutdown }: InterfaceConfig): void {
  if (!shutdown) for (const address of addresses) addAddress(name, address);
}

/** The configured MAC address, or the one that belongs to this host; null leaves it to the kernel. */
function macFor(config: InterfaceConfig, network: string): string | null {
  if (config.macAddress !== null || config.hostId === null) return config.macAddress;
  return defaultMac(network, config.hostId);
}
