/**
 * The MAC address of a TAP for which none is configured. It is the same after every restart, so
 * neighbours' ARP caches stay right, and differs between hosts and between networks.
 */
import { createHash } from 'node:crypto';

/** Locally administered, unicast (IEEE 802, the two lowest bits of the first byte). */
export function defaultMac(network: string, hostId: number): string {
  const digest = createHash('sha256').update(`sennit mac ${hostId} ${network}`).digest();
  digest[0] = (digest[0]! & 0xfc) | 0x02;
  return [...digest.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
