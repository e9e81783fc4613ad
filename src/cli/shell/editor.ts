/**
 * The line being typed. `node:readline` edits and draws it, Emacs keys included, but it never sees the keyboard: keys
 * are handed to it one by one, and what it draws can be taken away and put back, so that other text comes above it.
 */
import type { Interface, Key } from 'node:readline';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { Screen } from './screen.js';

/** What readline lets its users change, though its types do not say so. */
interface Inner {
  line: string;
  cursor: number;
  history: string[];
  historyIndex: number;
  /** Rows between the first one of the line and the cursor, as it was drawn. */
  prevRows: number;
}

export class LineEditor {
  readonly #screen: Screen;
  readonly #reader: Interface;
  readonly #inner: Inner;
  #entered = '';

  /** @param history lines that the arrow keys bring back, newest first; it may change */
  constructor(screen: Screen, history: readonly string[]) {
    this.#screen = screen;
    const output = screen.stream;
    this.#reader = createInterface({ input: new PassThrough(), output, terminal: true, historySize: 0 });
    this.#inner = this.#reader as unknown as Inner;
    this.#inner.history = history as string[];
    this.#reader.on('line', (line) => {
      this.#entered = line;
    });
  }

  get line(): string {
    return this.#inner.line;
  }

  get cursor(): number {
    return this.#inner.cursor;
  }

  get prompt(): string {
    return this.#reader.getPrompt();
  }

  /** What stands left of the cursor. */
  get typed(): string {
    return this.line.slice(0, this.cursor);
  }

  /** Acts on a key that is not for others: a character, or one that edits. */
  press(text: string | undefined, key: Key): void {
    if (key.ctrl === true && key.name === 't') this.#transpose();
    else this.#reader.write(text ?? '', key);
  }

  insert(text: string): void {
    if (text !== '') this.#reader.write(text, { sequence: text } as Key);
  }

  /** Another line, with the cursor at its end unless it is said. */
  replace(line: string, cursor = line.length, prompt = this.prompt): void {
    Object.assign(this.#inner, { line, cursor });
    this.#reader.setPrompt(prompt);
    this.#reader.prompt(true);
  }

  /** Ends the line: the screen goes on below it. */
  take(): string {
    this.#reader.write('', { name: 'return' });
    this.#inner.historyIndex = -1;
    return this.#entered;
  }

  /** Goes to the row below the line, which stays as it is; `mark` comes behind it if the cursor is there. */
  leave(mark: string): void {
    const { cursor } = this;
    const atEnd = cursor === this.line.length;
    this.#reader.write('', { ctrl: true, name: 'e' });
    this.#inner.cursor = cursor;
    this.#screen.write(atEnd ? `${mark}\r\n` : '\r\n');
  }

  /** Takes the line away; it stays on the screen with `mark` behind it. */
  drop(mark: string): void {
    this.#reader.write('', { ctrl: true, name: 'e' });
    this.#screen.write(`${mark}\r\n`);
    Object.assign(this.#inner, { line: '', cursor: 0, prevRows: 0, historyIndex: -1 });
  }

  /** Draws prompt and line from the row where the cursor is now, which must be empty. */
  show(prompt = this.prompt): void {
    this.#inner.prevRows = 0;
    this.replace(this.line, this.cursor, prompt);
  }

  /** Takes what is drawn off the screen; the cursor is where it began. */
  hide(): void {
    const { rows } = this.#reader.getCursorPos();
    this.#screen.write(`${rows > 0 ? `\u001b[${rows}A` : ''}\r\u001b[J`);
  }

  /** The window has another width: terminals have broken the line anew. */
  resized(): void {
    this.#inner.prevRows = this.#reader.getCursorPos().rows;
    this.#reader.prompt(true);
  }

  close(): void {
    this.#reader.close();
  }

  /** The two characters before the cursor change places, or those around it (Ctrl-T). */
  #transpose(): void {
    const { line, cursor } = this;
    const at = Math.min(cursor, line.length - 1);
    if (at < 1) return;
    const swapped = `${line.slice(0, at - 1)}${line[at]}${line[at - 1]}${line.slice(at + 1)}`;
    this.replace(swapped, at + 1);
  }
}
