/**
 * What the status page is served: itself, the daemon now, and the last minutes.
 *
 * However many pages are open, the daemon is asked at most twice a second; when there are none, only for the samples
 * of the history, every five seconds while the listener is open.
 */
import { momentOf } from '../cli/monitor/snapshot.js';
import type { Engine } from '../control/engine.js';
import type { Moment } from '../control/snapshot.js';
import { statusBody } from './body.js';
import { History, SAMPLE_INTERVAL } from './history.js';
import { type Page, readPage } from './page.js';

/** Milliseconds for which an answer is good for all who ask. */
const LEAST_AGE = 500;

/** The newest answer, and when it was made by `performance.now()`. */
interface Made {
  readonly moment: Moment;
  readonly body: string;
}

export class Status {
  readonly #engine: Engine;
  readonly #history = new History();
  readonly #timer: NodeJS.Timeout;
  #page: Page | null = null;
  #made: Made | null = null;
  #making: Promise<Made> | null = null;

  /** Begins to take samples. @param report is told of faults of the program */
  constructor(engine: Engine, report: (error: unknown) => void) {
    this.#engine = engine;
    const sample = (): void => {
      this.#newest().then(({ moment }) => this.#history.add(moment), report);
    };
    this.#timer = setInterval(sample, SAMPLE_INTERVAL).unref();
    sample();
  }

  page(): Page {
    this.#page ??= readPage();
    return this.#page;
  }

  /** JSON: body.ts. */
  async now(): Promise<string> {
    return (await this.#newest()).body;
  }

  /** JSON: history.ts. */
  history(peers: readonly string[]): string {
    return this.#history.body(peers, process.pid);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #newest(): Promise<Made> {
    const made = this.#made;
    if (made !== null && performance.now() - made.moment.at < LEAST_AGE) return Promise.resolve(made);
    this.#making ??= this.#make().finally(() => {
      this.#making = null;
    });
    return this.#making;
  }

  async #make(): Promise<Made> {
    const moment = await momentOf(this.#engine);
    this.#made = { moment, body: statusBody(this.#engine, moment) };
    return this.#made;
  }
}
