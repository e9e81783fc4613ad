/**
 * Merges two changes of one model, setting by setting: a candidate and what others have changed since it began.
 * Where both changed the same and not to the same, it is a conflict.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from './model.js';
import { assemble, type Path, partsOf } from './model-tree.js';

export type Side = 'mine' | 'theirs';

export interface Merged {
  readonly config: Config;
  /** Where both differ from `base` and from each other. */
  readonly conflicts: readonly Path[];
}

/**
 * @param base what both began with
 * @param prefer whose setting is taken where they conflict
 */
export function merge(base: Config, mine: Config, theirs: Config, prefer: Side): Merged {
  const conflicts: Path[] = [];
  const config = mergeValue({ base, mine, theirs }, [], prefer, conflicts) as Config;
  return { config: structuredClone(config), conflicts };
}

interface Three {
  readonly base: unknown;
  readonly mine: unknown;
  readonly theirs: unknown;
}

/** Undefined: it is not there. */
function mergeValue({ base, mine, theirs }: Three, path: Path, prefer: Side, conflicts: Path[]): unknown {
  if (isDeepStrictEqual(mine, theirs) || isDeepStrictEqual(base, mine)) return theirs;
  if (isDeepStrictEqual(base, theirs)) return mine;
  const parts = { mine: partsOf(mine, path), theirs: partsOf(theirs, path) };
  if (parts.mine === null || parts.theirs === null) {
    conflicts.push(path);
    return prefer === 'mine' ? mine : theirs;
  }
  const before = partsOf(base, path);
  const merged = new Map<string, unknown>();
  for (const key of new Set([...parts.theirs.keys(), ...parts.mine.keys()])) {
    const three = { base: before?.get(key), mine: parts.mine.get(key), theirs: parts.theirs.get(key) };
    merged.set(key, mergeValue(three, [...path, key], prefer, conflicts));
  }
  return assemble(merged, theirs, path);
}
