/**
 * The shell at a terminal: each key goes to whoever has the keyboard, lines go to the daemon, answers to the screen. What
 * comes unasked, such as lines of the log, is printed above the line being typed.
 */
import type { ReadStream, WriteStream } from 'node:tty';
import type { ControlClient } from '../../control/client.js';
import { LineTooLong } from '../../control/client.js';
import type { Hello, Methods, Notice } from '../../control/messages.js';
import { withCaret } from '../grammar/message.js';
import type { RunResult } from '../session.js';
import { Announcer, droppedText } from './announcer.js';
import { askDaemon } from './ask.js';
import { inColumns } from './columns.js';
import { Away, DaemonLink } from './daemon-link.js';
import { LineEditor } from './editor.js';
import { HiddenLine } from './hidden-line.js';
import { History } from './history.js';
import type { HistoryFile } from './history-file.js';
import type { Press } from './keyboard.js';
import { isControl, Keyboard } from './keyboard.js';
import { Live } from './live.js';
import { Pager } from './pager.js';
import type { Played } from './player.js';
import { play } from './player.js';
import { isTypable, printable } from './printable.js';
import { ReverseSearch } from './reverse-search.js';
import { Screen } from './screen.js';

export interface TerminalOptions {
  readonly client: ControlClient;
  /** Connects again when the daemon has gone away. */
  readonly connect: () => Promise<ControlClient>;
  readonly input: ReadStream;
  readonly output: WriteStream;
  /** Null: the history is not kept. */
  readonly historyFile: HistoryFile | null;
}

/** What stands on the row of the cursor: the line being typed, a secret, a page that waits, the live screen, or (null) nothing. */
type Foreground = 'line' | 'page' | Live | HiddenLine | null;

/** A line has at most as many characters: more is no command, and is not run cut off either. */
const MOST_TYPED = 65536;

/** Bracketed paste: the terminal marks what is pasted (xterm, ctlseqs). */
const MARK_PASTES = '\u001b[?2004h';
const MARK_NO_PASTES = '\u001b[?2004l';

const BELL = '\u0007';

/** Undo and redo of readline, which have no name. */
const UNNAMED_KEYS = ['\u001f', '\u001e'];

export class Terminal {
  readonly #screen: Screen;
  readonly #keyboard: Keyboard;
  readonly #editor: LineEditor;
  readonly #pager: Pager;
  readonly #announcer: Announcer;
  readonly #history: History;
  #historyFile: HistoryFile | null;
  readonly #daemon: DaemonLink;
  readonly #options: TerminalOptions;
  #prompt = '';
  #foreground: Foreground = null;
  /** Goes back through the history while it is not null. */
  #search: ReverseSearch | null = null;
  #tooLong = false;
  /** The next key is put in as it is (after Ctrl-V). */
  #literal = false;
  /** TAB was pressed and could not add anything: pressed again, it lists. */
  #listOnTab = false;
  #afterReturn = false;
  /** Ends the answer that comes piece by piece; null when none does. */
  #playing: AbortController | null = null;
  /** `terminal monitor` is on. */
  #monitor = false;
  #left = false;
  #leave: () => void = () => undefined;
  #fail: (error: unknown) => void = () => undefined;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#screen = new Screen(options.output);
    this.#announcer = new Announcer(() => this.#tell());
    this.#daemon = new DaemonLink(options.client, options.connect, {
      notice: (notice) => this.#notice(notice),
      lost: () => this.#lost(),
      found: (hello) => this.#found(hello),
      dismissed: (error) => {
        this.#screen.write('\r\n');
        this.#fail(error);
      },
    });
    this.#historyFile = options.historyFile;
    this.#history = new History(options.historyFile?.read() ?? []);
    this.#editor = new LineEditor(this.#screen, this.#history.lines);
    this.#keyboard = new Keyboard(options.input, {
      act: (press) => this.#act(press),
      interrupted: () => this.#interrupted(),
      ended: () => this.#leave(),
      failed: (error) => this.#fail(error),
    });
    this.#pager = new Pager(this.#screen, this.#keyboard);
  }

  /**
   * Reads and runs lines until the user leaves.
   * @throws ControlError when the daemon ends the connection for good
   */
  async run(prompt: string): Promise<void> {
    const ended = new Promise<void>((resolve, reject) => {
      this.#leave = () => {
        this.#left = true;
        this.#keyboard.drop();
        resolve();
      };
      this.#fail = reject;
    });
    const unwatch = this.#screen.onResize(() => {
      if (this.#foreground === 'line') this.#editor.resized();
    });
    this.#keyboard.start();
    this.#screen.write(MARK_PASTES);
    this.#showPrompt(prompt);
    try {
      await ended;
    } finally {
      this.#left = true;
      if (this.#foreground instanceof Live) this.#foreground.end();
      unwatch();
      this.#daemon.close();
      this.#screen.write(MARK_NO_PASTES);
      this.#keyboard.stop();
      this.#editor.close();
    }
  }

  /** A command is with the daemon and can't be called back; the answer to `?` and TAB is short. */
  #interrupted(): boolean {
    if (this.#foreground === 'line') return false;
    this.#screen.write('^C\r\n');
    this.#playing?.abort();
    return true;
  }

  #act(press: Press): Promise<void> | undefined {
    const { text, key } = press;
    const listOnTab = this.#listOnTab;
    const afterReturn = this.#afterReturn;
    this.#listOnTab = false;
    this.#afterReturn = key.name === 'return';
    if (key.name === 'enter' && afterReturn) return undefined; // CR LF is one end of line
    if (this.#foreground instanceof HiddenLine) return this.#typeHidden(press, this.#foreground);
    if (this.#literal) {
      this.#literal = false;
      this.#type(text !== undefined && isTypable(text) ? text : BELL);
      return undefined;
    }
    if (this.#search !== null) {
      const state = this.#search.press(press);
      if (state !== 'on') this.#search = null;
      if (state !== 'over') return undefined;
    }
    if (isText(press)) {
      this.#type(text + this.#keyboard.takeWhile(isText));
      return undefined;
    }
    if (key.name === 'return' || key.name === 'enter') return this.#submit();
    if (key.name === 'tab') {
      if (!press.pasted) return this.#complete(listOnTab);
      this.#type(' ');
      return undefined;
    }
    if (text === '?') return this.#help();
    if (!press.pasted || isControl(key, 'c')) return this.#command(press);
    return undefined;
  }

  /** A key that is no text. */
  #command({ text, key }: Press): Promise<void> | undefined {
    if (isControl(key, 'c')) {
      this.#dropLine('^C');
      this.#showPrompt();
    } else if (isControl(key, 'z')) {
      this.#dropLine('^Z');
      return this.#runLine('end', 'run', false);
    } else if (isControl(key, 'd') && this.#editor.line === '') {
      this.#screen.write('\r\n');
      this.#leave();
    } else if (isControl(key, 'v')) this.#literal = true;
    else if (isControl(key, 'r')) this.#search = new ReverseSearch(this.#history.lines, this.#editor);
    else if (key.name !== undefined || text === undefined || UNNAMED_KEYS.includes(text)) this.#editor.press(text, key);
    else this.#screen.write(BELL);
    return undefined;
  }

  #type(text: string): void {
    if (text === BELL) this.#screen.write(BELL);
    else if (this.#editor.line.length + text.length > MOST_TYPED) this.#tooLong = true;
    else this.#editor.insert(text);
  }

  #submit(): Promise<void> {
    const line = this.#editor.take();
    if (!this.#tooLong) return this.#runLine(line);
    this.#tooLong = false;
    this.#screen.print(`% ${new LineTooLong().message}`);
    this.#showPrompt();
    return Promise.resolve();
  }

  async #runLine(line: string, method: 'run' | 'answer' = 'run', typed = method === 'run'): Promise<void> {
    this.#foreground = null;
    const result = await this.#call(method, line);
    const { closed, prompt, column, ask, terminal } = result;
    if (typed && result.secret !== true) this.#remember(line);
    if (terminal?.length !== undefined) this.#screen.length = terminal.length;
    if (terminal?.width !== undefined) this.#screen.width = terminal.width;
    if (terminal?.monitor !== undefined) this.#monitor = terminal.monitor;
    const { ok, output } = result.stream === undefined ? result : await this.#play(result.stream);
    if (terminal?.screen !== undefined) await this.#live();
    if (this.#left) return; // it left, or was ended, meanwhile
    if (!ok && column !== undefined) this.#screen.print(this.#caret(line, column));
    if (output !== '') await this.#page(output);
    if (closed) this.#leave();
    else if (ask === undefined) this.#showPrompt(prompt);
    else {
      this.#prompt = printable(prompt);
      this.#foreground = new HiddenLine(printable(ask));
      this.#screen.write(this.#foreground.prompt);
    }
  }

  /** An answer that comes piece by piece, until its end or Ctrl-C. */
  async #play(what: NonNullable<RunResult['stream']>): Promise<Played> {
    this.#playing = new AbortController();
    const print = (text: string): void => this.#screen.print(text.replace(/\n$/, ''));
    try {
      return await play(this.#daemon, { ...what, print, stdout: this.#options.output, enough: this.#playing.signal });
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      return { ok: false, output: '' }; // it has been said
    } finally {
      this.#playing = null;
    }
  }

  async #live(): Promise<void> {
    const live = new Live({ ...this.#options, environment: process.env });
    this.#foreground = live;
    await this.#keyboard.lend((press) => live.press(press), live.run());
    this.#foreground = null;
  }

  #typeHidden(press: Press, hidden: HiddenLine): Promise<void> | undefined {
    const state = hidden.press(press);
    if (state === 'more') return undefined;
    this.#screen.write(state === 'complete' ? '\r\n' : '^C\r\n');
    if (state === 'complete') return this.#runLine(hidden.typed, 'answer');
    this.#showPrompt();
    return undefined;
  }

  async #call(method: 'run' | 'answer', line: string): Promise<RunResult> {
    try {
      return await askDaemon(this.#daemon, method, line, this.#prompt);
    } catch (error) {
      if (!(error instanceof Away)) throw error;
      const refused = { ok: false, prompt: this.#prompt } as const;
      if (method === 'run') this.#history.add(line);
      if (isLeaving(line)) return { ...refused, output: '', closed: true };
      // Nobody knows whether the line holds a secret. That the daemon went away has been said.
      const output = error.asked || line.trim() === '' ? '' : "% The daemon is away: nothing was done ('exit' leaves)";
      return { ...refused, output, secret: true };
    }
  }

  async #page(text: string): Promise<void> {
    this.#foreground = 'page';
    await this.#pager.show(text);
    this.#foreground = null;
  }

  /** Under the line as it stands on the screen; a line that fills the row is printed again, cut. */
  #caret(line: string, column: number): string {
    const shown = `${this.#prompt} ${line}`;
    if (shown.length < this.#screen.columns) return `${' '.repeat(this.#prompt.length + 1 + column)}^`;
    return withCaret(line, column, '  ', this.#screen.columns - 3);
  }

  /** Null when it can't be asked: nothing comes of the key then. */
  #ask<M extends 'help' | 'complete'>(method: M, line: string): Promise<Methods[M] | null> {
    return this.#daemon.call(method, line).catch((error: unknown) => {
      if (error instanceof Away || error instanceof LineTooLong) return null;
      throw error;
    });
  }

  async #help(): Promise<void> {
    const help = await this.#ask('help', this.#editor.typed);
    if (help === null) return;
    this.#editor.leave('?');
    await this.#page(help.text);
    this.#showLine();
  }

  async #complete(list: boolean): Promise<void> {
    const { typed } = this.#editor;
    // A pasted line may be indented with a tab.
    if (typed.trim() === '') return;
    const completion = await this.#ask('complete', typed);
    if (completion === null) return;
    const { insert, candidates } = completion;
    if (insert !== '') this.#editor.insert(printable(insert));
    else if (list && candidates.length > 1) {
      this.#editor.leave('');
      await this.#page(inColumns(candidates, this.#screen.columns));
      this.#showLine();
    } else this.#listOnTab = candidates.length > 1;
  }

  #dropLine(mark: string): void {
    this.#tooLong = false;
    this.#editor.drop(mark);
  }

  #showPrompt(prompt?: string): void {
    if (prompt !== undefined) this.#prompt = printable(prompt);
    this.#tell();
    this.#foreground = 'line';
    this.#editor.show(`${this.#prompt} `);
  }

  /** The line again as it was, on the row where the cursor is now. */
  #showLine(): void {
    this.#tell();
    this.#foreground = 'line';
    this.#editor.show();
  }

  #remember(line: string): void {
    this.#history.add(line);
    try {
      this.#historyFile?.add(line);
    } catch (error) {
      this.#historyFile = null;
      this.#announcer.add([`% The history is not kept any more: ${(error as Error).message}`]);
    }
  }

  /** Prints what came unasked, above what is being typed. */
  #tell(): void {
    const front = this.#foreground;
    const text = front === 'page' || front instanceof Live || this.#left ? null : this.#announcer.take();
    if (text === null) return;
    if (front === 'line') this.#editor.hide();
    else if (front !== null) this.#screen.write('\r\u001b[K');
    this.#screen.print(text);
    if (front === 'line') this.#editor.show();
    else if (front !== null) this.#screen.write((front as HiddenLine).prompt);
  }

  #notice(notice: Notice): void {
    if (notice.notice !== 'log') return;
    const { lines, dropped } = notice;
    this.#announcer.add([...(dropped > 0 ? [droppedText(dropped)] : []), ...lines]);
  }

  /** Meanwhile lines can be typed, though not run. */
  #lost(): void {
    this.#keyboard.drop();
    // In the midst of a command it is not known what became of that.
    const busy = this.#foreground === null ? ' before it answered' : '';
    this.#announcer.add([`% The daemon went away${busy}: looking for it until it is back`]);
    this.#relabel(this.#prompt.replace(/(\([^)]*\))?([#>])$/, '(away)$2'));
  }

  #found({ version, prompt }: Hello): void {
    if (this.#monitor) void this.#call('run', 'terminal monitor');
    this.#announcer.add([`The daemon is back (Sennit ${version}); you are in exec mode`]);
    this.#relabel(prompt);
  }

  /** Another prompt, before the line as it stands. */
  #relabel(prompt: string): void {
    this.#prompt = printable(prompt);
    if (this.#foreground !== 'line' || this.#search !== null) return;
    this.#editor.replace(this.#editor.line, this.#editor.cursor, `${this.#prompt} `);
  }
}

function isText({ text, key, pasted }: Press): boolean {
  if (text === undefined || key.ctrl === true || key.meta === true) return false;
  return isTypable(text) && (pasted || text !== '?');
}

function isLeaving(line: string): boolean {
  return /^\s*(exit|quit|logout)\s*$/.test(line);
}
