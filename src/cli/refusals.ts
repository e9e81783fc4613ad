/** Refused lines in the log, with the user: not more than somebody can read. */
import type { Log } from '../log/log.js';
import type { ModeName } from './grammar/token.js';

/** Lines a shell may have logged at once, and then each second. */
const BURST = 50;
const RATE = 5;
/** Characters of a line, and of the reason, that are logged. */
const MOST_TEXT = 200;

export class Refusals {
  #tokens = BURST;
  #last = performance.now();
  #left = 0;

  constructor(
    private readonly user: string,
    private readonly report: Log,
  ) {}

  /** @param line null when it holds a secret */
  log(mode: ModeName, line: string | null, answer: string): void {
    const now = performance.now();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#last) / 1000) * RATE);
    this.#last = now;
    if (this.#tokens < 1) {
      this.#left++;
      return;
    }
    this.#tokens--;
    const text = line === null ? 'not shown: it may hold a secret' : shown(line);
    const left = this.#left === 0 ? {} : { unlogged: this.#left };
    this.#left = 0;
    // The reason for a line with a secret may point into it.
    const reason = line === null ? {} : { reason: shown(answer.replace(/^% /, '').split('\n', 1)[0] as string) };
    this.report('warning', 'refused', { user: this.user, mode, line: text, ...reason, ...left });
  }
}

function shown(text: string): string {
  const one = text.trim();
  return one.length > MOST_TEXT ? `${one.slice(0, MOST_TEXT)}…` : one;
}
