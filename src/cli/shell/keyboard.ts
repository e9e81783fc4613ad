/**
 * Keys in the order in which they were pressed. Each is acted on when the one before it is done with; while that takes
 * time, such as for a command, those behind it wait. So a paste of any length runs every line in order.
 */
import type { Key } from 'node:readline';
import { emitKeypressEvents } from 'node:readline';
import type { ReadStream } from 'node:tty';

export interface Press {
  readonly text: string | undefined;
  readonly key: Key;
  /** It came between the marks of a bracketed paste: it is text, whatever it would mean when typed. */
  readonly pasted: boolean;
}

/** Keys that may wait before reading from the terminal stops until they are worked off. */
const MOST_WAITING = 65536;

export interface KeyboardUse {
  /** Acts on a key; a promise when that takes time. */
  act(press: Press): Promise<void> | undefined;
  /** Ctrl-C while something takes time; what was typed ahead has been dropped. False: act on it when that is done. */
  interrupted(): boolean;
  /** The terminal is gone. */
  ended(): void;
  failed(error: unknown): void;
}

export class Keyboard {
  readonly #input: ReadStream;
  readonly #use: KeyboardUse;
  #waiting: Press[] = [];
  #at = 0;
  #working = false;
  #pasting = false;
  #stopped = false;
  #borrower: ((press: Press) => void) | null = null;

  constructor(input: ReadStream, use: KeyboardUse) {
    this.#input = input;
    this.#use = use;
  }

  start(): void {
    emitKeypressEvents(this.#input);
    this.#input.setRawMode(true);
    this.#input.on('keypress', this.#receive);
    this.#input.on('end', this.#ended);
    this.#input.on('error', this.#ended);
    this.#input.resume();
  }

  stop(): void {
    this.#stopped = true;
    this.drop();
    this.#input.off('keypress', this.#receive);
    this.#input.setRawMode(false);
    this.#input.pause();
  }

  /** Whether more is to come that was typed or pasted already. */
  get ahead(): boolean {
    return this.#pasting || this.#at < this.#waiting.length;
  }

  /** Forgets what was typed ahead. */
  drop(): void {
    this.#waiting = [];
    this.#at = 0;
  }

  /** The texts of the keys that wait next, as long as `fits` says so: they are taken out. */
  takeWhile(fits: (press: Press) => boolean): string {
    let text = '';
    for (; this.#at < this.#waiting.length; this.#at++) {
      const press = this.#waiting[this.#at] as Press;
      if (!fits(press)) break;
      text += press.text ?? '';
    }
    return text;
  }

  /** Gives every key to `borrower` while `during` lasts, in the midst of an `act`. */
  async lend(borrower: (press: Press) => void, during: Promise<void>): Promise<void> {
    this.#borrower = borrower;
    try {
      await during;
    } finally {
      this.#borrower = null;
    }
  }

  #ended = (): void => this.#use.ended();

  #receive = (text: string | undefined, key: Key): void => {
    if (key.name === 'paste-start' || key.name === 'paste-end') {
      this.#pasting = key.name === 'paste-start';
      return;
    }
    // No paste holds it (terminals take it out): so the end of one that was never marked is not waited for.
    const interrupt = isControl(key, 'c');
    if (interrupt) this.#pasting = false;
    const press = { text, key, pasted: this.#pasting };
    if (this.#borrower !== null) {
      this.#borrower(press);
      return;
    }
    if (interrupt && this.#working) {
      this.drop();
      if (this.#use.interrupted()) return;
    }
    this.#waiting.push(press);
    if (this.#waiting.length - this.#at > MOST_WAITING) this.#input.pause();
    // Not at once: the keys of one read are there together then.
    if (!this.#working) queueMicrotask(() => void this.#workOff().catch((error) => this.#use.failed(error)));
  };

  async #workOff(): Promise<void> {
    if (this.#working) return;
    try {
      while (this.#at < this.#waiting.length && !this.#stopped) {
        const press = this.#waiting[this.#at++] as Press;
        const pending = this.#use.act(press);
        if (pending !== undefined) {
          this.#working = true;
          await pending;
          this.#working = false;
        }
        if (this.#waiting.length - this.#at < MOST_WAITING / 2 && this.#input.isPaused() && !this.#stopped)
          this.#input.resume();
      }
      this.drop();
    } finally {
      this.#working = false;
    }
  }
}

export function isControl(key: Key, name: string): boolean {
  return key.ctrl === true && key.meta !== true && key.name === name;
}
