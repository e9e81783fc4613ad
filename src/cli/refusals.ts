/** Refused lines in the log, with the user: not more than somebody can read, and nothing that may be a secret. */
import type { Log } from '../log/log.js';
import { Rate } from '../log/rate.js';
import type { ModeName } from './grammar/token.js';
import { recognised } from './recognised.js';

/** Lines that may be logged at once, and then each second. */
const BURST = 50;
const RATE = 5;
/** Characters of a line, and of the reason, that are logged. */
const MOST_TEXT = 200;

/** The rate of one admin's shell, or of all of readers together: whoever may only look must not flood the log. */
export function refusalRate(): Rate {
  return new Rate(RATE, BURST);
}

export class Refusals {
  constructor(
    private readonly user: string,
    private readonly report: Log,
    private readonly rate: Rate,
  ) {}

  /** @param line null when it holds a secret */
  log(mode: ModeName, line: string | null, answer: string): void {
    if (!this.rate.passes(performance.now())) return;
    const text = line === null ? 'not shown: it may hold a secret' : shown(recognised(mode, line));
    const withheld = this.rate.take();
    const left = withheld === 0 ? {} : { unlogged: withheld };
    // The reason for a line with a secret may point into it.
    const reason = line === null ? {} : { reason: shown(answer.replace(/^% /, '').split('\n', 1)[0] as string) };
    this.report('warning', 'refused', { user: this.user, mode, line: text, ...reason, ...left });
  }
}

function shown(text: string): string {
  const one = text.trim();
  return one.length > MOST_TEXT ? `${one.slice(0, MOST_TEXT)}…` : one;
}
