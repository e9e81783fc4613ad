/** `show running-config` and `show startup-config`: the text, and the same as data. */
import type { Config } from '../../config/model.js';
import { byNumber } from '../../config/settings/setting.js';

/**
 * A model as plain data, every field of it under its own name. Maps become lists: one by link number has the
 * number in front of each entry, as `link`; that of the peers is in the order of their ids.
 */
export function configData(config: Config): object {
  return plainFields(config);
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
