/**
 * The IP and UDP header of a datagram of a link. The daemon sees only the payload; the headers are made from the
 * addresses, as they were on the wire but for what only the kernel knows: IPv4 identification and flags, time to
 * live, flow label.
 */
import { checksumAdd, checksumFold, ipv4HeaderChecksum, pseudoHeaderSum6 } from '../core/wire/checksum.js';

const UDP = 17;
const UDP_HEADER = 8;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const TTL = 64;

/** Address (4 or 16 bytes) and port. */
export interface Endpoint {
  readonly bytes: Uint8Array;
  readonly port: number;
}

/**
 * Headers for `payload`, of which there were `length` bytes. A checksum takes all of them: one that is cut, and any
 * over IPv4, has none (0), which IPv4 allows.
 */
export function outerHeader(
  from: Endpoint,
  to: Endpoint,
  tos: number,
  payload: Uint8Array,
  length: number,
): Uint8Array {
  const v6 = from.bytes.length === 16;
  const ip = v6 ? IPV6_HEADER : IPV4_HEADER;
  const made = new Uint8Array(ip + UDP_HEADER);
  const view = new DataView(made.buffer);
  const udpLength = UDP_HEADER + length;
  view.setUint16(ip, from.port);
  view.setUint16(ip + 2, to.port);
  view.setUint16(ip + 4, udpLength);
  if (!v6) {
    made[0] = 0x45;
    made[1] = tos;
    view.setUint16(2, IPV4_HEADER + udpLength);
    made[8] = TTL;
    made[9] = UDP;
    made.set(from.bytes, 12);
    made.set(to.bytes, 16);
    ipv4HeaderChecksum(made, 0, IPV4_HEADER);
    return made;
  }
  view.setUint16(0, 0x6000 | (tos << 4));
  view.setUint16(4, udpLength);
  made[6] = UDP;
  made[7] = TTL;
  made.set(from.bytes, 8);
  made.set(to.bytes, 24);
  if (payload.length === length) {
    const header = checksumAdd(made, ip, UDP_HEADER, pseudoHeaderSum6(made, 0, UDP, udpLength));
    const sum = ~checksumFold(checksumAdd(payload, 0, payload.length, header)) & 0xffff;
    view.setUint16(ip + 6, sum === 0 ? 0xffff : sum);
  }
  return made;
}
