/**
 * Commands for a program that waits in ppoll and not in Node's event loop: lines of JSON on standard input, each
 * answered with a line. The other end is lab/line-program.ts.
 */
import { writeSync } from 'node:fs';
import { arena, read } from '../src/io/syscalls.js';
import { must } from './udp-batch.js';

export const STDIN = 0;
const STDOUT = 1;

export class CommandLines<Command> {
  readonly #obey;
  readonly #input = arena(1 << 16);
  #text = '';

  /** @param obey what a command does; its answer, undefined for none */
  constructor(obey: (command: Command) => unknown) {
    this.#obey = obey;
  }

  /** Reads what there is, waiting if there is nothing, and obeys it. @returns false at the end of the input */
  obeyAll(): boolean {
    const length = must('read', read(STDIN, this.#input.address, this.#input.bytes.length));
    this.#text += Buffer.from(this.#input.bytes.subarray(0, length)).toString('utf8');
    const lines = this.#text.split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) writeSync(STDOUT, `${JSON.stringify(this.#obey(JSON.parse(line)) ?? null)}\n`);
    return length > 0;
  }
}
