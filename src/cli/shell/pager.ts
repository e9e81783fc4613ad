/** Shows a text page by page: it waits at the end of each until a key says how to go on. */
import type { Key } from 'node:readline';
import { compilePattern, type Pattern } from '../grammar/pattern.js';
import type { Keyboard, Press } from './keyboard.js';
import { isControl } from './keyboard.js';
import { isTypable } from './printable.js';
import type { Screen } from './screen.js';

const HINT = ' --More-- ';
const KEYS = `${HINT}space: page, enter: line, /: search, n: again, G: to the end, q: quit `;

export class Pager {
  readonly #screen: Screen;
  readonly #keyboard: Keyboard;
  #lines: string[] = [];
  #at = 0;
  /** What is searched for: being typed, and last; null: nothing yet. */
  #typing: string | null = null;
  #pattern: Pattern | null = null;
  #finish: () => void = () => undefined;

  constructor(screen: Screen, keyboard: Keyboard) {
    this.#screen = screen;
    this.#keyboard = keyboard;
  }

  /** Prints all of it when it fits, or when more was typed or pasted already: nobody waits for it then. */
  async show(text: string): Promise<void> {
    this.#lines = text.split('\n');
    this.#at = 0;
    const rows = this.#lines.reduce((sum, line) => sum + this.#rowsOf(line), 0);
    if (this.#screen.rows === 0 || rows < this.#screen.rows) return this.#rest();
    // What is pasted comes in several reads.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#keyboard.ahead) return this.#rest();
    this.#page(this.#screen.rows - 1);
    if (this.#at === this.#lines.length) return;
    this.#hint(HINT);
    const ended = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    await this.#keyboard.lend((press) => this.#act(press), ended);
  }

  #act({ text, key }: Press): void {
    if (this.#typing !== null) this.#typePattern(text, key, this.#typing);
    else if (text === ' ' || text === 'f' || key.name === 'pagedown') this.#go(this.#screen.rows - 1);
    else if (key.name === 'return' || key.name === 'enter' || key.name === 'down' || text === 'j') this.#go(1);
    else if (text === 'q' || text === 'Q' || isControl(key, 'c') || key.name === 'escape') this.#end();
    else if (text === 'G' || text === '>' || key.name === 'end') {
      this.#clear();
      this.#rest();
      this.#end();
    } else if (text === '/') this.#type('');
    else if (text === 'n') this.#search();
    else this.#hint(KEYS);
  }

  #typePattern(text: string | undefined, key: Key, typed: string): void {
    if (key.name === 'return' || key.name === 'enter') {
      this.#typing = null;
      if (typed !== '') {
        const pattern = matcherOf(typed);
        if ('refusal' in pattern) return this.#hint(` Bad pattern: ${pattern.refusal}${HINT}`);
        this.#pattern = pattern;
      }
      this.#search();
    } else if (isControl(key, 'c') || key.name === 'escape' || (key.name === 'backspace' && typed === '')) {
      this.#typing = null;
      this.#hint(HINT);
    } else if (key.name === 'backspace') this.#type([...typed].slice(0, -1).join(''));
    else if (isControl(key, 'u')) this.#type('');
    else if (text !== undefined && isTypable(text)) this.#type(typed + text);
  }

  #type(pattern: string): void {
    this.#typing = pattern;
    this.#hint(`/${pattern}`);
  }

  /** Goes on at the next line that has the pattern in it. */
  #search(): void {
    const pattern = this.#pattern;
    if (pattern === null) return this.#hint(` Nothing to search for${HINT}`);
    const found = this.#lines.findIndex((line, index) => index >= this.#at && pattern.matches(line));
    if (found < 0) return this.#hint(` Pattern not found${HINT}`);
    this.#clear();
    if (found > this.#at) this.#screen.print('...skipping');
    this.#at = found;
    this.#go(this.#screen.rows - 2);
  }

  #go(rows: number): void {
    this.#clear();
    this.#page(Math.max(rows, 1));
    if (this.#at === this.#lines.length) this.#end();
    else this.#hint(HINT);
  }

  /** Prints lines that fill as many rows, and at least one. */
  #page(rows: number): void {
    let end = this.#at;
    for (let left = rows; end < this.#lines.length; end++) {
      left -= this.#rowsOf(this.#lines[end] as string);
      if (left < 0 && end > this.#at) break;
    }
    this.#screen.print(this.#lines.slice(this.#at, end).join('\n'));
    this.#at = end;
  }

  #rest(): void {
    this.#page(Number.POSITIVE_INFINITY);
  }

  #rowsOf(line: string): number {
    return Math.max(1, Math.ceil(line.length / this.#screen.columns));
  }

  #hint(text: string): void {
    this.#screen.write(`\r\u001b[K${text.slice(0, this.#screen.columns - 1)}`);
  }

  #clear(): void {
    this.#screen.write('\r\u001b[K');
  }

  #end(): void {
    this.#clear();
    this.#finish();
  }
}

/**
 * By the regular expressions of `| include`, which take no longer than the text is long. Case is aside unless a capital
 * is typed, as with `less -i`.
 */
function matcherOf(typed: string): Pattern | { readonly refusal: string } {
  const pattern = compilePattern(typed);
  if ('refusal' in pattern) return pattern;
  const hasCapital = /\p{Lu}/u.test(typed.replace(/\\./gu, ''));
  return { matches: (line) => pattern.matches(hasCapital ? line : line.toLowerCase()) };
}
