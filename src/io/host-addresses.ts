/** The addresses of this host that another host could reach it at. */
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

export interface HostAddress {
  device: string;
  family: 4 | 6;
  /** Canonical text. */
  address: string;
  prefixLength: number;
  /** It can be told to others: neither loopback nor link-local, and not on a tunnel of ours or somebody else's. */
  usable: boolean;
}

/** Addresses of the interfaces that run, in the order of the interfaces (RTM_GETADDR, as Node asks it). */
export function hostAddresses(): HostAddress[] {
  const found: HostAddress[] = [];
  for (const [device, addresses] of Object.entries(networkInterfaces())) {
    const tunnel = existsSync(`/sys/class/net/${device}/tun_flags`);
    for (const { address, family, internal, cidr } of addresses ?? []) {
      const prefixLength = Number(cidr?.split('/')[1] ?? (family === 'IPv4' ? 32 : 128));
      const linkLocal = family === 'IPv4' ? address.startsWith('169.254.') : /^fe[89ab]/i.test(address);
      const usable = !internal && !tunnel && !linkLocal;
      found.push({ device, family: family === 'IPv4' ? 4 : 6, address, prefixLength, usable });
    }
  }
  return found;
}
