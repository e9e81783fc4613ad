/**
 * The inner header: the first 8 bytes of a frame's plaintext, what the receiving kernel must know of
 * the Ethernet frame behind it. It is the kernel's virtio-net header (linux/virtio_net.h) without the
 * length hint, in our order:
 *
 *     0 kind   1 flags   2 GSO type   3 checksum offset u8   4 checksum start u16   6 GSO size u16
 *
 * A checksum that the sending kernel left to be completed stays so across the tunnel: the AEAD guards
 * the bytes, and the receiving kernel completes the sum if the frame ever leaves it.
 */
import { ETHERNET_HEADER_SIZE } from './ethernet.js';
import { KIND_FRAME } from './transport.js';

export const INNER_SIZE = 8;

/** struct virtio_net_hdr, as a TAP with IFF_VNET_HDR reads and writes it. */
export const VNET_SIZE = 10;
export const VNET_NEEDS_CSUM = 1;
export const GSO_NONE = 0;
export const GSO_TCPV4 = 1;
export const GSO_TCPV6 = 4;
export const GSO_UDP_L4 = 5;
/** Flag on top of a TCP GSO type: the first segment carries CWR. */
export const GSO_ECN = 0x80;

/** About how many frames a super-frame of `len` bytes stands for; 1 for a frame that is none. */
// HOT PATH
export function gsoSegments(gsoType: number, gsoSize: number, len: number): number {
  return gsoType === GSO_NONE || gsoSize === 0 ? 1 : 1 + ((len / gsoSize) | 0);
}

/** Puts the inner header of a frame right before it, from the fields of its virtio-net header. */
// HOT PATH
export function writeInner(
  bytes: Uint8Array,
  frameOff: number,
  flags: number,
  gsoType: number,
  csumStart: number,
  csumOffset: number,
  gsoSize: number,
): void {
  const at = frameOff - INNER_SIZE;
  bytes[at] = KIND_FRAME;
  bytes[at + 1] = flags;
  bytes[at + 2] = gsoType;
  bytes[at + 3] = csumOffset;
  bytes[at + 4] = csumStart;
  bytes[at + 5] = csumStart >> 8;
  bytes[at + 6] = gsoSize;
  bytes[at + 7] = gsoSize >> 8;
}

/**
 * True when the inner header at `at` makes sense for a frame of `frameLen` bytes: the kernel would
 * refuse what we refuse here, and nothing behind this check reads outside the frame.
 */
// HOT PATH
export function innerIsValid(bytes: Uint8Array, at: number, frameLen: number): boolean {
  if (frameLen < ETHERNET_HEADER_SIZE) return false;
  const flags = bytes[at + 1]!;
  if ((flags & ~VNET_NEEDS_CSUM) !== 0) return false;
  const gsoType = bytes[at + 2]!;
  if (flags === VNET_NEEDS_CSUM) {
    const start = bytes[at + 4]! | (bytes[at + 5]! << 8);
    if (start < ETHERNET_HEADER_SIZE || start + bytes[at + 3]! + 2 > frameLen) return false;
  }
  if (gsoType === GSO_NONE) return true;
  const gsoSize = bytes[at + 6]! | (bytes[at + 7]! << 8);
  const kind = gsoType & ~GSO_ECN;
  if (kind !== GSO_TCPV4 && kind !== GSO_TCPV6 && gsoType !== GSO_UDP_L4) return false;
  return flags === VNET_NEEDS_CSUM && gsoSize > 0 && gsoSize < frameLen;
}

/**
 * Turns the inner header before a frame into the virtio-net header that the TAP wants there. The two
 * bytes before the inner header are overwritten.
 */
// HOT PATH
export function innerToVnet(bytes: Uint8Array, frameOff: number): void {
  const inner = frameOff - INNER_SIZE;
  const flags = bytes[inner + 1]!;
  const gsoType = bytes[inner + 2]!;
  const csumOffset = bytes[inner + 3]!;
  const startLow = bytes[inner + 4]!;
  const startHigh = bytes[inner + 5]!;
  const sizeLow = bytes[inner + 6]!;
  const sizeHigh = bytes[inner + 7]!;
  const at = frameOff - VNET_SIZE;
  bytes[at] = flags;
  bytes[at + 1] = gsoType;
  bytes[at + 2] = 0; // hdr_len is a hint; the kernel finds the headers by itself
  bytes[at + 3] = 0;
  bytes[at + 4] = sizeLow;
  bytes[at + 5] = sizeHigh;
  bytes[at + 6] = startLow;
  bytes[at + 7] = startHigh;
  bytes[at + 8] = csumOffset;
  bytes[at + 9] = 0;
}
