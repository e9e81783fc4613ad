/**
 * A model as a tree, for comparing and merging: what is set by itself is a leaf. A leaf is named by its path,
 * such as `interface`, `peers`, `b`, `links`, `0`, `priority`.
 */
import { isDeepStrictEqual } from 'node:util';

export type Path = readonly string[];

/** Set by one line, so never half of one and half of another. */
const WHOLE: ReadonlySet<string> = new Set(['endpoint', 'moveLimit', 'metrics']);

/** What lies below `value` by name; null when it is a leaf. An address stands for itself, whatever its length. */
export function partsOf(value: unknown, path: Path): Map<string, unknown> | null {
  if (Array.isArray(value)) return new Map(value.map((each) => [String(each).split('/', 1)[0] as string, each]));
  if (typeof value !== 'object' || value === null) return null;
  if (isWhole(path) && !(value instanceof Map)) return null;
  return value instanceof Map
    ? new Map([...value].map(([key, each]) => [String(key), each]))
    : new Map(Object.entries(value));
}

/** The reverse of `partsOf`: parts put together to what `like` is. Undefined ones are left out. */
export function assemble(parts: ReadonlyMap<string, unknown>, like: unknown, path: Path): unknown {
  const present = [...parts].filter(([, part]) => part !== undefined);
  if (Array.isArray(like))
    return inOrder(
      present.map(([, part]) => part as string),
      path,
    );
  if (!(like instanceof Map)) return Object.fromEntries(present);
  const numbered = path.at(-1) !== 'peers';
  return new Map(present.map(([key, part]) => [numbered ? Number(key) : key, part]));
}

/** Lists in the order that settings keep them in: IPv4 addresses before IPv6, permitted ones sorted. */
function inOrder(list: readonly string[], path: Path): string[] {
  if (path.at(-1) !== 'addresses') return [...list].sort();
  const isIpv6 = (address: string): boolean => address.includes(':');
  return [...list.filter((each) => !isIpv6(each)), ...list.filter(isIpv6)];
}

/** The outermost paths below which two models differ. */
export function differences(before: unknown, after: unknown): Path[] {
  const found: Path[] = [];
  compare(before, after, [], found);
  return found;
}

/** Runs for every line that is typed: equal settings are passed by without a list of them. */
function compare(before: unknown, after: unknown, path: string[], found: Path[]): void {
  if (Object.is(before, after)) return;
  const level = path.length;
  const seen = found.length;
  const below = (name: string, a: unknown, b: unknown): void => {
    if (Object.is(a, b)) return;
    path[level] = name;
    compare(a, b, path, found);
    path.length = level;
  };
  if (before instanceof Map && after instanceof Map) {
    for (const [key, each] of after) below(String(key), before.get(key), each);
    for (const [key, each] of before) if (!after.has(key)) below(String(key), each, undefined);
  } else if (isRecord(before) && isRecord(after) && !isWhole(path)) {
    for (const key in after) below(key, before[key], after[key]);
    for (const key in before) if (!(key in after)) below(key, before[key], undefined);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    if (isDeepStrictEqual(before, after)) return;
    const parts = { before: partsOf(before, path), after: partsOf(after, path) };
    for (const key of new Set([...(parts.before ?? []), ...(parts.after ?? [])].map(([name]) => name)))
      below(key, parts.before?.get(key), parts.after?.get(key));
    // The same addresses in another order.
    if (found.length === seen) found.push([...path]);
  } else if (!isDeepStrictEqual(before, after)) found.push([...path]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

function isWhole(path: Path): boolean {
  return WHOLE.has(path.at(-1) ?? '') || path.at(-2) === 'localLinks';
}

/** Whether one of two paths lies at or below the other. */
export function overlap(a: Path, b: Path): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return short.every((part, index) => part === long[index]);
}

/** A path in words, for messages: `peer b, link 0: priority`. */
export function pathText(path: Path): string {
  const around: string[] = [];
  const rest = [...path];
  if (rest[0] === 'interface' && rest.length > 1) rest.shift();
  for (const [field, label] of CONTAINERS) {
    if (rest[0] !== field || rest.length < 2) continue;
    rest.shift();
    around.push(`${label} ${rest.shift()}`);
  }
  const name = rest.map((part) => part.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)).join(' ');
  return [around.join(', '), name].filter((part) => part !== '').join(': ') || 'everything';
}

const CONTAINERS = [
  ['peers', 'peer'],
  ['localLinks', 'local link'],
  ['links', 'link'],
] as const;
