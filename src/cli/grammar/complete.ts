/** The answer to TAB. */
import { outlook } from './outlook.js';
import type { Role } from './privilege.js';
import type { ModeName, ValueToken } from './token.js';
import type { LiveSource } from './value.js';

export interface Completion {
  /** What to put in at the end of the line: the rest of the word and a space, or as much as is common to all. */
  readonly insert: string;
  /** The words that fit, sorted as the grammar has them; more than one: TAB again lists them. */
  readonly candidates: readonly string[];
}

/** Names that exist now, from the running daemon. */
export type LiveNames = (source: LiveSource) => readonly string[];

/** Completes the last word of `line`. */
export function complete(
  mode: ModeName,
  line: string,
  live: LiveNames,
  role: Role = 'admin',
  inCandidate = false,
): Completion {
  const ahead = outlook(mode, line, role, inCandidate);
  if ('error' in ahead) return { insert: '', candidates: [] };
  const names = ahead.values.flatMap((value) => namesFor(value, live)).filter((name) => name.startsWith(ahead.partial));
  const candidates = [...new Set([...ahead.keywords.map(({ label }) => label), ...names])];
  const [first] = candidates;
  if (first === undefined) return { insert: '', candidates };
  if (candidates.length === 1) return { insert: `${first.slice(ahead.partial.length)} `, candidates };
  return { insert: commonPrefix(candidates).slice(ahead.partial.length), candidates };
}

function namesFor(token: ValueToken, live: LiveNames): readonly string[] {
  const source = 'live' in token.of ? token.of.live : undefined;
  return source === undefined ? [] : live(source);
}

function commonPrefix(words: readonly string[]): string {
  let prefix = words[0] as string;
  for (const other of words) while (!other.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix;
}
