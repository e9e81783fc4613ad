/**
 * The shell at a terminal. `node:readline` edits the line, but it never sees the keyboard: keys come here
 * first, so that `?` and TAB act at once, and are handed on one by one. While a command is on its way keys
 * wait in line, so a paste of any length runs every line in order.
 */
import type { Key } from 'node:readline';
import { createInterface, emitKeypressEvents } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import type { ControlClient } from '../../control/client.js';
import { withCaret } from '../grammar/message.js';
import { askDaemon } from './ask.js';
import { inColumns } from './columns.js';

interface Press {
  readonly text: string | undefined;
  readonly key: Key;
}

/** Keys that may wait before reading from the terminal stops until they are worked off. */
const MOST_WAITING = 65536;

const HISTORY_LINES = 1000;

export class Terminal {
  readonly #client: ControlClient;
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #editor;
  #prompt: string;
  #waiting: Press[] = [];
  #busy = false;
  #entered: string | null = null;
  /** The next key is put in as it is (after Ctrl-V). */
  #literal = false;
  /** What was typed so far of a secret that a command asked for; null when none did. */
  #secret: string | null = null;
  /** TAB was pressed and could not add anything: pressed again, it lists. */
  #listOnTab = false;
  #afterReturn = false;
  #left = false;
  #leave: () => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;

  constructor(client: ControlClient, input: ReadStream, output: WriteStream, prompt: string) {
    this.#client = client;
    this.#input = input;
    this.#output = output;
    this.#prompt = prompt;
    this.#editor = createInterface({
      input: new PassThrough(),
      output,
      terminal: true,
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
    });
    this.#editor.on('line', (line) => {
      this.#entered = line;
    });
  }

  /**
   * Reads and runs lines until the user leaves.
   * @throws ControlError when the daemon goes away
   */
  async run(): Promise<void> {
    const onKey = (text: string | undefined, key: Key): void => this.#receive({ text, key });
    const ended = new Promise<void>((resolve, reject) => {
      this.#leave = () => {
        this.#left = true;
        this.#waiting = [];
        resolve();
      };
      this.#fail = reject;
    });
    const hangUp = (): void => this.#leave();
    emitKeypressEvents(this.#input);
    this.#input.setRawMode(true);
    this.#input.on('keypress', onKey);
    this.#input.on('end', hangUp);
    this.#input.on('error', hangUp);
    this.#input.resume();
    this.#client.onClose = () => void this.#client.call('hello').catch(this.#fail);
    this.#showPrompt();
    try {
      await ended;
    } finally {
      this.#client.onClose = () => undefined;
      this.#input.off('keypress', onKey);
      this.#input.setRawMode(false);
      this.#input.pause();
      this.#editor.close();
    }
  }

  #receive(press: Press): void {
    if (this.#busy && isControl(press.key, 'c')) {
      // The command is with the daemon and can't be called back; what was typed behind it is dropped.
      this.#waiting = [];
      this.#output.write('^C\r\n');
      return;
    }
    this.#waiting.push(press);
    if (this.#waiting.length > MOST_WAITING) this.#input.pause();
    if (!this.#busy) void this.#workOff().catch(this.#fail);
  }

  async #workOff(): Promise<void> {
    this.#busy = true;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        for (let at = 0; at < batch.length && !this.#left; at++) {
          const pending = this.#handle(batch[at] as Press);
          if (pending === undefined) continue;
          // While the daemon answers, Ctrl-C may drop the rest: so it is put where #receive finds it.
          this.#waiting = batch.slice(at + 1);
          await pending;
          break;
        }
        const room = this.#waiting.length < MOST_WAITING / 2;
        if (room && !this.#left && this.#input.isPaused()) this.#input.resume();
      }
    } finally {
      this.#busy = false;
    }
  }

  /** Acts on a key; a promise when the daemon has to be asked. */
  #handle({ text, key }: Press): Promise<void> | undefined {
    const listOnTab = this.#listOnTab;
    const afterReturn = this.#afterReturn;
    this.#listOnTab = false;
    this.#afterReturn = key.name === 'return';
    if (this.#literal) {
      this.#literal = false;
      this.#editor.write(text ?? key.sequence ?? '');
      return undefined;
    }
    if (key.name === 'enter' && afterReturn) return undefined; // CR LF is one end of line
    if (this.#secret !== null) return this.#typeSecret(text, key, this.#secret);
    if (text === '?') return this.#help();
    if (key.name === 'tab') return this.#complete(listOnTab);
    if (key.name === 'return') return this.#submit();
    if (key.name === 'enter') return this.#submit();
    if (isControl(key, 'c')) {
      this.#dropLine('^C');
      this.#showPrompt();
      return undefined;
    }
    if (isControl(key, 'z')) {
      this.#dropLine('^Z');
      return this.#runLine('end');
    }
    if (isControl(key, 'd') && this.#editor.line === '') {
      this.#output.write('\r\n');
      this.#leave();
      return undefined;
    }
    if (isControl(key, 'v')) this.#literal = true;
    else this.#editor.write(text ?? '', key);
    return undefined;
  }

  #submit(): Promise<void> {
    this.#editor.write('', { name: 'return' });
    const line = this.#entered ?? '';
    this.#entered = null;
    return this.#runLine(line);
  }

  async #runLine(line: string, method: 'run' | 'answer' = 'run'): Promise<void> {
    const result = await askDaemon(this.#client, method, line, this.#prompt);
    const { ok, output, closed, prompt, column, ask } = result;
    if (!ok && column !== undefined) this.#print(this.#caret(line, column));
    if (output !== '') this.#print(output);
    if (closed) {
      this.#leave();
      return;
    }
    this.#prompt = prompt;
    if (ask === undefined) this.#showPrompt();
    else {
      this.#secret = '';
      this.#output.write(ask);
    }
  }

  /** A key while a secret is typed: it never reaches the line editor, and so neither screen nor history. */
  #typeSecret(text: string | undefined, key: Key, typed: string): Promise<void> | undefined {
    if (key.name === 'return' || key.name === 'enter') {
      this.#secret = null;
      this.#output.write('\r\n');
      return this.#runLine(typed, 'answer');
    }
    if (isControl(key, 'c') || isControl(key, 'd')) {
      this.#secret = null;
      this.#output.write('^C\r\n');
      this.#showPrompt();
    } else if (isControl(key, 'u')) this.#secret = '';
    else if (key.name === 'backspace') this.#secret = typed.slice(0, -1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is left out
    else if (text !== undefined && !/[\x00-\x1f\x7f]/.test(text)) this.#secret = typed + text;
    return undefined;
  }

  /** Under the line as it stands on the screen; a line that fills the row is printed again, cut. */
  #caret(line: string, column: number): string {
    const shown = `${this.#prompt} ${line}`;
    if (shown.length < this.#width && !shown.includes('\t')) return `${' '.repeat(this.#prompt.length + 1 + column)}^`;
    return withCaret(line, column, '  ');
  }

  async #help(): Promise<void> {
    const { text } = await this.#client.call('help', this.#typed);
    this.#output.write('?\r\n');
    this.#print(text);
    this.#redraw();
  }

  async #complete(list: boolean): Promise<void> {
    const typed = this.#typed;
    // A pasted line may be indented with a tab.
    if (typed.trim() === '') return;
    const { insert, candidates } = await this.#client.call('complete', typed);
    if (insert !== '') this.#editor.write(insert);
    else if (list && candidates.length > 1) {
      this.#output.write('\r\n');
      this.#print(inColumns(candidates, this.#width));
      this.#redraw();
    } else this.#listOnTab = candidates.length > 1;
  }

  #dropLine(mark: string): void {
    this.#output.write(`${mark}\r\n`);
    Object.assign(this.#editor, { line: '', cursor: 0, prevRows: 0 });
  }

  /** Prompt and line again on the row where the cursor is now: readline must not go up to where they were. */
  #redraw(): void {
    Object.assign(this.#editor, { prevRows: 0 });
    this.#editor.prompt(true);
  }

  #showPrompt(): void {
    this.#editor.setPrompt(`${this.#prompt} `);
    this.#editor.prompt();
  }

  #print(text: string): void {
    this.#output.write(`${text.replace(/\n/g, '\r\n')}\r\n`);
  }

  get #typed(): string {
    return this.#editor.line.slice(0, this.#editor.cursor);
  }

  get #width(): number {
    return this.#output.columns || 80;
  }
}

function isControl(key: Key, name: string): boolean {
  return key.ctrl === true && key.meta !== true && key.name === name;
}
