/** What may come next on a line that is still being typed: the common ground of help and completion. */
import type { Prefix } from './match.js';
import { notPipeable, open } from './match.js';
import { isPipeable, regex, walkPipes } from './pipes.js';
import type { Role } from './privilege.js';
import { isFor } from './privilege.js';
import type { ModeName, ValueToken } from './token.js';
import { modeChain } from './tree.js';
import type { Hint, MatchError } from './walk.js';
import { hintsOf, incomplete, mayEnd, start, stepsOf } from './walk.js';
import type { LineWord } from './words.js';
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

type Wrong = { readonly error: MatchError };

/** Looks ahead at the end of `line`; commands that are not for `role` are left out. */
export function outlook(mode: ModeName, line: string, role: Role = 'admin', inCandidate = false): Outlook | Wrong {
  const done = afterDo(mode, line);
  if (done !== null) return outlook('exec', done, role);
  const words = splitWords(line);
  const unfinished = /[^\s|]$/.test(line) ? words.pop() : undefined;
  const partial = unfinished?.text ?? '';
  const opened = open(mode, words, line, inCandidate);
  if ('error' in opened) return opened;
  if (opened.piped !== null) return pipeOutlook(opened, opened.piped, line, partial);
  const allowed = opened.candidates.filter(({ command }) => isFor(role, command));
  const own = lookFrom({ mode: opened.mode, candidates: allowed }, partial);
  const atCommand = words.length === 0 || opened.candidates.every(({ negated }) => negated && words.length === 1);
  if (!atCommand || partial === '' || own.keywords.length > 0) return own;
  return inModesAround(mode, words.length === 1, partial, inCandidate) ?? own;
}

function lookFrom(prefix: Pick<Prefix, 'mode' | 'candidates'>, partial: string): Outlook {
  const steps = stepsOf(prefix.candidates).filter(({ after }) => after.command.hidden !== true);
  const typed = partial.toLowerCase();
  const words = steps.filter(({ token }) => token.type === 'word' && token.word.startsWith(typed));
  const complete = partial === '' ? prefix.candidates.filter(mayEnd) : [];
  return {
    partial,
    keywords: hintsOf(words),
    values: steps.flatMap(({ token }) => (token.type === 'value' ? [token] : [])),
    end: complete.length > 0,
    pipe: complete.some(({ command, negated }) => isPipeable(prefix.mode, command, negated)),
  };
}

function inModesAround(mode: ModeName, negated: boolean, partial: string, inCandidate: boolean): Outlook | null {
  for (const spec of modeChain(mode).slice(1)) {
    const begin = start(spec, inCandidate).filter((candidate) => !negated || candidate.negated);
    const found = lookFrom({ mode: spec.name, candidates: negated ? begin.map(afterNo) : begin }, partial);
    if (found.keywords.length > 0) return found;
  }
  return null;
}

function afterNo<T extends { readonly rest: readonly unknown[] }>(candidate: T): T {
  return { ...candidate, rest: candidate.rest.slice(1) };
}

function pipeOutlook(opened: Prefix, piped: readonly LineWord[], line: string, partial: string): Outlook | Wrong {
  const { column } = piped[0] as LineWord;
  const complete = opened.candidates.find(mayEnd);
  if (complete === undefined) return { error: incomplete(opened.candidates, column) };
  const { command, negated } = complete;
  if (!isPipeable(opened.mode, command, negated)) return { error: notPipeable(column) };
  const walked = walkPipes(command, piped, line.slice(0, line.length - partial.length));
  if ('error' in walked) return walked;
  const ahead = lookFrom({ mode: opened.mode, candidates: walked.candidates }, partial);
  const ended = partial === '' && walked.candidates.some(mayEnd);
  if (partial !== '' && walked.within) return { ...ahead, values: [regex] };
  return { ...ahead, pipe: ended && walked.candidates.every((candidate) => candidate.command.id !== 'redirect') };
}
