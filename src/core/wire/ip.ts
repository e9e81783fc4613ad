/**
 * IPv4 (RFC 791), IPv6 with its extension headers (RFC 8200) and the length of a TCP header (RFC 9293):
 * just enough to find the transport header, and the numbers of TCP and UDP that splitting and joining
 * share. Every function takes the offset of the IP header and the bytes that are there, reads nothing
 * outside of them, and answers -1 for what is malformed.
 *
 * Where two things are found at once they are packed into one number, since an object would be garbage
 * for each frame: see `transport`.
 */
const IPV4_MIN_HEADER_SIZE = 20;
export const IPV6_HEADER_SIZE = 40;
export const TCP_MIN_HEADER_SIZE = 20;
export const UDP_HEADER_SIZE = 8;
/** Largest IPv4 packet; IPv6 is held to the same. */
export const MAX_IP_PACKET = 65_535;

/** Offsets in the IPv4 header. */
export const IPV4_TOTAL_LENGTH = 2;
export const IPV4_ID = 4;
const IPV4_FRAGMENT = 6;
const IPV4_PROTOCOL = 9;
export const IPV4_CHECKSUM = 10;
/** Offsets in the IPv6 header. */
export const IPV6_PAYLOAD_LENGTH = 4;
const IPV6_NEXT_HEADER = 6;

/** Offsets in the TCP and the UDP header. */
export const TCP_FLAGS = 13;
export const TCP_CHECKSUM = 16;
export const UDP_LENGTH = 4;
export const UDP_CHECKSUM = 6;

/** Bits of the byte at TCP_FLAGS. */
export const TCP_FIN = 0x01;
export const TCP_PSH = 0x08;
export const TCP_ACK = 0x10;
export const TCP_CWR = 0x80;

const PROTOCOL_HOP_BY_HOP = 0;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
const PROTOCOL_ROUTING = 43;
/** IPv6 fragment header. Also stands for a fragment of an IPv4 packet, which has no transport header to trust. */
export const PROTOCOL_FRAGMENT = 44;
const PROTOCOL_DESTINATION = 60;

/** Extension headers that we walk past; a packet with more is refused. */
const MAX_EXTENSION_HEADERS = 8;

/** The more-fragments flag and the fragment offset. */
const IPV4_FRAGMENT_MASK = 0x3fff;
const TCP_DATA_OFFSET = 12;

// HOT PATH
function u16(bytes: Uint8Array, off: number): number {
  return (bytes[off]! << 8) | bytes[off + 1]!;
}

/**
 * Bytes of the IPv4 header at `off`, or -1: fewer than a header, not version 4, a header length below 20
 * or above the total length, or a total length above `len` (more bytes than that are padding).
 */
// HOT PATH
export function ipv4HeaderLength(bytes: Uint8Array, off: number, len: number): number {
  if (len < IPV4_MIN_HEADER_SIZE || bytes[off]! >> 4 !== 4) return -1;
  const headerLength = (bytes[off]! & 15) << 2;
  const totalLength = u16(bytes, off + IPV4_TOTAL_LENGTH);
  return headerLength < IPV4_MIN_HEADER_SIZE || headerLength > totalLength || totalLength > len ? -1 : headerLength;
}

/**
 * Bytes of the whole packet at `off`, without the padding of a short Ethernet frame; or -1. IPv6
 * jumbograms, which have a payload length of 0, are taken for empty packets.
 */
// HOT PATH
export function ipPacketLength(bytes: Uint8Array, off: number, len: number): number {
  if (len < IPV4_MIN_HEADER_SIZE) return -1;
  if (bytes[off]! >> 4 === 4) {
    return ipv4HeaderLength(bytes, off, len) < 0 ? -1 : u16(bytes, off + IPV4_TOTAL_LENGTH);
  }
  if (bytes[off]! >> 4 !== 6 || len < IPV6_HEADER_SIZE) return -1;
  const length = IPV6_HEADER_SIZE + u16(bytes, off + IPV6_PAYLOAD_LENGTH);
  return length > len ? -1 : length;
}

/**
 * Finds the transport header of the IPv4 or IPv6 packet at `off`: returns its protocol and its distance
 * from `off`, to be taken apart with `protocolOf` and `headersLengthOf`; or -1. The transport header
 * itself may be missing or cut short: compare with `ipPacketLength`.
 */
// HOT PATH
export function transport(bytes: Uint8Array, off: number, len: number): number {
  const length = ipPacketLength(bytes, off, len);
  if (length < 0) return -1;
  if (bytes[off]! >> 4 === 6) return transport6(bytes, off, length);
  const fragment = (u16(bytes, off + IPV4_FRAGMENT) & IPV4_FRAGMENT_MASK) !== 0;
  return pack(fragment ? PROTOCOL_FRAGMENT : bytes[off + IPV4_PROTOCOL]!, (bytes[off]! & 15) << 2);
}

/** Walks hop-by-hop, routing and destination headers; any other one counts as the transport header. */
// HOT PATH
function transport6(bytes: Uint8Array, off: number, length: number): number {
  let next = bytes[off + IPV6_NEXT_HEADER]!;
  let at = IPV6_HEADER_SIZE;
  for (let headers = 0; isWalked(next); headers++) {
    if (headers === MAX_EXTENSION_HEADERS || at + 8 > length) return -1;
    next = bytes[off + at]!;
    at += (bytes[off + at + 1]! + 1) << 3;
    if (at > length) return -1;
  }
  return pack(next, at);
}

// HOT PATH
function isWalked(protocol: number): boolean {
  return protocol === PROTOCOL_HOP_BY_HOP || protocol === PROTOCOL_ROUTING || protocol === PROTOCOL_DESTINATION;
}

// HOT PATH
function pack(protocol: number, headersLength: number): number {
  return (protocol << 16) | headersLength;
}

/** Protocol number in a result of `transport`. */
// HOT PATH
export function protocolOf(found: number): number {
  return found >> 16;
}

/** Bytes of all IP headers in a result of `transport`: where the transport header begins, from the IP header on. */
// HOT PATH
export function headersLengthOf(found: number): number {
  return found & 0xffff;
}

/** Bytes of the TCP header at `off`, of which `len` bytes are there; or -1. */
// HOT PATH
export function tcpHeaderLength(bytes: Uint8Array, off: number, len: number): number {
  if (len < TCP_MIN_HEADER_SIZE) return -1;
  const headerLength = (bytes[off + TCP_DATA_OFFSET]! >> 4) << 2;
  return headerLength < TCP_MIN_HEADER_SIZE || headerLength > len ? -1 : headerLength;
}
