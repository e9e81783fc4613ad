/** Reads a configuration file: the commands of `configure` mode, one a line. */
import { match } from '../cli/grammar/match.js';
import { errorText, withCaret } from '../cli/grammar/message.js';
import { isBlank, splitWords } from '../cli/grammar/words.js';
import { edit } from './edit.js';
import type { Config } from './model.js';
import { emptyConfig } from './model.js';
import type { Place } from './place.js';
import { TOP } from './place.js';
import { validate } from './validate.js';

export interface ConfigError {
  readonly file: string;
  /** From 1; 0 when the error belongs to no single line. */
  readonly line: number;
  /** The line as it stands in the file. */
  readonly text: string;
  /** Place of the caret in `text`, from 0. */
  readonly column: number;
  /** What is wrong and what was expected; may have several lines. */
  readonly message: string;
}

export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** A file that is something else altogether should not fill the screen. */
const MOST_ERRORS = 20;

/**
 * Reads the text of a configuration file into a model, all or nothing. Indentation is free, `!` begins a
 * comment, `exit` and `end` are allowed.
 * @param file its name, for messages
 */
export function load(text: string, file: string): Loaded {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const errors: ConfigError[] = [];
  const config = apply(lines, lines.length, (index, column, message) => {
    errors.push({ file, line: index + 1, text: lines[index] as string, column, message });
    return errors.length < MOST_ERRORS;
  });
  if (errors.length === 0) errors.push(...contradictions(lines, config, file));
  return errors.length === 0 ? { ok: true, config } : { ok: false, errors };
}

/** An error as several lines: file and line, the line with a caret, what is wrong. */
export function formatError({ file, line, text, column, message }: ConfigError): string {
  if (line === 0) return `${file}: ${message}`;
  const [headline, ...details] = message.split('\n');
  return [`${file}:${line}: ${headline}`, withCaret(text, column, '  '), ...details].join('\n');
}

/** The same in one line, without the text of the line. */
export function formatBriefly({ file, line, message }: ConfigError): string {
  const [headline] = message.split('\n');
  return line === 0 ? `${file}: ${headline}` : `${file}:${line}: ${headline}`;
}

/** Applies the first `count` lines; `onError` returns whether to go on. */
function apply(
  lines: readonly string[],
  count: number,
  onError: (index: number, column: number, message: string) => boolean,
): Config {
  const config = emptyConfig();
  let place = TOP;
  for (let index = 0; index < count; index++) {
    const line = lines[index] as string;
    if (isBlank(line)) continue;
    const step = applyLine(config, place, line);
    if ('place' in step) place = step.place;
    // Lines inside a block that was not entered would act somewhere else: their errors would mislead.
    else if (!onError(index, step.column, step.message) || opensBlock(line)) break;
  }
  return config;
}

function applyLine(config: Config, place: Place, line: string): { place: Place } | { column: number; message: string } {
  const mode = (place.at(-1) as Place[number]).mode;
  const found = match(mode, line);
  if ('error' in found) return { column: found.error.column, message: errorText(found.error) };
  const column = splitWords(line)[0]?.column ?? 0;
  switch (found.match.command.id) {
    case 'end':
      return { place: TOP };
    case 'exit':
    case 'quit':
      return { place: place.length > 1 ? place.slice(0, -1) : place };
    case 'do':
      return { column, message: "% 'do' runs a command of the shell: it can't stand in a configuration file" };
  }
  const edited = edit(config, place, found.match);
  return 'place' in edited ? edited : { column, message: `% ${edited.refusal}` };
}

function opensBlock(line: string): boolean {
  const first = splitWords(line)[0]?.text.toLowerCase() ?? '';
  return ['interface', 'peer', 'link', 'line'].some((keyword) => keyword.startsWith(first));
}

/** What `validate` says about the whole, each at the line that brought it in. */
function contradictions(lines: readonly string[], config: Config, file: string): ConfigError[] {
  return validate(config)
    .slice(0, MOST_ERRORS)
    .map((message) => {
      const index = firstWith(lines, message);
      const text = lines[index] as string;
      return { file, line: index + 1, text, column: splitWords(text)[0]?.column ?? 0, message: `% ${message}` };
    });
}

/** Bisects for a line whose end has the contradiction while the end of the line before has not. */
function firstWith(lines: readonly string[], message: string): number {
  let without = 0;
  let withIt = lines.length;
  while (withIt - without > 1) {
    const middle = (without + withIt) >> 1;
    if (validate(apply(lines, middle, () => true)).includes(message)) withIt = middle;
    else without = middle;
  }
  return withIt - 1;
}
