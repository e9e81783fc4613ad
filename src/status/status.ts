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

export class Status {
  readonly #engine: Engine;
  readonly #history = new History();
  readonly #timer: NodeJS.Timeout;
  #page: Page | null = null;
  #moment: Moment | null = null;
  #asking: Promise<Moment> | null = null;
  /** JSON of the moment, once somebody has asked for it. */
  #body: string | null = null;

  /** Begins to take samples. @param report is told of faults of the program */
  constructor(engine: Engine, report: (error: unknown) => void) {
    this.#engine = engine;
    const sample = (): void => void this.#sample().catch(report);
    this.#timer = setInterval(sample, SAMPLE_INTERVAL).unref();
    sample();
  }

  page(): Page {
    this.#page ??= readPage();
    return this.#page;
  }

  /** JSON: body.ts. */
  async now(): Promise<string> {
    const moment = await this.#newest();
    this.#body ??= statusBody(this.#engine, moment);
    return this.#body;
  }

  /** JSON: history.ts. */
  history(peers: readonly string[]): string {
    return this.#history.body(peers, process.pid);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #newest(): Promise<Moment> {
    const moment = this.#moment;
    if (moment !== null && performance.now() - moment.at < LEAST_AGE) return Promise.resolve(moment);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask(): Promise<Moment> {
    const moment = await momentOf(this.#engine);
    this.#moment = moment;
    this.#body = null;
    return moment;
  }

  async #sample(): Promise<void> {
    const links = await this.#engine.links();
    this.#history.add({ at: performance.now(), links });
  }
}
