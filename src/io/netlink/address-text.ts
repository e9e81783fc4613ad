/** Addresses between their text and the bytes the kernel compares. */
import { isIPv4, isIPv6 } from 'node:net';
import { AF_INET, AF_INET6 } from './constants.js';

export interface IpAddress {
  family: number;
  /** 4 or 16 bytes in network order. */
  bytes: Uint8Array;
}

function ipv4Bytes(text: string): number[] {
  return text.split('.').map(Number);
}

/** The 16-bit groups of one side of `::` as bytes; a dotted quad at the end counts as two groups. */
function groupBytes(text: string): number[] {
  const bytes: number[] = [];
  if (text === '') return bytes;
  for (const group of text.split(':')) {
    if (group.includes('.')) {
      bytes.push(...ipv4Bytes(group));
    } else {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((b) => b === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

/**
 * An IPv4 or IPv6 address in any spelling, in binary. An IPv4-mapped one (RFC 4291 2.5.5.2) is the
 * IPv4 address. Null if it isn't an address, or has a zone (`%eth0`): the zone is the link's device.
 */
export function parseAddress(text: string): IpAddress | null {
  if (isIPv4(text)) return { family: AF_INET, bytes: Uint8Array.from(ipv4Bytes(text)) };
  if (!isIPv6(text) || text.includes('%')) return null;
  const [head = '', tail] = text.split('::');
  const front = groupBytes(head);
  const back = tail === undefined ? [] : groupBytes(tail);
  const bytes = new Uint8Array(16);
  bytes.set(front, 0);
  bytes.set(back, 16 - back.length);
  if (isMapped(bytes)) return { family: AF_INET, bytes: bytes.slice(12) };
  return { family: AF_INET6, bytes };
}

/** The canonical text of 4 or 16 bytes. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[i * 2]! << 8) | bytes[i * 2 + 1]!).toString(16));
  // The URL parser writes IPv6 addresses in their canonical form (RFC 5952).
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

/** `A/P` in binary, or null. The prefix length is at most 32 or 128. */
export function parsePrefix(text: string): (IpAddress & { prefixLength: number }) | null {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const address = match?.[1] === undefined ? null : parseAddress(match[1]);
  const prefixLength = Number(match?.[2]);
  if (address === null || prefixLength > address.bytes.length * 8) return null;
  return { ...address, prefixLength };
}

/** The bytes in hexadecimal, with `separator` between them. */
export function hex(bytes: Uint8Array, separator = ''): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(separator);
}

/** The six bytes of `aa:bb:cc:dd:ee:ff`, or null. */
export function parseMac(text: string): Uint8Array | null {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return null;
  return Uint8Array.from(text.split(':'), (byte) => Number.parseInt(byte, 16));
}
