/** Addresses as people type them, turned into the one canonical text that the model holds. */
import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/** 4, 6, or 0 for text that is no address. An IPv6 address with a zone (`%eth0`) is none here. */
export function addressFamily(text: string): 0 | 4 | 6 {
  if (isIPv4(text)) return 4;
  return isIPv6(text) && !text.includes('%') ? 6 : 0;
}

/** Canonical text (RFC 5952 for IPv6), or null for text that is no address. */
export function canonicalAddress(text: string): string | null {
  const family = addressFamily(text);
  if (family === 0) return null;
  return family === 4 ? text : new SocketAddress({ address: text, family: 'ipv6' }).address;
}

/** An IPv4 address written as IPv6 (`::ffff:192.0.2.1`), in canonical text. */
export function isMappedIpv4(canonical: string): boolean {
  return /^::ffff:\d+\./.test(canonical);
}

/** An IPv6 address that every device has in common, fe80::/10 (RFC 4291, section 2.5.6), in canonical text. */
export function isLinkLocal(canonical: string): boolean {
  return /^fe[89ab][0-9a-f]:/.test(canonical);
}

/** `A:P`, with brackets around an IPv6 address. */
export function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The parts of what `endpoint` made, or of what people type for it; null for anything else. */
export function splitEndpoint(text: string): { address: string; port: number } | null {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = canonicalAddress(bracketed ?? plain ?? '');
  const port = Number(digits);
  if (address === null || address.includes(':') !== (bracketed !== undefined)) return null;
  return port < 1 || port > 65535 ? null : { address, port };
}

/** `address/length` in canonical text, or null. */
export function canonicalPrefix(text: string, family: 4 | 6): string | null {
  const parts = /^([^/]+)\/(\d{1,3})$/.exec(text);
  if (parts === null) return null;
  const address = parts[1] as string;
  const length = Number(parts[2]);
  if (addressFamily(address) !== family || length < 1 || length > (family === 4 ? 32 : 128)) return null;
  return `${canonicalAddress(address)}/${length}`;
}

/** `aa:bb:cc:dd:ee:ff` from that form, from `aa-bb-...` or from `aabb.ccdd.eeff`; null for anything else. */
export function canonicalMac(text: string): string | null {
  const known = /^([0-9a-f]{2}([:-])[0-9a-f]{2}(\2[0-9a-f]{2}){4}|[0-9a-f]{4}(\.[0-9a-f]{4}){2})$/i;
  if (!known.test(text)) return null;
  const digits = text.toLowerCase().replace(/[:.-]/g, '');
  return (digits.match(/../g) as string[]).join(':');
}

/** Bit 0 of the first byte: a group address (IEEE 802), which no host may own. */
export function isGroupMac(canonical: string): boolean {
  return (Number.parseInt(canonical.slice(0, 2), 16) & 1) === 1;
}
