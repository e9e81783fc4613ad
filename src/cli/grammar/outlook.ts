/** What may come next on a line that is still being typed: the common ground of help and completion. */
import type { Prefix } from './match.js';
import { open } from './match.js';
import type { Role } from './privilege.js';
import { isFor } from './privilege.js';
import type { ModeName, ValueToken } from './token.js';
import { modeChain, pipes } from './tree.js';
import type { Hint, MatchError } from './walk.js';
import { hintsOf, mayEnd, start, stepsOf } from './walk.js';
import { splitWords } from './words.js';

export interface Outlook {
  /** The unfinished word at the end of the line, possibly empty. */
  readonly partial: string;
  /** Keywords that begin with `partial`. */
  readonly keywords: readonly Hint[];
  /** Parameters that may stand here. */
  readonly values: readonly ValueToken[];
  /** True when the line may end here. */
  readonly end: boolean;
  /** True when `|` may follow. */
  readonly pipe: boolean;
}

/** The line that stands after `do` (or what abbreviates it), in its old place; null for a line without `do`. */
export function afterDo(mode: ModeName, line: string): string | null {
  const [first] = splitWords(line);
  if (mode === 'exec' || first === undefined) return null;
  const end = first.column + first.text.length;
  const opened = end < line.length ? open(mode, [first], line) : null;
  if (opened === null || 'error' in opened || opened.candidates.some(({ command }) => command.id !== 'do')) return null;
  return ' '.repeat(end) + line.slice(end);
}

/** Looks ahead at the end of `line`; commands that are not for `role` are left out. */
export function outlook(
  mode: ModeName,
  line: string,
  role: Role = 'admin',
  inCandidate = false,
): Outlook | { error: MatchError } {
  const done = afterDo(mode, line);
  if (done !== null) return outlook('exec', done, role);
  const words = splitWords(line);
  const unfinished = /[^\s|]$/.test(line) ? words.pop() : undefined;
  const partial = unfinished?.text ?? '';
  const opened = open(mode, words, line, inCandidate);
  if ('error' in opened) return opened;
  if (opened.piped !== null) return pipeOutlook(partial, opened.piped.length);
  const allowed = opened.candidates.filter(({ command }) => isFor(role, command));
  const own = lookFrom({ candidates: allowed }, partial);
  const atCommand = words.length === 0 || opened.candidates.every(({ negated }) => negated && words.length === 1);
  if (!atCommand || partial === '' || own.keywords.length > 0) return own;
  return inModesAround(mode, words.length === 1, partial, inCandidate) ?? own;
}

function lookFrom(prefix: Pick<Prefix, 'candidates'>, partial: string): Outlook {
  const steps = stepsOf(prefix.candidates).filter(({ after }) => after.command.hidden !== true);
  const typed = partial.toLowerCase();
  const words = steps.filter(({ token }) => token.type === 'word' && token.word.startsWith(typed));
  const complete = partial === '' ? prefix.candidates.filter(mayEnd) : [];
  return {
    partial,
    keywords: hintsOf(words),
    values: steps.flatMap(({ token }) => (token.type === 'value' ? [token] : [])),
    end: complete.length > 0,
    pipe: complete.some(({ command, negated }) => command.json === true && !negated),
  };
}

function inModesAround(mode: ModeName, negated: boolean, partial: string, inCandidate: boolean): Outlook | null {
  for (const spec of modeChain(mode).slice(1)) {
    const begin = start(spec, inCandidate).filter((candidate) => !negated || candidate.negated);
    const found = lookFrom({ candidates: negated ? begin.map(afterNo) : begin }, partial);
    if (found.keywords.length > 0) return found;
  }
  return null;
}

function afterNo<T extends { readonly rest: readonly unknown[] }>(candidate: T): T {
  return { ...candidate, rest: candidate.rest.slice(1) };
}

function pipeOutlook(partial: string, words: number): Outlook {
  const named = words > 1;
  const matching = named ? [] : pipes.filter((pipe) => pipe.word.startsWith(partial.toLowerCase()));
  const keywords = matching.map((pipe) => ({ label: pipe.word, help: pipe.help }));
  return { partial, keywords, values: [], end: named && partial === '', pipe: false };
}
