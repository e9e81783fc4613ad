/** What may stand after `|`: filters, each a command of its own, one behind the other. */
import type { Args, Command, ModeName } from './token.js';
import { optional, value, word } from './token.js';
import type { Candidate, MatchError } from './walk.js';
import { advance, incomplete, mayEnd, start } from './walk.js';
import type { LineWord } from './words.js';

/** What filters look for. */
export const regex = value('pattern', { kind: 'pattern', max: 1000 }, 'Regular expression; case matters');

/** The data of a command, instead of the text. */
const json: Command = { id: 'json', tokens: [word('json', 'As JSON, the same data')] };

/** In the order in which `?` lists them. */
export const filters: readonly Command[] = [
  { id: 'include', tokens: [word('include', 'Only lines that match'), regex] },
  { id: 'exclude', tokens: [word('exclude', 'Only lines that do not match'), regex] },
  { id: 'begin', tokens: [word('begin', 'From the first line that matches on'), regex] },
  {
    id: 'section',
    tokens: [word('section', 'Lines that match, what is indented below them, and what they belong to'), regex],
  },
  { id: 'count', tokens: [word('count', 'How many lines there are, or how many match'), optional(regex)] },
  json,
  {
    id: 'redirect',
    tokens: [
      word('redirect', 'Into a file on this side, in the place of what it held'),
      value('file', { kind: 'path', relative: true }, 'Name of the file'),
    ],
  },
];

const ofLines: readonly Command[] = filters.filter((filter) => filter !== json);

/** One filter with its arguments. */
export interface Stage {
  readonly id: string;
  readonly args: Args;
}

/** Filters that are finished, and what the last one may still become. */
export interface PipePrefix {
  readonly stages: readonly Stage[];
  readonly candidates: readonly Candidate[];
  /** The line ends within a regular expression, which may go on. */
  readonly within: boolean;
}

/** Whether what a command prints can be piped. */
export function isPipeable(mode: ModeName, command: Command, negated: boolean): boolean {
  return mode === 'exec' && !negated && command.silent !== true && command.secret !== true;
}

/**
 * Goes through the words from the first bar on. A bar ends a regular expression only if there is a space before it:
 * `include up|down | count` has two filters.
 * @param command what is piped
 */
export function walkPipes(
  command: Command,
  words: readonly LineWord[],
  line: string,
): PipePrefix | { readonly error: MatchError } {
  const stages: Stage[] = [];
  let candidates: readonly Candidate[] = [];
  let next = 0;
  for (const typed of words) {
    if (typed.column < next) continue;
    if (typed.text === '|') {
      if (candidates.length > 0) {
        const ended = candidates.find(mayEnd);
        if (ended === undefined) return { error: incomplete(candidates, typed.column) };
        stages.push({ id: ended.command.id, args: ended.args });
      }
      candidates = start({ commands: filtersAfter(command, stages) });
      if (candidates.length > 0) continue;
      return { error: invalid(typed.column, "nothing can follow 'redirect'") };
    }
    const end = endOfFilter(line, typed.column);
    const taken = advance(candidates, typed, line.slice(0, end));
    if ('error' in taken) return { error: misplacedJson(command, stages, typed) ?? taken.error };
    candidates = taken.candidates;
    if (taken.endOfLine) next = end;
  }
  return { stages, candidates, within: next > 0 && next >= line.length };
}

/** The whole of what stands behind a command, or what is wrong with it. */
export function matchPipes(
  command: Command,
  words: readonly LineWord[],
  line: string,
): { readonly stages: readonly Stage[] } | { readonly error: MatchError } {
  const walked = walkPipes(command, words, line);
  if ('error' in walked) return walked;
  const last = walked.candidates.find(mayEnd);
  if (last === undefined) return { error: incomplete(walked.candidates, line.trimEnd().length) };
  return { stages: [...walked.stages, { id: last.command.id, args: last.args }] };
}

/** `json` begins with the data, so it comes first; `redirect` takes the lines away. */
function filtersAfter(command: Command, stages: readonly Stage[]): readonly Command[] {
  if (stages.at(-1)?.id === 'redirect') return [];
  return stages.length === 0 && command.json === true ? filters : ofLines;
}

/** True while a bar would still belong to a regular expression that begins here. */
function endOfFilter(line: string, from: number): number {
  const bar = /\s\|/.exec(line.slice(from));
  return bar === null ? line.length : from + bar.index;
}

function misplacedJson(command: Command, stages: readonly Stage[], typed: LineWord): MatchError | null {
  if (typed.text.toLowerCase() !== 'json') return null;
  if (command.json !== true) return invalid(typed.column, 'this command has no data, only text');
  return stages.length === 0 ? null : invalid(typed.column, "'json' comes first: it takes the data, not the lines");
}

function invalid(column: number, reason: string): MatchError {
  return { kind: 'invalid', column, expected: [], reason };
}
