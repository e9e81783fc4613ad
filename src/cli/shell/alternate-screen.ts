/**
 * The terminal's second screen (xterm, ctlseqs): what was on the first is there again afterwards, whatever ends this
 * process but SIGKILL.
 */
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import type { WriteStream } from 'node:tty';

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J';
const LEAVE = '\x1b[0m\x1b[?25h\x1b[?1049l';

/** Signals that end a process; a handler must do so itself. */
const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

export class AlternateScreen {
  readonly #output: WriteStream;
  /** What stands on the screen, by row. */
  #shown: readonly string[] = [];
  #entered = false;

  constructor(output: WriteStream) {
    this.#output = output;
  }

  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    this.#shown = [];
    process.on('exit', this.#restore);
    for (const signal of SIGNALS) process.on(signal, this.#end);
    this.#output.write(ENTER);
  }

  leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    process.off('exit', this.#restore);
    for (const signal of SIGNALS) process.off(signal, this.#end);
    this.#output.write(LEAVE);
  }

  /** Draws lines, none longer than the screen is wide; rows that have not changed stay. @param anew whatever is there */
  draw(lines: readonly string[], anew = false): void {
    if (!this.#entered) return;
    let text = anew ? '\x1b[2J' : '';
    const rows = Math.max(lines.length, anew ? 0 : this.#shown.length);
    for (let row = 0; row < rows; row++) {
      const line = lines[row] ?? '';
      // Cleared before it is written: after a line that fills the row the cursor is still on its last character.
      if (anew || line !== this.#shown[row]) text += `\x1b[${row + 1};1H\x1b[2K${line}`;
    }
    this.#shown = lines;
    if (text !== '') this.#output.write(text);
  }

  /** At the end of the process only what is written at once is written. */
  #restore = (): void => {
    if (!this.#entered) return;
    this.#entered = false;
    try {
      writeSync(1, LEAVE);
    } catch {
      // The terminal is gone.
    }
  };

  #end = (signal: NodeJS.Signals): void => {
    process.exit(128 + constants.signals[signal]);
  };
}
