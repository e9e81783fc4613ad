/** Answers to what commands of `-c` ask: from standard input; at a terminal typed without being shown. */
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import type { ScriptLine } from './script.js';
import { linesOf } from './script.js';

export function secretsOf(input: ReadStream, prompts: WriteStream): AsyncIterator<ScriptLine> {
  if (input.isTTY) return typed(input, prompts);
  return linesOf(input, (line) => `line ${line}`);
}

/** readline echoes into a stream that nobody reads. */
async function* typed(input: ReadStream, prompts: WriteStream): AsyncGenerator<ScriptLine> {
  for (;;) {
    prompts.write('Secret: ');
    const nowhere = new PassThrough().resume();
    const reader = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
    const text = await new Promise<string | null>((resolve) => {
      reader.once('line', resolve);
      reader.once('close', () => resolve(null));
      reader.once('SIGINT', () => reader.close());
    });
    reader.close();
    prompts.write('\n');
    if (text === null) return;
    yield { text, origin: 'terminal' };
  }
}
