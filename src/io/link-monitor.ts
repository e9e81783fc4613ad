/**
 * Watches the local ends of links: is the address there, is its interface up, does it have carrier?
 * The kernel tells of changes as they happen, so a link can fail over before a heartbeat is missed.
 *
 * An address that is local only by a route (`ip route add local`) is not seen as present.
 */
import { constants } from 'node:os';
import { type IpAddress, parseAddress } from './netlink/address-text.js';
import { AF_INET6, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR, RTMGRP_LINK } from './netlink/constants.js';
import { dumpInterfaces } from './netlink/dump.js';
import { type Interface, InterfaceTable, isLoopback, isRunning, isUp, UNKNOWN_MTU } from './netlink/interface-table.js';
import type { NetlinkKernel } from './netlink/kernel.js';
import { NETLINK_MEMORY, NetlinkSocket } from './netlink/socket.js';
import * as syscalls from './syscalls.js';

/**
 * Why a link is as it is. `address`: no interface has it, or none has it ready; `admin-down`: the
 * interface is switched off or gone; `carrier`: it is on, with nothing at the other end of the cable.
 */
export type LinkCause = 'carrier' | 'admin-down' | 'address' | 'ok';

/** The local end of a link. */
export interface LocalEndpoint {
  /** IPv4 or IPv6 address; `0.0.0.0` or `::` for any. */
  address: string;
  /** The device the socket is bound to, or none. */
  device: string | null;
}

/** `mtu` is in bytes; while the link is not usable it is the last one known. */
export type OnLinkChange = (link: number, usable: boolean, mtu: number, cause: LinkCause) => void;

interface State {
  usable: boolean;
  mtu: number;
  cause: LinkCause;
  /** Index of the device the socket is bound to, 0 for none: another one under the old name must be bound anew. */
  device: number;
}

interface Watch {
  /** Null: any address. */
  address: IpAddress | null;
  device: string | null;
  /** Index of the interface that last held the address, 0 for none. */
  holder: number;
  /** What was reported last, null: nothing yet. */
  told: State | null;
}

/** Datagrams read in one drain, more than a socket holds by default; the rest waits for the next. */
const MOST_DATAGRAMS = 20_000;
const DUMP_ATTEMPTS = 5;
const { EAGAIN, EMSGSIZE, ENOBUFS } = constants.errno;

export class LinkMonitor {
  /** Readable when there is something to drain. */
  readonly fd: number;
  /** Times the tables were read anew because the kernel had told more than the socket holds. */
  resyncs = 0;

  private readonly socket: NetlinkSocket;
  private readonly watches = new Map<number, Watch>();
  private table = new InterfaceTable();
  private stale = false;

  /** @throws Error when the kernel refuses a netlink socket. */
  constructor(kernel: NetlinkKernel = syscalls) {
    const groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    this.socket = new NetlinkSocket(kernel, kernel.arena(NETLINK_MEMORY), groups);
    this.fd = this.socket.fd;
    this.stale = !this.resync();
  }

  /**
   * Watches the local end of `link` (0 to 7) from now on, or no longer (null). The state it is in is
   * reported by the next `drain`, which need not wait for `fd`.
   * @throws Error when the address is none.
   */
  watch(link: number, endpoint: LocalEndpoint | null): void {
    if (endpoint === null) {
      this.watches.delete(link);
      return;
    }
    const address = parseAddress(endpoint.address);
    if (address === null) throw new Error(`'${endpoint.address}' is not an IP address`);
    const any = address.bytes.every((byte) => byte === 0);
    this.watches.set(link, { address: any ? null : address, device: endpoint.device, holder: 0, told: null });
  }

  /** Reads what the kernel has told and reports each watched link that is usable now and wasn't, or the reverse, or has another MTU. */
  drain(onChange: OnLinkChange): void {
    const lost = !this.readPending((received) => {
      for (const message of received) this.table.apply(message);
    });
    if (lost || this.stale) {
      this.resyncs++;
      this.stale = !this.resync();
    }
    for (const [link, watch] of this.watches) this.report(link, watch, onChange);
  }

  /**
   * Asks the kernel about the local end of `link` now: what it tells by itself of a lost carrier may come a second late
   * (net/core/link_watch.c). `drain` reports it.
   * @returns why it can't send; null: it can, as far as is known
   */
  whyUnusable(link: number): Exclude<LinkCause, 'ok'> | null {
    const watch = this.watches.get(link);
    if (watch === undefined || !this.resync()) return null;
    const { cause } = this.evaluate(watch);
    return cause === 'ok' ? null : cause;
  }

  close(): void {
    this.socket.close();
  }

  /** Empties the socket. False: something is missing from what was read. */
  private readPending(visit: (messages: Parameters<InterfaceTable['apply']>[0][]) => void): boolean {
    let complete = true;
    for (let n = 0; n < MOST_DATAGRAMS; n++) {
      const received = this.socket.receive();
      if (received === -EAGAIN) break;
      if (typeof received !== 'number') {
        if (received.refusal !== null) complete = false;
        visit(received.messages);
      } else {
        complete = false;
        // After an overrun (ENOBUFS) the kernel tells nothing new until the socket is empty: read on.
        if (received !== -ENOBUFS && received !== -EMSGSIZE) break;
      }
    }
    return complete;
  }

  /** Reads all tables anew. False: it failed and the old ones stay; the next drain tries again. */
  private resync(): boolean {
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      const table = dumpInterfaces(this.socket);
      if (table instanceof InterfaceTable) {
        this.table = table;
        return true;
      }
      // What is left of the failed dump must not be in the way of the next.
      this.readPending(() => {});
    }
    return false;
  }

  private report(link: number, watch: Watch, onChange: OnLinkChange): void {
    const state = this.evaluate(watch);
    const { told } = watch;
    const same = told !== null && told.usable === state.usable && told.device === state.device;
    if (same && (!state.usable || told.mtu === state.mtu)) return;
    watch.told = state;
    onChange(link, state.usable, state.mtu, state.cause);
  }

  private evaluate(watch: Watch): State {
    const device = watch.device === null ? null : this.table.byName(watch.device);
    if (watch.device !== null && (device === null || !isRunning(device))) return unusable(watch, device);
    const bound = device?.index ?? 0;
    if (watch.address === null) return { usable: true, mtu: device?.mtu ?? UNKNOWN_MTU, cause: 'ok', device: bound };

    const holders = this.table.holders(watch.address).filter((holder) => {
      return device === null || holder.index === device.index || !isLinkLocal(watch.address);
    });
    // A socket bound to a device may send from an address of another, as long as that one is up.
    const sends = (holder: Interface): boolean => (device === null ? isRunning(holder) : isUp(holder));
    const holder = holders.find(sends) ?? holders[0] ?? null;
    if (holder !== null) watch.holder = holder.index;
    if (holder !== null && sends(holder)) {
      return { usable: true, mtu: mtuOf(device ?? holder, watch), cause: 'ok', device: bound };
    }

    // IPv6 addresses leave with an interface that is switched off: say what came first.
    const former = holder ?? this.table.byIndex(watch.holder);
    if (holder !== null || (former !== null && !isUp(former))) return unusable(watch, former);
    return { usable: false, mtu: watch.told?.mtu ?? UNKNOWN_MTU, cause: 'address', device: bound };
  }
}

function unusable(watch: Watch, link: Interface | null): State {
  const cause = link !== null && isUp(link) ? 'carrier' : 'admin-down';
  return { usable: false, mtu: link?.mtu ?? watch.told?.mtu ?? UNKNOWN_MTU, cause, device: watch.told?.device ?? 0 };
}

function isLinkLocal(address: IpAddress | null): boolean {
  const bytes = address?.bytes;
  return address?.family === AF_INET6 && bytes?.[0] === 0xfe && ((bytes[1] ?? 0) & 0xc0) === 0x80;
}

/**
 * A router's own address often lies on `lo`, whose MTU of 65,536 says nothing about the way out. Only
 * an address that never leaves the host has it.
 */
function mtuOf(link: Interface, watch: Watch): number {
  if (!isLoopback(link) || watch.address === null) return link.mtu;
  const { family, bytes } = watch.address;
  const inside = family === AF_INET6 ? bytes.every((byte, i) => byte === (i === 15 ? 1 : 0)) : bytes[0] === 127;
  return inside ? link.mtu : Math.min(link.mtu, UNKNOWN_MTU);
}
