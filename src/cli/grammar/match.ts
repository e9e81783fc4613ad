/** Finds the command that a line means. */
import type { Args, Command, ModeName, ModeSpec } from './token.js';
import { modeChain, pipes } from './tree.js';
import type { Candidate, MatchError } from './walk.js';
import { advance, END_OF_LINE, hintsAfter, mayEnd, start, stepsOf } from './walk.js';
import type { LineWord } from './words.js';
import { splitWords } from './words.js';

export interface Match {
  readonly command: Command;
  /** The mode that knows the command: the one asked for, or one around it. */
  readonly mode: ModeName;
  readonly negated: boolean;
  readonly args: Args;
  /** What stands after `|`, or null. */
  readonly pipe: string | null;
}

export type MatchResult = { readonly match: Match } | { readonly error: MatchError };

/** Candidates after some words of a line; `piped` are the words from `|` on (the bar included), if there is one. */
export interface Prefix {
  readonly mode: ModeName;
  readonly candidates: readonly Candidate[];
  readonly piped: readonly LineWord[] | null;
}

/**
 * Finds the command of a line. Keywords may be abbreviated as long as they stay unambiguous and are not
 * case sensitive. A command whose first word this mode does not know is looked for in the modes around it.
 * @param line one line; not blank and no comment
 * @param inCandidate a candidate is worked on: more commands are known
 */
export function match(mode: ModeName, line: string, inCandidate = false): MatchResult {
  const opened = open(mode, splitWords(line), line, inCandidate);
  if ('error' in opened) return opened;
  const { candidates, piped } = opened;
  const column = piped?.[0]?.column ?? line.trimEnd().length;
  const complete = candidates.find(mayEnd);
  if (complete === undefined) {
    return { error: { kind: 'incomplete', column, expected: hintsAfter(candidates), reason: null } };
  }
  const { command, negated, args } = complete;
  if (piped === null) return { match: { command, mode: opened.mode, negated, args, pipe: null } };
  if (command.json !== true || negated) {
    return {
      error: { kind: 'invalid', column, expected: [END_OF_LINE], reason: 'this command has no output to pipe' },
    };
  }
  const pipe = matchPipe(piped, line);
  return 'error' in pipe ? pipe : { match: { command, mode: opened.mode, negated, args, pipe: pipe.name } };
}

/** Goes through `words` in the mode, or in the first mode around it that knows the first word. */
export function open(
  mode: ModeName,
  words: readonly LineWord[],
  line: string,
  inCandidate = false,
): Prefix | { error: MatchError } {
  let first: { error: MatchError } | null = null;
  for (const spec of modeChain(mode)) {
    const walked = walk(spec, words, line, inCandidate);
    if (!('error' in walked)) return walked;
    if (!walked.unknownCommand) return walked;
    first ??= walked;
  }
  return first as { error: MatchError };
}

function walk(
  spec: ModeSpec,
  words: readonly LineWord[],
  line: string,
  inCandidate: boolean,
): Prefix | { error: MatchError; unknownCommand: boolean } {
  let candidates = start(spec, inCandidate);
  for (const [index, typed] of words.entries()) {
    if (typed.text === '|' && index > 0 && !takesText(candidates)) {
      return { mode: spec.name, candidates, piped: words.slice(index) };
    }
    const next = advance(candidates, typed, line);
    if ('error' in next) {
      const atCommand = index === 0 || (index === 1 && candidates.every(({ negated }) => negated));
      const unknownCommand = atCommand && next.error.kind === 'invalid';
      // A list of every command of the mode would bury the message: `?` shows it.
      return unknownCommand ? { error: { ...next.error, expected: [] }, unknownCommand } : { ...next, unknownCommand };
    }
    candidates = next.candidates;
    if (next.endOfLine) break;
  }
  return { mode: spec.name, candidates, piped: null };
}

function takesText(candidates: readonly Candidate[]): boolean {
  return stepsOf(candidates).some(({ token }) => token.type === 'value' && token.of.kind === 'text');
}

function matchPipe(words: readonly LineWord[], line: string): { name: string } | { error: MatchError } {
  const expected = pipes.map((pipe) => ({ label: pipe.word, help: pipe.help }));
  const name = words[1];
  if (name === undefined)
    return { error: { kind: 'incomplete', column: line.trimEnd().length, expected, reason: null } };
  const found = pipes.filter((pipe) => pipe.word.startsWith(name.text.toLowerCase()));
  if (found.length !== 1) {
    return { error: { kind: found.length > 1 ? 'ambiguous' : 'invalid', column: name.column, expected, reason: null } };
  }
  const extra = words[2];
  if (extra !== undefined)
    return { error: { kind: 'invalid', column: extra.column, expected: [END_OF_LINE], reason: null } };
  return { name: (found[0] as { word: string }).word };
}
