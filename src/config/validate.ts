/**
 * Checks across settings. Only what contradicts itself is refused; what is merely not complete yet (a
 * peer without a key, a link without its local end) is legal, so that lines may come in any order, and
 * `incomplete` names it.
 */
import { addressFamily, isLinkLocal } from '../cli/grammar/address.js';
import { parseValue } from '../cli/grammar/value.js';
import type { Config, InterfaceConfig, LocalLinkConfig, PeerConfig } from './model.js';
import { byNumber } from './settings/setting.js';

/** RFC 8200, section 5. */
const LEAST_IPV6_MTU = 1280;

const NAME_DEVICE = "give the local link its 'device'";

/** What can't be true together: one message each, saying what to do. Empty: the model may run. */
export function validate(config: Config): string[] {
  const tap = config.interface;
  if (tap === null) return [];
  return [
    ...hostIds(tap),
    ...macAddress(tap),
    ...ipv6Mtu(tap),
    ...localEnds(tap),
    ...[...tap.peers.values()].flatMap((peer) => peerErrors(tap, peer)),
  ];
}

/** Something that is missing, and where. */
export interface Missing {
  readonly text: string;
  readonly interface?: string;
  readonly peer?: string;
  readonly link?: number;
}

/** What keeps a legal configuration from working, in words: for warnings. */
export function incomplete(config: Config): string[] {
  return missing(config).map(({ text }) => text);
}

/** The same with names. */
export function missing(config: Config): Missing[] {
  const tap = config.interface;
  if (tap === null) return [{ text: "no interface is configured: 'interface NAME' adds it" }];
  const found: Missing[] = [];
  if (tap.hostId === null)
    found.push({ text: `interface ${tap.name} has no host-id: peers can't be reached`, interface: tap.name });
  if (tap.peers.size > 0 && tap.localLinks.size === 0)
    found.push({ text: "there is no local link: 'local link 0 address A' adds one", interface: tap.name });
  for (const { name: peer, publicKey, links } of tap.peers.values()) {
    if (publicKey === null) found.push({ text: `peer ${peer} has no public-key: it can't be reached`, peer });
    if (links.size === 0) found.push({ text: `peer ${peer} has no link: 'link 0' adds one`, peer });
    for (const [link] of byNumber(links)) {
      const text = `peer ${peer}, link ${link}: there is no local link ${link}, so it stays down`;
      if (!tap.localLinks.has(link)) found.push({ text, peer, link });
    }
  }
  return found;
}

function hostIds(tap: InterfaceConfig): string[] {
  const errors: string[] = [];
  const owners = new Map<number, string>();
  const keys = new Map<string, string>();
  for (const { name, id, publicKey } of tap.peers.values()) {
    const other = owners.get(id);
    if (id === tap.hostId) errors.push(`peer ${name} has this host's own id ${id}: every host needs an id of its own`);
    if (other !== undefined)
      errors.push(`peers ${other} and ${name} have the same id ${id}: every host needs an id of its own`);
    owners.set(id, name);
    if (publicKey === null) continue;
    const holder = keys.get(publicKey);
    if (holder !== undefined)
      errors.push(`peers ${holder} and ${name} have the same public-key: every host needs a key of its own`);
    keys.set(publicKey, name);
  }
  return errors;
}

function macAddress(tap: InterfaceConfig): string[] {
  if (tap.macAddress === null) return [];
  const parsed = parseValue({ kind: 'mac' }, tap.macAddress);
  return 'refusal' in parsed ? [`mac-address ${tap.macAddress} can't be used: ${parsed.refusal}`] : [];
}

/** The kernel takes IPv6 away from a device whose MTU is below the least that IPv6 demands. */
function ipv6Mtu({ mtu, addresses }: InterfaceConfig): string[] {
  const ipv6 = addresses.find((address) => address.includes(':'));
  if (ipv6 === undefined || mtu === 'auto' || mtu >= LEAST_IPV6_MTU) return [];
  return [
    `mtu ${mtu} is too small for the address ${ipv6}: IPv6 needs ${LEAST_IPV6_MTU} (RFC 8200, section 5); ` +
      `set 'mtu ${LEAST_IPV6_MTU}' or more, or take the address away with 'no ipv6 address'`,
  ];
}

function localEnds(tap: InterfaceConfig): string[] {
  const errors: string[] = [];
  const links = byNumber(tap.localLinks);
  for (const [index, [link, local]] of links.entries()) {
    if (isLinkLocal(local.address) && local.device === null)
      errors.push(`local link ${link}: ${local.address} is link-local, any device may have it: ${NAME_DEVICE}`);
    for (const [other, earlier] of links.slice(0, index)) {
      if (!collide(local, earlier)) continue;
      errors.push(
        `local links ${other} and ${link} can't share port ${local.port} on ${earlier.address} and ${local.address}: ` +
          'give one of them another port, address or device',
      );
    }
  }
  return errors;
}

/** Whether the kernel refuses to bind both (inet_rcv_saddr_equal and the device, net/ipv4/udp.c). */
export function collide(a: LocalLinkConfig, b: LocalLinkConfig): boolean {
  if (a.port !== b.port || addressFamily(a.address) !== addressFamily(b.address)) return false;
  if (a.device !== null && b.device !== null && a.device !== b.device) return false;
  return a.address === b.address || isAny(a.address) || isAny(b.address);
}

function isAny(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

function peerErrors(tap: InterfaceConfig, peer: PeerConfig): string[] {
  const errors: string[] = [];
  if (peer.publicKey !== null && 'refusal' in parseValue({ kind: 'key' }, peer.publicKey)) {
    errors.push(`peer ${peer.name}: the public-key is not 32 bytes in base64: take it from 'show crypto key' there`);
  }
  for (const [number, link] of byNumber(peer.links)) {
    const where = `peer ${peer.name}, link ${number}`;
    if (link.hold <= link.interval) {
      errors.push(`${where}: the hold time (${link.hold} ms) must be longer than the interval (${link.interval} ms)`);
    }
    if (link.endpoint === null) continue;
    if (isAny(link.endpoint.address)) {
      errors.push(
        `${where}: ${link.endpoint.address} is no address of a host: use 'no address' to learn it from the peer`,
      );
      continue;
    }
    const local = tap.localLinks.get(number);
    if (isLinkLocal(link.endpoint.address) && local?.device === null)
      errors.push(`${where}: ${link.endpoint.address} is link-local, behind any device: ${NAME_DEVICE}`);
    if (local !== undefined && addressFamily(local.address) !== addressFamily(link.endpoint.address)) {
      errors.push(
        `${where}: ${link.endpoint.address} can't be reached from ${local.address} (local link ${number}): ` +
          'both ends must be IPv4 or both IPv6',
      );
    }
  }
  return errors;
}
