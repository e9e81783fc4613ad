/**
 * The interfaces and addresses of this host as the kernel's messages tell them, and what they mean
 * for a local endpoint: can a datagram leave from there?
 */
import { hex, type IpAddress } from './address-text.js';
import * as k from './constants.js';
import type { AddressFields, LinkFields, NetlinkMessage } from './messages.js';

export interface Interface {
  index: number;
  name: string;
  mtu: number;
  flags: number;
  /** Hardware address, or null where there is none. */
  mac: Uint8Array | null;
}

interface HeldAddress {
  index: number;
  family: number;
  prefixLength: number;
  bytes: Uint8Array;
}

/** MTU where no interface tells one: Ethernet's. */
export const UNKNOWN_MTU = 1500;

/** Up, and its cable, radio or tunnel works. */
export function isRunning(link: Pick<Interface, 'flags'>): boolean {
  const all = k.IFF_UP | k.IFF_RUNNING | k.IFF_LOWER_UP;
  return (link.flags & all) === all;
}

export function isUp(link: Pick<Interface, 'flags'>): boolean {
  return (link.flags & k.IFF_UP) !== 0;
}

export function isLoopback(link: Interface): boolean {
  return (link.flags & k.IFF_LOOPBACK) !== 0;
}

function samePrefix(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  for (let i = 0; i * 8 < bits; i++) {
    const mask = 0xff & (0xff << Math.max(0, 8 - (bits - i * 8)));
    if (((a[i] ?? 0) & mask) !== ((b[i] ?? 0) & mask)) return false;
  }
  return true;
}

/** Bounded by the interfaces and addresses the kernel has. */
export class InterfaceTable {
  private readonly links = new Map<number, Interface>();
  private readonly addresses = new Map<string, HeldAddress>();

  apply(message: NetlinkMessage): void {
    if (message.kind === 'link') this.applyLink(message.type, message.link);
    else if (message.kind === 'address') this.applyAddress(message.type, message.address);
  }

  byIndex(index: number): Interface | null {
    return this.links.get(index) ?? null;
  }

  byName(name: string): Interface | null {
    for (const link of this.links.values()) if (link.name === name) return link;
    return null;
  }

  /**
   * The interfaces that hold an address, each once. Loopback holds its whole IPv4 prefix: the kernel
   * takes all of 127.0.0.0/8 as local.
   */
  holders(address: IpAddress): Interface[] {
    const found = new Set<Interface>();
    for (const held of this.addresses.values()) {
      const link = this.links.get(held.index);
      if (link === undefined || held.family !== address.family) continue;
      const wholePrefix = held.family === k.AF_INET && isLoopback(link);
      const bits = wholePrefix ? held.prefixLength : address.bytes.length * 8;
      if (samePrefix(held.bytes, address.bytes, bits)) found.add(link);
    }
    return [...found];
  }

  private applyLink(type: number, told: LinkFields): void {
    // A bridge reports its ports in messages of its own family: its RTM_DELLINK only means that the
    // interface left the bridge.
    if (told.family !== k.AF_UNSPEC) return;
    if (type === k.RTM_DELLINK) {
      this.links.delete(told.index);
      for (const [key, held] of this.addresses) if (held.index === told.index) this.addresses.delete(key);
    } else if (type === k.RTM_NEWLINK) {
      const known = this.links.get(told.index);
      // Messages about wireless events hold few attributes.
      this.links.set(told.index, {
        index: told.index,
        flags: told.flags,
        name: told.name ?? known?.name ?? '',
        mtu: told.mtu ?? known?.mtu ?? UNKNOWN_MTU,
        mac: told.address ?? known?.mac ?? null,
      });
    }
  }

  private applyAddress(type: number, told: AddressFields): void {
    // On a point-to-point interface IFA_ADDRESS is the other end.
    const bytes = told.local ?? told.address;
    if (bytes === null || (told.family !== k.AF_INET && told.family !== k.AF_INET6)) return;
    const peer = hex(told.address ?? bytes);
    const key = `${told.index} ${hex(bytes)} ${peer}/${told.prefixLength}`;
    // Until duplicate address detection (RFC 4862 5.4) ends, the kernel doesn't send from the address;
    // it tells again when it ends.
    const unproved = (told.flags & k.IFA_F_TENTATIVE) !== 0 && (told.flags & k.IFA_F_OPTIMISTIC) === 0;
    if (type === k.RTM_NEWADDR && !unproved && (told.flags & k.IFA_F_DADFAILED) === 0) {
      this.addresses.set(key, { index: told.index, family: told.family, prefixLength: told.prefixLength, bytes });
    } else if (type === k.RTM_NEWADDR || type === k.RTM_DELADDR) {
      this.addresses.delete(key);
    }
  }
}
