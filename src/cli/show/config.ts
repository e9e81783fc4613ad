/** `show running-config` and `show startup-config`: the text, and the same as data. */
import type { Config, InterfaceConfig, PeerConfig } from '../../config/model.js';
import { emptyConfig, newInterface } from '../../config/model.js';
import { byNumber } from '../../config/settings/setting.js';

/**
 * A model as plain data, every field of it under its own name. Maps become lists: one by link number has the
 * number in front of each entry, as `link`; that of the peers is in the order of their ids.
 */
export function configData(config: Config): object {
  return plainFields(config);
}

/** Of the whole model only the interface with its peers; null when there is none of that name. */
export function interfaceOnly(config: Config, name: string): Config | null {
  return config.interface?.name === name ? { ...emptyConfig(), interface: config.interface } : null;
}

/** Of the whole model only one peer, and the name of the interface that it belongs to: so it can be loaded again. */
export function peerOnly(config: Config, name: string): Config {
  const tap = config.interface as InterfaceConfig;
  const peers = new Map([...tap.peers].filter(([each]) => each === name));
  return { ...emptyConfig(), interface: { ...newInterface(tap.name), peers } };
}

export function interfaceConfigData({ interface: tap }: Config): object {
  return plainFields(tap as InterfaceConfig);
}

export function peerConfigData({ interface: tap }: Config, peer: string): object {
  return plainFields(tap?.peers.get(peer) as PeerConfig);
}

function plainFields(part: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  if (value instanceof Map) return plainList(value);
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'object' && value !== null ? plainFields(value) : value;
}

function plainList(map: ReadonlyMap<number | string, object>): unknown[] {
  const byLink = [...map].every((entry): entry is [number, object] => typeof entry[0] === 'number');
  if (byLink)
    return byNumber(map as ReadonlyMap<number, object>).map(([link, each]) => ({ link, ...plainFields(each) }));
  const named = [...map.values()] as { id: number }[];
  return named.sort((a, b) => a.id - b.id).map(plainFields);
}
