/**
 * Compares two models and lists what differs, as small as possible. A peer that is not named in the list
 * is untouched by the change: the daemon must not disturb it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Config, InterfaceConfig, LocalLinkConfig, PeerConfig, PeerLinkConfig } from './model.js';

export type NetworkField = 'network' | 'cipher' | 'keyFile' | 'pskFile';
export type InterfaceField =
  | 'hostId'
  | 'mtu'
  | 'macAddress'
  | 'bridge'
  | 'addresses'
  | 'description'
  | 'shutdown'
  | 'persistent'
  | 'macAging'
  | 'macLimit'
  | 'moveLimit'
  | 'stormBroadcast'
  | 'stormMulticast'
  | 'stormUnknownUnicast';
export type PeerField =
  | 'policy'
  | 'failoverBuffer'
  | 'description'
  | 'permitMacs'
  | 'permitVlans'
  | 'macLimit'
  | 'shutdown';
export type IdentityField = 'id' | 'publicKey' | 'pskFile';

export type Change =
  /** All sessions begin anew; but not for another psk, if keys overlap. */
  | { readonly kind: 'network'; readonly fields: readonly NetworkField[] }
  | { readonly kind: 'key-overlap' }
  | { readonly kind: 'vty-timeout' }
  | { readonly kind: 'hostname' }
  | { readonly kind: 'metrics' }
  | { readonly kind: 'logging' }
  /** Its local links, peers and their links follow as changes of their own. */
  | { readonly kind: 'interface-create'; readonly name: string }
  /** Takes its local links, peers and their links with it: they are not listed. */
  | { readonly kind: 'interface-remove'; readonly name: string }
  | { readonly kind: 'interface-rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'interface-change'; readonly fields: readonly InterfaceField[] }
  /** New, or anything about it is different. */
  | { readonly kind: 'local-link-set'; readonly link: number }
  | { readonly kind: 'local-link-remove'; readonly link: number }
  /** Its links follow as changes of their own. */
  | { readonly kind: 'peer-add'; readonly name: string }
  /** Takes its links with it: they are not listed. */
  | { readonly kind: 'peer-remove'; readonly name: string }
  | { readonly kind: 'peer-change'; readonly name: string; readonly fields: readonly PeerField[] }
  /** The session with this peer begins anew; but not for another key or psk, if keys overlap. */
  | { readonly kind: 'peer-identity'; readonly name: string; readonly fields: readonly IdentityField[] }
  | { readonly kind: 'peer-link-set'; readonly peer: string; readonly link: number }
  | { readonly kind: 'peer-link-remove'; readonly peer: string; readonly link: number };

const NETWORK: readonly NetworkField[] = ['network', 'cipher', 'keyFile', 'pskFile'];
const INTERFACE: readonly InterfaceField[] = [
  'hostId',
  'mtu',
  'macAddress',
  'bridge',
  'addresses',
  'description',
  'shutdown',
  'persistent',
  'macAging',
  'macLimit',
  'moveLimit',
  'stormBroadcast',
  'stormMulticast',
  'stormUnknownUnicast',
];
const PEER: readonly PeerField[] = [
  'policy',
  'failoverBuffer',
  'description',
  'permitMacs',
  'permitVlans',
  'macLimit',
  'shutdown',
];
const IDENTITY: readonly IdentityField[] = ['id', 'publicKey', 'pskFile'];

/** Changes that turn `running` into `wanted`; what goes away comes before what is new. Empty: equal. */
export function diff(running: Config, wanted: Config): Change[] {
  const before = running.interface;
  const after = wanted.interface;
  const changes: Change[] = [...removals(before, after)];
  const network = differing(NETWORK, running, wanted);
  if (network.length > 0) changes.push({ kind: 'network', fields: network });
  if (running.keyOverlap !== wanted.keyOverlap) changes.push({ kind: 'key-overlap' });
  if (running.vtyTimeout !== wanted.vtyTimeout) changes.push({ kind: 'vty-timeout' });
  if (running.hostname !== wanted.hostname) changes.push({ kind: 'hostname' });
  if (!isDeepStrictEqual(running.metrics, wanted.metrics)) changes.push({ kind: 'metrics' });
  if (!isDeepStrictEqual(running.logging, wanted.logging)) changes.push({ kind: 'logging' });
  if (after === null) return changes;
  changes.push(...interfaceItself(before, after));
  for (const [link, local] of after.localLinks) {
    if (!sameLocal(before?.localLinks.get(link), local)) changes.push({ kind: 'local-link-set', link });
  }
  for (const peer of after.peers.values()) changes.push(...peerChanges(before?.peers.get(peer.name), peer));
  return changes;
}

function removals(before: InterfaceConfig | null, after: InterfaceConfig | null): Change[] {
  if (before === null) return [];
  if (after === null) return [{ kind: 'interface-remove', name: before.name }];
  const changes: Change[] = [];
  for (const { name, links } of before.peers.values()) {
    const kept = after.peers.get(name);
    if (kept === undefined) changes.push({ kind: 'peer-remove', name });
    else
      for (const link of links.keys())
        if (!kept.links.has(link)) changes.push({ kind: 'peer-link-remove', peer: name, link });
  }
  for (const link of before.localLinks.keys()) {
    if (!after.localLinks.has(link)) changes.push({ kind: 'local-link-remove', link });
  }
  return changes;
}

function interfaceItself(before: InterfaceConfig | null, after: InterfaceConfig): Change[] {
  if (before === null) return [{ kind: 'interface-create', name: after.name }];
  const changes: Change[] = [];
  if (before.name !== after.name) changes.push({ kind: 'interface-rename', from: before.name, to: after.name });
  const fields = differing(INTERFACE, before, after);
  if (fields.length > 0) changes.push({ kind: 'interface-change', fields });
  return changes;
}

function peerChanges(before: PeerConfig | undefined, after: PeerConfig): Change[] {
  const { name } = after;
  const changes: Change[] = [];
  if (before === undefined) changes.push({ kind: 'peer-add', name });
  else {
    const identity = differing(IDENTITY, before, after);
    if (identity.length > 0) changes.push({ kind: 'peer-identity', name, fields: identity });
    const fields = differing(PEER, before, after);
    if (fields.length > 0) changes.push({ kind: 'peer-change', name, fields });
  }
  for (const [link, config] of after.links) {
    if (!samePeerLink(before?.links.get(link), config)) changes.push({ kind: 'peer-link-set', peer: name, link });
  }
  return changes;
}

function differing<K extends string>(
  fields: readonly K[],
  a: { [key in K]: unknown },
  b: { [key in K]: unknown },
): K[] {
  return fields.filter((field) => !isDeepStrictEqual(a[field], b[field]));
}

function sameLocal(a: LocalLinkConfig | undefined, b: LocalLinkConfig): boolean {
  return a !== undefined && a.address === b.address && a.port === b.port && a.device === b.device;
}

function samePeerLink(a: PeerLinkConfig | undefined, b: PeerLinkConfig): boolean {
  return a !== undefined && isDeepStrictEqual(a, b);
}
