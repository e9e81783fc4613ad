/**
 * The Internet checksum (RFC 1071): the one's complement sum of 16-bit big-endian words. A *sum* here
 * is any non-negative number below 2^31 that is congruent to it modulo 65,535; `fold` makes it 16 bits.
 */
import { IPV4_CHECKSUM } from './ip.js';

const IPV4_SOURCE = 12;
const IPV6_SOURCE = 8;

/**
 * Adds `len` bytes (at most 2^20) at `off` to `initial`, a sum below 2^30. A last odd byte counts as the
 * upper half of a word. Returns a sum, not folded and not complemented.
 */
// HOT PATH
export function checksumAdd(bytes: Uint8Array, off: number, len: number, initial: number): number {
  // Upper and lower bytes apart: so no intermediate leaves the small integers, whatever the length.
  let upper = 0;
  let lower = 0;
  const even = off + (len & ~1);
  for (let at = off; at < even; at += 2) {
    upper += bytes[at]!;
    lower += bytes[at + 1]!;
  }
  if ((len & 1) !== 0) upper += bytes[even]!;
  // 2^16 is 1 modulo 65,535.
  return initial + lower + ((upper & 0xff) << 8) + (upper >> 8);
}

/** Brings a sum to 16 bits by adding the carries. Only the sum 0 folds to 0. */
// HOT PATH
export function checksumFold(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}

/** Computes the checksum of the IPv4 header at `off`, writes it there, and returns it. */
// HOT PATH
export function ipv4HeaderChecksum(bytes: Uint8Array, off: number, headerLen: number): number {
  bytes[off + IPV4_CHECKSUM] = 0;
  bytes[off + IPV4_CHECKSUM + 1] = 0;
  const checksum = ~checksumFold(checksumAdd(bytes, off, headerLen, 0)) & 0xffff;
  bytes[off + IPV4_CHECKSUM] = checksum >> 8;
  bytes[off + IPV4_CHECKSUM + 1] = checksum;
  return checksum;
}

/**
 * Folded sum of the pseudo-header of the IPv4 header at `ipOff` (RFC 793): what Linux leaves in the
 * checksum field of a CHECKSUM_PARTIAL frame. `l4Length` is header and payload of the transport
 * protocol, in bytes.
 */
// HOT PATH
export function pseudoHeaderSum4(bytes: Uint8Array, ipOff: number, proto: number, l4Length: number): number {
  return checksumFold(checksumAdd(bytes, ipOff + IPV4_SOURCE, 8, proto + l4Length));
}

/**
 * The same for IPv6 (RFC 8200, 8.1). The destination is taken from the header, so a routing header with
 * segments left is not allowed for.
 */
// HOT PATH
export function pseudoHeaderSum6(bytes: Uint8Array, ipOff: number, proto: number, l4Length: number): number {
  return checksumFold(checksumAdd(bytes, ipOff + IPV6_SOURCE, 32, proto + l4Length));
}
