/** The real shell at a real pseudo-terminal, made by script(1): keys in, screen out. */
import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DaemonDouble } from './daemon-double.js';
import { SHELL } from './daemon-double.js';
import { Emulator } from './emulator.js';

const PATIENCE_MS = 20_000;

/** Ids that no host has: a member of the group that may look. */
const READER = ['--reuid=54000', '--regid=54000', '--groups=54321'];

export interface TerminalDoubleOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly args?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Another user, who may look only; needs root. */
  readonly reader?: boolean;
}

let opened = 0;

export class TerminalDouble {
  readonly screen: Emulator;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ttyFile: string;
  #changed: () => void = () => undefined;

  constructor({ socket, directory }: DaemonDouble, options: TerminalDoubleOptions = {}) {
    const { columns = 80, rows = 24, args = '', environment = {}, reader = false } = options;
    this.#ttyFile = join(directory, `tty-${opened++}`);
    this.screen = new Emulator(columns, rows);
    // The file system is as open to it as to root: this is not about that, and the sources need not be readable to all.
    const caps = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--bounding-set=-all,+dac_override'];
    const as = reader ? `setpriv ${[...READER, ...caps].join(' ')} ` : '';
    const shell = `${as}'${process.execPath}' '${SHELL}' --socket '${socket}' ${args}`;
    const command = `tty > '${this.#ttyFile}'; stty cols ${columns} rows ${rows}; ${shell}; echo "[exit code $?]"`;
    this.#child = spawn('script', ['-qfec', command, '/dev/null'], {
      env: { PATH: process.env.PATH, TERM: 'xterm', SHELL: '/bin/sh', XDG_STATE_HOME: directory, ...environment },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.screen.write(text);
      this.#changed();
    });
    this.#child.stdin.on('error', () => undefined);
  }

  type(keys: string | Buffer): void {
    this.#child.stdin.write(keys);
  }

  /** Gives the window another size, as somebody who pulls at its corner. */
  resize(columns: number, rows: number): void {
    const tty = readFileSync(this.#ttyFile, 'utf8').trim();
    this.screen.columns = columns;
    this.screen.height = rows;
    execFileSync('stty', ['-F', tty, 'cols', String(columns), 'rows', String(rows)]);
  }

  /** Waits until the screen from row `from` on satisfies `fits`. */
  async until(fits: (text: string) => boolean, from: number, complain: (text: string) => void): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const text = this.screen.text(from);
      if (fits(text)) return;
      const left = end - Date.now();
      if (left <= 0) {
        complain(text);
        assert.fail(`the screen never became what it should be, but ${JSON.stringify(text)}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Waits until the screen is `expected` from row `from` on; `mask` takes out what differs from run to run. */
  shows(expected: string | RegExp, from: number, mask: (text: string) => string = (text) => text): Promise<void> {
    if (expected instanceof RegExp)
      return this.until(
        (text) => expected.test(mask(text)),
        from,
        (text) => assert.match(mask(text), expected),
      );
    return this.until(
      (text) => mask(text) === expected,
      from,
      (text) => assert.equal(mask(text), expected),
    );
  }

  /** Waits until a prompt stands on the row of the cursor, with nothing behind it. */
  async prompt(): Promise<void> {
    await this.until(
      (text) => /[#>] ▮$/.test(text),
      0,
      () => undefined,
    );
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
  }
}
