/** Ctrl-R: goes back through the history to the lines that contain what is typed. */
import type { LineEditor } from './editor.js';
import type { Press } from './keyboard.js';
import { isControl } from './keyboard.js';
import { isTypable } from './printable.js';

export class ReverseSearch {
  #pattern = '';
  /** Where in the history; before its beginning: nothing was found yet. */
  #at = -1;
  readonly #before: { readonly line: string; readonly cursor: number; readonly prompt: string };

  /** @param lines newest first */
  constructor(
    private readonly lines: readonly string[],
    private readonly editor: LineEditor,
  ) {
    const { line, cursor, prompt } = editor;
    this.#before = { line, cursor, prompt };
    this.#show(true);
  }

  /**
   * Acts on a key.
   * @returns `over` when it is no key of the search: what was found is the line now, and the key is for others;
   *   `given` when the search was given up
   */
  press({ text, key }: Press): 'on' | 'over' | 'given' {
    if (text !== undefined && isTypable(text)) {
      this.#pattern += text;
      this.#find(Math.max(this.#at, 0));
    } else if (key.name === 'backspace') {
      this.#pattern = [...this.#pattern].slice(0, -1).join('');
      this.#at = -1;
      this.#find(0);
    } else if (isControl(key, 'r')) this.#find(this.#at + 1);
    else return this.#end(isControl(key, 'g'), key.name === 'escape');
    return 'on';
  }

  #end(given: boolean, taken: boolean): 'over' | 'given' {
    const { line, cursor, prompt } = this.#before;
    const found = given ? undefined : this.lines[this.#at];
    this.editor.replace(found ?? line, found === undefined ? cursor : found.length, prompt);
    return given || taken ? 'given' : 'over';
  }

  #find(begin: number): void {
    if (this.#pattern === '') return this.#show(true);
    const at = this.lines.findIndex((line, index) => index >= begin && line.includes(this.#pattern));
    if (at >= 0) this.#at = at;
    this.#show(at >= 0);
  }

  #show(succeeded: boolean): void {
    const found = this.lines[this.#at];
    const { line, cursor } = this.#before;
    const label = `(${succeeded ? '' : 'failed '}reverse-i-search)'${this.#pattern}': `;
    this.editor.replace(found ?? line, found === undefined ? cursor : found.indexOf(this.#pattern), label);
  }
}
