/** Answers to what commands of `-c` ask: lines of standard input; at a terminal typed without being shown. */
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import type { ScriptLine } from './script.js';
import { linesOf } from './script.js';

/** What asks for the next secret: it answers null when there is none, or Ctrl-C was pressed. */
export function secretsOf(input: ReadStream, prompts: WriteStream): (prompt: string) => Promise<string | null> {
  let lines: AsyncIterator<ScriptLine> | null = null;
  return async (prompt) => {
    if (input.isTTY) return typed(input, prompts, prompt);
    lines ??= linesOf(input, (line) => `line ${line}`);
    const next = await lines.next();
    return next.done ? null : next.value.text;
  };
}

/** readline echoes into a stream that nobody reads, and keeps no history. */
async function typed(input: ReadStream, prompts: WriteStream, prompt: string): Promise<string | null> {
  const output = new PassThrough().resume();
  const reader = createInterface({ input, output, terminal: true, historySize: 0 });
  prompts.write(prompt); // only now: the kernel echoes what is typed before readline has the terminal
  const text = await new Promise<string | null>((resolve) => {
    reader.once('line', resolve);
    reader.once('close', () => resolve(null));
    reader.once('SIGINT', () => reader.close());
  });
  reader.close();
  prompts.write('\n');
  return text;
}
