/** The live screen at a terminal: asks the daemon for a snapshot again and again, draws it, heeds keys. */
import type { ReadStream, WriteStream } from 'node:tty';
import type { ControlClient } from '../../control/client.js';
import { ControlError } from '../../control/client.js';
import { MonitorModel } from '../monitor/model.js';
import { monitorScreen } from '../monitor/screen.js';
import type { View } from '../monitor/view.js';
import { FIRST_VIEW, pressed } from '../monitor/view.js';
import { AlternateScreen } from './alternate-screen.js';
import type { Press } from './keyboard.js';
import { Keyboard } from './keyboard.js';

export interface LiveOptions {
  /** A connection of its own: that of the shell may be in the midst of something. */
  readonly connect: () => Promise<ControlClient>;
  readonly output: WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Milliseconds without an answer after which that is said, and between tries to reach a daemon that is away. */
const PATIENCE = 3000;
const AGAIN = 1000;

export class Live {
  readonly #options: LiveOptions;
  readonly #screen: AlternateScreen;
  readonly #model = new MonitorModel();
  #view: View = FIRST_VIEW;
  #away: string | null = null;
  #left = false;
  #client: ControlClient | null = null;
  #leave: () => void = () => undefined;
  /** Ends the present wait. */
  #wake: () => void = () => undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#screen = new AlternateScreen(options.output);
  }

  /** Until the user leaves, or the terminal does. */
  async run(): Promise<void> {
    const { output } = this.#options;
    const left = new Promise<void>((resolve) => {
      this.#leave = () => {
        this.#left = true;
        this.#wake();
        resolve();
      };
    });
    const anew = (): void => this.#draw(true);
    this.#screen.enter();
    output.on('resize', anew);
    output.on('error', this.#leave);
    process.on('SIGCONT', anew);
    try {
      this.#draw(true);
      await Promise.race([left, this.#follow()]);
    } finally {
      this.#leave();
      this.#client?.close();
      output.off('resize', anew);
      output.off('error', this.#leave);
      process.off('SIGCONT', anew);
      this.#screen.leave();
    }
  }

  press({ text, key }: Press): undefined {
    const next = pressed(this.#view, { text, name: key.name, ctrl: key.ctrl === true });
    if (next === null) {
      this.#leave();
      return;
    }
    const waits = next.interval === this.#view.interval && next.paused === this.#view.paused;
    this.#view = next;
    if (!waits) this.#wake();
    this.#draw();
  }

  end(): void {
    this.#leave();
  }

  async #follow(): Promise<void> {
    let lost = '';
    while (!this.#left) {
      try {
        this.#client ??= await this.#options.connect();
        if (!this.#view.paused || this.#model.snapshot === null) this.#model.update(await this.#ask(this.#client));
        this.#say(null);
        lost = '';
        await this.#wait(this.#view.interval * 1000);
      } catch (error) {
        if (!(error instanceof ControlError)) throw error;
        this.#client?.close();
        this.#client = null;
        if (lost === '') lost = timeOfDay();
        this.#say(`The daemon is away since ${lost}; trying again. Below is what was last known.`);
        await this.#wait(AGAIN);
      }
    }
    this.#client?.close();
  }

  /** Asks, and says so when the answer takes long. */
  async #ask(client: ControlClient) {
    const since = timeOfDay();
    const slow = setTimeout(() => this.#say(`The daemon has not answered since ${since}.`), PATIENCE);
    try {
      return await client.call('snapshot');
    } finally {
      clearTimeout(slow);
    }
  }

  #say(away: string | null): void {
    this.#away = away;
    this.#draw();
  }

  #wait(milliseconds: number): Promise<void> {
    if (this.#left) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #draw(anew = false): void {
    if (this.#left) return;
    const { output, environment } = this.#options;
    const { columns: width = 80, rows: height = 24 } = output;
    const colour = (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb';
    const options = { width, height, colour, unicode: isUnicode(environment), away: this.#away };
    this.#screen.draw(monitorScreen(this.#model, this.#view, options), anew);
  }
}

/** By the locale, as setlocale(3) finds it. */
function isUnicode({ LC_ALL, LC_CTYPE, LANG }: LiveOptions['environment']): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}

function timeOfDay(): string {
  return new Date().toTimeString().slice(0, 8);
}

/** The live screen without a shell around it. */
export async function runLive(options: LiveOptions, input: ReadStream): Promise<void> {
  const live = new Live(options);
  const keyboard = new Keyboard(input, {
    act: (press) => live.press(press),
    interrupted: () => {
      live.end();
      return true;
    },
    ended: () => live.end(),
    failed: () => live.end(),
  });
  keyboard.start();
  try {
    await live.run();
  } finally {
    keyboard.stop();
  }
}
