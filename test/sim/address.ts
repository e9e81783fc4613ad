/** UDP endpoints as one number, IPv4 address times 65536 plus port, and as the address records of the arena. */
import { ADDRESS_STRIDE } from '../../src/core/limits.js';

const AF_INET = 2;

export type Address = number;

/** Endpoint of a host's own link: 10.link.0.host, port 20700. */
export function hostAddress(host: number, link: number): Address {
  return (10 * 2 ** 24 + link * 2 ** 16 + host) * 65_536 + 20_700;
}

/** One of the endpoints that a NAT or a stranger has: 100.64.0.0 and on. */
export function publicAddress(n: number): Address {
  return (100 * 2 ** 24 + 64 * 2 ** 16 + (n >> 12)) * 65_536 + 1024 + (n & 4095);
}

/** Writes the record as the kernel does: struct sockaddr_in, the rest of the record zero. */
export function writeAddress(bytes: Uint8Array, at: number, address: Address): void {
  bytes.fill(0, at, at + ADDRESS_STRIDE);
  const ip = Math.floor(address / 65_536);
  bytes[at] = AF_INET;
  bytes[at + 2] = address / 256;
  bytes[at + 3] = address;
  bytes[at + 4] = ip / 2 ** 24;
  bytes[at + 5] = ip / 2 ** 16;
  bytes[at + 6] = ip / 256;
  bytes[at + 7] = ip;
}

export function addressRecord(address: Address): Uint8Array {
  const record = new Uint8Array(ADDRESS_STRIDE);
  writeAddress(record, 0, address);
  return record;
}

/** The endpoint of the record at `at`, or -1 when there is none. */
export function readAddress(bytes: Uint8Array, at: number): Address {
  if (bytes[at] !== AF_INET) return -1;
  const port = bytes[at + 2]! * 256 + bytes[at + 3]!;
  const ip = bytes[at + 4]! * 2 ** 24 + bytes[at + 5]! * 2 ** 16 + bytes[at + 6]! * 256 + bytes[at + 7]!;
  return ip * 65_536 + port;
}
