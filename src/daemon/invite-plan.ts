/** What an invitation offers, and what the inviter's configuration must be for it: worked out, nothing done. */
import { hostname } from 'node:os';
import { addressFamily } from '../cli/grammar/address.js';
import {
  type Config,
  DEFAULTS,
  type InterfaceConfig,
  type LocalLinkConfig,
  MAX_LINKS,
  newInterface,
} from '../config/model.js';
import { byNumber } from '../config/settings/setting.js';
import { EngineError } from '../control/engine.js';
import type { InviteOptions } from '../control/enrolment.js';
import type { HostAddress } from '../io/host-addresses.js';
import { addressText, parsePrefix } from '../io/netlink/address-text.js';
import type { InvitationLink } from './invitation-string.js';

/** Name of the interface where none is configured. */
export const INTERFACE = 'sennit0';
const MAX_ID = 65535;

export interface InvitePlan {
  /** The configuration with what was missing. */
  config: Config;
  /** Our host id. */
  hostId: number;
  joinerId: number;
  address: string | null;
  links: InvitationLink[];
}

/** What open invitations have promised already. */
export type Promised = readonly { readonly peer: string; readonly hostId: number; readonly address: string | null }[];

/**
 * @param host the addresses of this host
 * @param random a number from 0 to below its argument
 * @throws EngineError when there is something to be done first
 */
export function planInvite(
  running: Config,
  options: InviteOptions,
  promised: Promised,
  host: readonly HostAddress[],
  random: (below: number) => number,
): InvitePlan {
  const config = structuredClone(running);
  const { peer } = options;
  if (config.interface?.peers.has(peer))
    throw new EngineError(`peer ${peer} is configured already: choose another name, or 'no peer ${peer}' removes it`);
  const isNew = config.interface === null;
  const tap = config.interface ?? newInterface(INTERFACE);
  config.interface = tap;
  const others = promised.filter((invitation) => invitation.peer !== peer);
  const ids = new Set([...tap.peers.values()].map(({ id }) => id));
  const hostId = tap.hostId ?? freeId(ids);
  tap.hostId = hostId;
  ids.add(hostId);
  for (const other of others) ids.add(other.hostId);
  const promisedTo = others.find((other) => other.hostId === options.id)?.peer;
  if (promisedTo !== undefined)
    throw new EngineError(
      `host id ${options.id} is promised to ${promisedTo}: 'clear invitation ${promisedTo}' takes that back`,
    );
  if (options.id !== null && ids.has(options.id))
    throw new EngineError(`host id ${options.id} is taken already: every host needs an id of its own`);
  if (tap.localLinks.size === 0) tap.localLinks = localLinksOf(host);
  if (isNew) tap.addresses = [freshPrefix(host, random)];
  const joinerId = options.id ?? freeId(ids);
  const taken = [...tap.addresses, ...others.map(({ address }) => address)].map(hostPart);
  const address = options.address ?? addressFor(tap, hostId, joinerId);
  if (address !== null && taken.includes(hostPart(address)))
    throw new EngineError(`${address} is taken already: give the peer another one, 'invite ${peer} address A/P'`);
  return { config, hostId, joinerId, address, links: endpointsOf(tap, host) };
}

/** What a host is called by others, made to fit the name of a peer. */
export function ownName(config: Config): string {
  const name = (config.hostname ?? hostname()).replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return name.slice(0, 32) || 'host';
}

function freeId(taken: ReadonlySet<number>): number {
  for (let id = 1; id <= MAX_ID; id++) if (!taken.has(id)) return id;
  throw new EngineError('every host id is taken');
}

function hostPart(prefix: string | null): string {
  return prefix?.split('/')[0] ?? '';
}

/** A link for each interface of the host with an address that others can reach. */
function localLinksOf(host: readonly HostAddress[]): Map<number, LocalLinkConfig> {
  const byDevice = new Map<string, HostAddress>();
  for (const candidate of host) {
    const chosen = byDevice.get(candidate.device);
    if (candidate.usable && (chosen === undefined || chosen.family > candidate.family))
      byDevice.set(candidate.device, candidate);
  }
  const chosen = [...byDevice.values()].slice(0, MAX_LINKS);
  if (chosen.length === 0)
    throw new EngineError(
      "this host has no address that others could reach: give an interface one, or configure 'local link 0 address A'",
    );
  return new Map(chosen.map(({ address }, link) => [link, { address, port: DEFAULTS.port, device: null }]));
}

/** Our end of every local link as a peer must know it. */
function endpointsOf(tap: InterfaceConfig, host: readonly HostAddress[]): InvitationLink[] {
  const links: InvitationLink[] = [];
  for (const [link, { address, port, device }] of byNumber(tap.localLinks)) {
    const family = addressFamily(address);
    const isAny = address === '0.0.0.0' || address === '::';
    const held = host.find((one) => one.usable && one.family === family && (device === null || one.device === device));
    const told = isAny ? held?.address : address;
    if (told !== undefined) links.push({ link, address: told, port });
  }
  if (links.length === 0)
    throw new EngineError("no local link has an address that others could reach: 'local link 0 address A' gives one");
  return links;
}

/** 10.X.Y.1/24 that overlaps nothing this host has. */
function freshPrefix(host: readonly HostAddress[], random: (below: number) => number): string {
  const held = host.filter(({ family }) => family === 4).map(range);
  for (let tries = 0; tries < 1000; tries++) {
    const address = `10.${1 + random(254)}.${1 + random(254)}.1`;
    const fresh = range({ address, prefixLength: 24 });
    if (held.every(({ first, last }) => last < fresh.first || fresh.last < first)) return `${address}/24`;
  }
  throw new EngineError("no free network in 10.0.0.0/8: configure an interface with 'ip address A/P' first");
}

function range({ address, prefixLength }: { address: string; prefixLength: number }): { first: bigint; last: bigint } {
  const { value, size } = numberOf(`${address}/${prefixLength}`);
  const first = value - (value % size);
  return { first, last: first + size - 1n };
}

/** An address with prefix as a number, and how many addresses the prefix holds. */
function numberOf(prefix: string): { value: bigint; size: bigint; bytes: number } {
  const parsed = parsePrefix(prefix);
  if (parsed === null) throw new EngineError(`${prefix} is not an address with a prefix length`);
  let value = 0n;
  for (const byte of parsed.bytes) value = (value << 8n) | BigInt(byte);
  return { value, size: 1n << BigInt(parsed.bytes.length * 8 - parsed.prefixLength), bytes: parsed.bytes.length };
}

/**
 * As far from our own address as the joiner's id from ours, around the prefix. So ids that differ give
 * addresses that differ, whoever invited, without a list of who has which: addresses of peers are not
 * configured anywhere but on the peer.
 */
function addressFor(tap: InterfaceConfig, hostId: number, joinerId: number): string | null {
  const [own] = tap.addresses;
  if (own === undefined) return null;
  const { value, size, bytes } = numberOf(own);
  const host = value % size;
  const moved = (((host + BigInt(joinerId - hostId)) % size) + size) % size;
  const reserved = bytes === 4 && size > 2n && (moved === 0n || moved === size - 1n);
  if (reserved || moved === host || (bytes === 16 && moved === 0n))
    throw new EngineError(`${own} has no address for host id ${joinerId}: give the peer one, 'address A/P'`);
  let rest = value - host + moved;
  const made = new Uint8Array(bytes);
  for (let i = bytes - 1; i >= 0; i--) {
    made[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  return `${addressText(made)}/${own.split('/')[1]}`;
}
