/** The configurations that ran last, the present one included. */

import type { Config } from './model.js';
import { render } from './render.js';
import { type DiffLine, diffSize, textDiff } from './text-diff.js';

/** The last 50 commits, and what ran before the first of them. */
const MOST_ENTRIES = 51;
/** Characters of all configurations; bounds the memory. The two newest stay whatever they take. */
const MOST_TEXT = 32 * 1024 * 1024;

/** A configuration that ran, and how it came to run. */
export class Entry {
  #text: string | null = null;
  #config: Config | null = null;

  constructor(
    /** Rises by one with each commit. */
    readonly sequence: number,
    /** Milliseconds since 1970. */
    public at: number,
    readonly user: string,
    readonly how: string,
    what: Config | string,
  ) {
    this.become(what);
  }

  /** Printed when it is first asked for: a paste of many lines needs it once. */
  get text(): string {
    this.#text ??= render(this.#config as Config);
    return this.#text;
  }

  /** Whether it is this very model: callers never change one that runs. */
  is(config: Config): boolean {
    return this.#config === config || this.text === render(config);
  }

  /** It runs no more: only the text is kept. */
  settle(): void {
    this.#text = this.text;
    this.#config = null;
  }

  become(what: Config | string): void {
    if (typeof what === 'string') this.#text = what;
    else {
      this.#config = what;
      this.#text = null;
    }
  }
}

export class Archive {
  /** Oldest first. */
  private readonly entries: Entry[] = [];

  /** @param kept what an earlier life of the daemon left, oldest first */
  constructor(kept: readonly Entry[] = []) {
    this.entries.push(...kept);
    this.trim();
  }

  get newest(): Entry | undefined {
    return this.entries.at(-1);
  }

  /** Newest first: the place is how many commits ago it came to run. */
  list(): Entry[] {
    return [...this.entries].reverse();
  }

  /** Undefined when it is not kept. */
  ago(number: number): Entry | undefined {
    return this.entries.at(-1 - number);
  }

  add(at: number, user: string, how: string, what: Config | string): Entry {
    this.newest?.settle();
    const entry = new Entry((this.newest?.sequence ?? 0) + 1, at, user, how, what);
    this.entries.push(entry);
    return entry;
  }

  /** Takes the newest back, if it is the same as the one before. */
  dropIfSame(): boolean {
    const before = this.ago(1);
    if (before === undefined || before.text !== this.newest?.text) return false;
    this.entries.pop();
    return true;
  }

  /** What the commit changed; null when what ran before it is not kept. */
  changes(number: number): DiffLine[] | null {
    const entry = this.ago(number);
    const before = this.ago(number + 1);
    return entry === undefined || before === undefined ? null : textDiff(before.text, entry.text);
  }

  size(number: number): { added: number; removed: number } {
    return diffSize(this.changes(number) ?? []);
  }

  /** Forgets the oldest that are too many. @returns their sequence numbers */
  trim(): number[] {
    let text = 0;
    let keep = 0;
    for (const entry of this.list()) {
      text += entry.text.length;
      if (keep >= MOST_ENTRIES || (keep >= 2 && text > MOST_TEXT)) break;
      keep++;
    }
    return this.entries.splice(0, this.entries.length - keep).map(({ sequence }) => sequence);
  }
}
