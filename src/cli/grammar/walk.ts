/**
 * Goes through a line word by word, keeping every command that it may still become. This is the one place
 * that knows how words select commands; matching, completion and help ask it.
 */
import type { Args, Command, ModeSpec, Token, ValueToken, WordToken } from './token.js';
import { optional, word } from './token.js';
import { parseValue, valueLabel } from './value.js';
import type { LineWord } from './words.js';

/** A command that the words so far agree with, and the tokens still to come. */
export interface Candidate {
  readonly command: Command;
  readonly negated: boolean;
  readonly args: Args;
  readonly rest: readonly Token[];
}

/** Something that may stand at a place: a keyword, range or form, and what it means. */
export interface Hint {
  readonly label: string;
  readonly help: string;
}

/** The end of the line, as something that may stand at a place. */
export const END_OF_LINE: Hint = { label: '<cr>', help: '' };

export interface MatchError {
  readonly kind: 'ambiguous' | 'incomplete' | 'invalid';
  /** Where in the line, from 0: the place of the caret. */
  readonly column: number;
  /** What could have stood there. */
  readonly expected: readonly Hint[];
  /** Why a parameter was refused, or null. */
  readonly reason: string | null;
}

/** One way to go on: the next token, and the candidate after it. */
export interface Step {
  readonly token: WordToken | ValueToken;
  readonly after: Candidate;
}

const NO = word('no', 'Undo a command or go back to the default');

/** Where lines of a mode begin, and how they go on from there: worked out once, for every line needs it. */
const beginnings = new WeakMap<readonly Command[], Candidate[]>();
const withoutCandidates = new WeakMap<readonly Command[], readonly Command[]>();
const firstSteps = new WeakMap<readonly Candidate[], Step[]>();

/** Where every line in a mode begins. @param inCandidate a candidate is worked on */
export function start(mode: Pick<ModeSpec, 'commands'>, inCandidate = false): readonly Candidate[] {
  const commands = inCandidate ? mode.commands : outsideCandidates(mode.commands);
  const known = beginnings.get(commands);
  if (known !== undefined) return known;
  const plain = commands.map((command) => ({ command, negated: false, args: {}, rest: command.tokens }));
  const undoable = commands.filter((command) => command.no !== undefined);
  const made: Candidate[] = [
    ...plain,
    ...undoable.map((command) => ({ command, negated: true, args: {}, rest: [NO, ...noTokens(command)] })),
  ];
  beginnings.set(commands, made);
  firstSteps.set(made, goOn(made));
  return made;
}

function outsideCandidates(commands: readonly Command[]): readonly Command[] {
  const known = withoutCandidates.get(commands);
  if (known !== undefined) return known;
  const made = commands.filter((command) => command.candidate !== true);
  withoutCandidates.set(commands, made);
  return made;
}

/** The `no` form: the leading tokens that name the setting; what follows may be typed but need not be. */
function noTokens(command: Command): Token[] {
  const needed = command.tokens.slice(0, command.no);
  let tail: Token[] = [];
  for (const token of command.tokens.slice(command.no).reverse()) tail = [optional(token, ...tail)];
  return [...needed, ...tail];
}

/** True when the line may end here. */
export function mayEnd(candidate: Candidate): boolean {
  return candidate.rest.every((token) => token.type === 'optional');
}

/** Every way in which candidates can go on. */
export function stepsOf(candidates: readonly Candidate[]): readonly Step[] {
  return firstSteps.get(candidates) ?? goOn(candidates);
}

function goOn(candidates: readonly Candidate[]): Step[] {
  return candidates.flatMap((candidate) =>
    firstTokens(candidate.rest).map((step) => ({
      token: step.token,
      after: { ...candidate, rest: step.rest },
    })),
  );
}

function firstTokens(tokens: readonly Token[]): { token: WordToken | ValueToken; rest: readonly Token[] }[] {
  const [head, ...rest] = tokens;
  if (head === undefined) return [];
  if (head.type === 'choice') return head.of.map((token) => ({ token, rest }));
  if (head.type === 'optional') return [...firstTokens([...head.of, ...rest]), ...firstTokens(rest)];
  return [{ token: head, rest }];
}

/** What each way to go on looks like, each label once, in the order of the grammar. */
export function hintsOf(steps: readonly Step[]): Hint[] {
  const found = new Map<string, Hint>();
  for (const { token, after } of steps) {
    if (after.command.hidden) continue;
    const label = token.type === 'word' ? token.word : valueLabel(token.of);
    if (!found.has(label)) found.set(label, { label, help: token.help });
  }
  return [...found.values()];
}

/** Everything that may follow. */
function hintsAfter(candidates: readonly Candidate[]): Hint[] {
  const hints = hintsOf(stepsOf(candidates));
  const mayEndHere = candidates.some((candidate) => candidate.command.hidden !== true && mayEnd(candidate));
  return mayEndHere ? [...hints, END_OF_LINE] : hints;
}

/** A line that ends too early, at `column`. */
export function incomplete(candidates: readonly Candidate[], column: number): MatchError {
  return { kind: 'incomplete', column, expected: hintsAfter(candidates), reason: null };
}

/**
 * The keywords among `steps` that `text` selects: the word itself, or all that it abbreviates. Hidden commands never
 * make an abbreviation of others ambiguous.
 */
function keywordsFor(steps: readonly Step[], text: string): string[] {
  const typed = text.toLowerCase();
  const words = new Set<string>();
  const hidden = new Set<string>();
  for (const { token, after } of steps)
    if (token.type === 'word' && token.word.startsWith(typed)) (after.command.hidden ? hidden : words).add(token.word);
  if (words.has(typed) || hidden.has(typed)) return [typed];
  return words.size > 0 ? [...words] : [...hidden];
}

/**
 * Takes one word.
 * @param line the whole line: a parameter of type text or pattern takes all that is left of it
 * @returns the candidates that remain and whether the line is used up, or what is wrong
 */
export function advance(
  candidates: readonly Candidate[],
  typed: LineWord,
  line: string,
): { candidates: Candidate[]; endOfLine: boolean } | { error: MatchError } {
  const steps = stepsOf(candidates);
  const keywords = keywordsFor(steps, typed.text);
  if (keywords.length > 1) {
    const meant = steps.filter(({ token }) => token.type === 'word' && keywords.includes(token.word));
    return { error: { kind: 'ambiguous', column: typed.column, expected: hintsOf(meant), reason: null } };
  }
  if (keywords.length === 1) {
    const taken = steps.filter(({ token }) => token.type === 'word' && token.word === keywords[0]);
    return { candidates: taken.map(takeWord), endOfLine: false };
  }
  const values = takeValues(steps, typed, line);
  if ('candidates' in values) return values;
  const expected = hintsAfter(candidates);
  return { error: { kind: 'invalid', column: typed.column, expected, reason: values.reason } };
}

function takeWord({ token, after }: Step): Candidate {
  if (token.type !== 'word' || token.arg === undefined) return after;
  return { ...after, args: { ...after.args, [token.arg]: token.word } };
}

function takeValues(
  steps: readonly Step[],
  typed: LineWord,
  line: string,
): { candidates: Candidate[]; endOfLine: boolean } | { reason: string | null } {
  const taken: Candidate[] = [];
  const reasons = new Set<string>();
  let endOfLine = false;
  for (const { token, after } of steps) {
    if (token.type !== 'value') continue;
    const isText = token.of.kind === 'text' || token.of.kind === 'pattern';
    const parsed = parseValue(token.of, isText ? restOfLine(line, typed.column) : typed.text);
    if ('refusal' in parsed) reasons.add(parsed.refusal);
    else {
      taken.push({ ...after, args: { ...after.args, [token.arg]: parsed.value } });
      endOfLine ||= isText;
    }
  }
  if (taken.length > 0) return { candidates: taken, endOfLine };
  return { reason: reasons.size === 1 ? ([...reasons][0] as string) : null };
}

/** Not by an expression: those that end in `+$` take a time that rises with the square of the spaces within. */
function restOfLine(line: string, column: number): string {
  let end = line.length;
  while (end > column && ' \t\r\n'.includes(line[end - 1] as string)) end--;
  return line.slice(column, end);
}
