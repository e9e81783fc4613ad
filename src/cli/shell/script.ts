/** Runs lines without a terminal: from `-c`, from files, from standard input. */
import type { ControlClient } from '../../control/client.js';
import { LineSplitter } from '../../control/line-splitter.js';
import { withCaret } from '../grammar/message.js';
import type { RunResult } from '../session.js';
import type { Piecemeal } from '../stream.js';
import type { RunMethod } from './ask.js';
import { askDaemon } from './ask.js';

export interface ScriptLine {
  readonly text: string;
  /** Where it comes from, for messages: `line 3`, `setup.conf:3`. */
  readonly origin: string;
  /** Gives the answer if the line asks for a secret, or null for none; absent: it is the line after it. */
  readonly answer?: (prompt: string) => Promise<string | null>;
}

export interface ScriptOutput {
  out(text: string): void;
  error(text: string): void;
}

/** Shows the live screen until the user leaves it, if there is a terminal. */
export type Show = () => Promise<Result>;

/** Plays an answer that comes in pieces to its end (player.ts). */
export type Play = (client: ControlClient, what: Piecemeal, output: ScriptOutput) => Promise<Result>;

/** Far above what the daemon takes: a longer line is no text at all. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/**
 * Runs every line in order in one session; a refused line does not stop those after it, leaving the shell does.
 * @param method `json` for answers as data
 * @returns how many were refused
 * @throws ControlError when the daemon goes away
 */
export async function runScript(
  client: ControlClient,
  lines: AsyncIterable<ScriptLine> | Iterable<ScriptLine>,
  output: ScriptOutput,
  play: Play,
  show: Show,
  method: RunMethod = 'run',
): Promise<number> {
  let refused = 0;
  /** The line that asked for what comes next. */
  let asked: ScriptLine | null = null;
  for await (const line of lines) {
    const { text, origin } = asked ?? line;
    let result: Result = await askDaemon(client, asked === null ? method : 'answer', line.text, '');
    asked = null;
    if (result.ask !== undefined && line.answer !== undefined)
      result = await answered(client, await line.answer(result.ask));
    if (result.stream !== undefined) result = await play(client, result.stream, output);
    if (result.terminal?.screen !== undefined) result = await show();
    if (result.ask !== undefined) asked = line;
    if (!result.ok) {
      refused++;
      output.error(refusal(result, text, origin));
    } else if (result.output !== '') output.out(`${result.output}\n`);
    if (result.closed) break;
  }
  if (asked === null) return refused;
  output.error(refusal(NO_ANSWER, asked.text, asked.origin));
  return refused + 1;
}

type Result = Pick<RunResult, 'ok' | 'output' | 'closed' | 'column' | 'ask' | 'stream' | 'terminal'>;

const NO_ANSWER: Result = {
  ok: false,
  output: '% It asks for a secret: give it in the line after it, on standard input',
};

async function answered(client: ControlClient, secret: string | null): Promise<Result> {
  return secret === null ? NO_ANSWER : askDaemon(client, 'answer', secret, '');
}

function refusal({ output, column }: Pick<RunResult, 'output' | 'column'>, text: string, origin: string): string {
  const [headline, ...details] = output.split('\n');
  const shown = column === undefined ? [] : [withCaret(text, column, '  ')];
  return `${[`${origin}: ${headline}`, ...shown, ...details].join('\n')}\n`;
}

/** The lines of a stream or file, numbered. */
export async function* linesOf(
  input: AsyncIterable<Buffer>,
  origin: (line: number) => string,
): AsyncGenerator<ScriptLine> {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  let number = 0;
  for await (const chunk of input) {
    const lines = splitter.push(chunk);
    if (lines === null) throw new Error(`${origin(number + 1)}: the line is too long to be a command`);
    for (const text of lines) yield { text: text.replace(/\r$/, ''), origin: origin(++number) };
  }
  const last = splitter.rest();
  if (last !== null) yield { text: last.replace(/\r$/, ''), origin: origin(++number) };
}
