/** Finds the command that a line means. */
import type { Stage } from './pipes.js';
import { isPipeable, matchPipes } from './pipes.js';
import type { Args, Command, ModeName, ModeSpec } from './token.js';
import { modeChain } from './tree.js';
import type { Candidate, MatchError } from './walk.js';
import { advance, END_OF_LINE, incomplete, mayEnd, start, stepsOf } from './walk.js';
import type { LineWord } from './words.js';
import { splitWords } from './words.js';

export interface Match {
  readonly command: Command;
  /** The mode that knows the command: the one asked for, or one around it. */
  readonly mode: ModeName;
  readonly negated: boolean;
  readonly args: Args;
  /** What stands after `|`. */
  readonly pipes: readonly Stage[];
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
  if (complete === undefined) return { error: incomplete(candidates, column) };
  const { command, negated, args } = complete;
  const meant = { command, mode: opened.mode, negated, args };
  if (piped === null) return { match: { ...meant, pipes: [] } };
  if (!isPipeable(opened.mode, command, negated)) return { error: notPipeable(column) };
  const pipes = matchPipes(command, piped, line);
  return 'error' in pipes ? pipes : { match: { ...meant, pipes: pipes.stages } };
}

/** For a bar behind a command that prints nothing. */
export function notPipeable(column: number): MatchError {
  return { kind: 'invalid', column, expected: [END_OF_LINE], reason: 'this command has no output to pipe' };
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
  let candidates: readonly Candidate[] = start(spec, inCandidate);
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
