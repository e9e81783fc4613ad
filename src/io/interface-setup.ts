/**
 * Sets up network interfaces by rtnetlink, and asks about them. For the control thread: each call
 * waits for the kernel's answer (well under a millisecond, unless others keep the kernel's
 * configuration locked). Every error says which interface, what the kernel said and what to do.
 */
import { constants } from 'node:os';
import { raised } from './capabilities.js';
import { hex, parseAddress, parseMac, parsePrefix } from './netlink/address-text.js';
import * as k from './netlink/constants.js';
import { dumpInterfaces } from './netlink/dump.js';
import { InterfaceTable, isRunning, isUp, UNKNOWN_MTU } from './netlink/interface-table.js';
import type { NetlinkKernel } from './netlink/kernel.js';
import { type AddressFields, encodeAddress, encodeLink, type LinkFields } from './netlink/messages.js';
import { errorText, NETLINK_MEMORY, NetlinkSocket } from './netlink/socket.js';
import { decodeKind, type KindInfo } from './netlink/tun-info.js';
import * as syscalls from './syscalls.js';

const { EACCES, EADDRNOTAVAIL, EBUSY, ENODEV, EOPNOTSUPP, EPERM } = constants.errno;

export interface InterfaceInfo {
  index: number;
  /** `aa:bb:cc:dd:ee:ff`, or '' where the interface has none. */
  mac: string;
  /** Bytes. */
  mtu: number;
  /** Switched on. */
  up: boolean;
  /** Switched on and with carrier. */
  running: boolean;
  /** Index of the bridge or bond it belongs to, 0 for none. */
  master: number;
  /** Packets that may wait to be sent. */
  queue: number;
  /** What it is. */
  kind: KindInfo;
}

/** What to change of an interface; what is not given stays. Name it, or give its index. */
export interface InterfaceChange {
  name?: string;
  index?: number;
  /** Bytes. */
  mtu?: number;
  /** `aa:bb:cc:dd:ee:ff`. */
  mac?: string;
  up?: boolean;
  /** Name of the bridge to join, or null to leave it. */
  master?: string | null;
  /** Packets that may wait to be sent. */
  queue?: number;
}

const kernel: NetlinkKernel = syscalls;
let memory: ReturnType<NetlinkKernel['arena']> | null = null;

/** A socket for each use: what an earlier one left unread can't be taken for an answer. */
function withSocket<T>(use: (socket: NetlinkSocket) => T): T {
  memory ??= kernel.arena(NETLINK_MEMORY);
  const socket = new NetlinkSocket(kernel, memory);
  try {
    return use(socket);
  } finally {
    socket.close();
  }
}

/** The same for changes. The kernel asks what its opener may, and what we may now: so the whole is done raised. */
function changing<T>(use: (socket: NetlinkSocket) => T): T {
  return raised(() => withSocket(use));
}

function advice(errno: number): string {
  if (errno === EPERM) return '; run as root or with CAP_NET_ADMIN';
  if (errno === EACCES) return '; is IPv6 switched off (sysctl net.ipv6.conf)?';
  if (errno === ENODEV) return '; is there such an interface?';
  if (errno === EOPNOTSUPP) return '; only a bridge or a bond takes other interfaces in';
  if (errno === EBUSY) return '; take the interface down first';
  return '';
}

function failed(what: string, errno: number, said: string | null): Error {
  return new Error(`can't ${what}: the kernel said: ${errorText(errno, said)}${advice(errno)}`);
}

/** Index of an interface. @throws Error when there is none of this name. */
export function interfaceIndex(name: string): number {
  const info = interfaceInfo(name);
  if (info === null) throw new Error(`there is no interface '${name}'; \`ip link\` lists those that are`);
  return info.index;
}

/** What the kernel says of an interface, or null when there is none of this name. */
export function interfaceInfo(name: string): InterfaceInfo | null {
  const length = new TextEncoder().encode(name).length;
  if (length < 1 || length > k.IFNAME_BYTES) return null;
  return withSocket((socket) => {
    const flags = k.NLM_F_REQUEST | k.NLM_F_ACK;
    let link: LinkFields | null = null as LinkFields | null;
    const { errno, text } = socket.request(
      (seq) => encodeLink({ type: k.RTM_GETLINK, flags, seq, pid: 0 }, { name }),
      (message) => {
        if (message.kind === 'link') link = message.link;
      },
    );
    if (errno !== 0 && errno !== ENODEV) throw failed(`ask about interface '${name}'`, errno, text);
    if (link === null) return null;
    return {
      index: link.index,
      mac: hex(link.address ?? new Uint8Array(0), ':'),
      mtu: link.mtu ?? UNKNOWN_MTU,
      up: isUp(link),
      running: isRunning(link),
      master: link.master ?? 0,
      queue: link.queue ?? 0,
      kind: decodeKind(link.linkInfo),
    };
  });
}

/**
 * Changes an interface, all in one request.
 * @throws Error when the kernel refuses; what it took before it refused stays changed.
 */
export function setInterface(change: InterfaceChange): void {
  const index = change.index ?? interfaceIndex(change.name ?? '');
  const label = change.name === undefined ? `interface ${index}` : `interface '${change.name}'`;
  const fields: Partial<LinkFields> = { index };
  const wanted: string[] = [];
  if (change.mac !== undefined) {
    fields.address = parseMac(change.mac);
    if (fields.address === null) throw new Error(`${label}: '${change.mac}' is not a MAC address (aa:bb:cc:dd:ee:ff)`);
    wanted.push(`MAC address ${change.mac}`);
  }
  if (change.mtu !== undefined) {
    if (!Number.isInteger(change.mtu) || change.mtu < 0 || change.mtu > 0x7fffffff) {
      throw new Error(`${label}: ${change.mtu} is not an MTU`);
    }
    fields.mtu = change.mtu;
    wanted.push(`MTU ${change.mtu}`);
  }
  if (change.master !== undefined) {
    fields.master = change.master === null ? 0 : interfaceIndex(change.master);
    wanted.push(change.master === null ? 'no bridge' : `bridge '${change.master}'`);
  }
  if (change.queue !== undefined) {
    fields.queue = change.queue;
    wanted.push(`a queue of ${change.queue} packets`);
  }
  if (change.up !== undefined) {
    fields.flags = change.up ? k.IFF_UP : 0;
    fields.change = k.IFF_UP;
    wanted.push(change.up ? 'up' : 'down');
  }
  if (wanted.length === 0) return;
  const flags = k.NLM_F_REQUEST | k.NLM_F_ACK;
  const { errno, text } = changing((socket) =>
    socket.request((seq) => encodeLink({ type: k.RTM_SETLINK, flags, seq, pid: 0 }, fields)),
  );
  if (errno !== 0) throw failed(`set ${label} to ${wanted.join(', ')}`, errno, text);
}

/** Deletes an interface by its index: false when there is none any more, or the kernel refuses. */
export function deleteInterface(index: number): boolean {
  const flags = k.NLM_F_REQUEST | k.NLM_F_ACK;
  const { errno } = changing((socket) =>
    socket.request((seq) => encodeLink({ type: k.RTM_DELLINK, flags, seq, pid: 0 }, { index })),
  );
  return errno === 0;
}

/**
 * Gives an interface an address, `A/P`. One that is there already stays. IPv6 addresses are used at
 * once, without duplicate address detection: on a fresh segment no one is there yet to object.
 */
export function addAddress(name: string, prefix: string): void {
  const { errno, text } = changeAddress(k.RTM_NEWADDR, k.NLM_F_CREATE | k.NLM_F_REPLACE, name, prefix);
  if (errno !== 0) throw failed(`add address ${prefix} to interface '${name}'`, errno, text);
}

/** Takes the address `A/P` from an interface: false when it wasn't there. */
export function removeAddress(name: string, prefix: string): boolean {
  const { errno, text } = changeAddress(k.RTM_DELADDR, 0, name, prefix);
  if (errno !== 0 && errno !== EADDRNOTAVAIL) {
    throw failed(`remove address ${prefix} from interface '${name}'`, errno, text);
  }
  return errno === 0;
}

function changeAddress(
  type: number,
  extra: number,
  name: string,
  prefix: string,
): { errno: number; text: string | null } {
  const parsed = parsePrefix(prefix);
  if (parsed === null) throw new Error(`'${prefix}' is not an address with prefix length (such as 10.0.0.1/24)`);
  const { family, prefixLength, bytes } = parsed;
  const index = interfaceIndex(name);
  const nodad = type === k.RTM_NEWADDR && family === k.AF_INET6 ? k.IFA_F_NODAD : 0;
  const fields: Partial<AddressFields> = { family, prefixLength, index, local: bytes, address: bytes, flags: nodad };
  const flags = k.NLM_F_REQUEST | k.NLM_F_ACK | extra;
  return changing((socket) => socket.request((seq) => encodeAddress({ type, flags, seq, pid: 0 }, fields)));
}

/**
 * The interface that holds an address, with its MTU in bytes; one that runs, if several do. Null when
 * none does. For an address on `lo` the MTU is lo's, which says nothing about the way to a peer.
 */
export function deviceOfAddress(address: string): { name: string; mtu: number } | null {
  const parsed = parseAddress(address);
  if (parsed === null) throw new Error(`'${address}' is not an IP address`);
  return withSocket((socket) => {
    let table = dumpInterfaces(socket);
    // A dump that was disturbed by a change is asked for again, once: the next question sees the rest.
    if (!(table instanceof InterfaceTable) && table.interrupted) table = dumpInterfaces(socket);
    if (!(table instanceof InterfaceTable)) throw failed('ask about addresses', table.errno, table.text);
    const holders = table.holders(parsed);
    const holder = holders.find(isRunning) ?? holders[0];
    return holder === undefined ? null : { name: holder.name, mtu: holder.mtu };
  });
}
