/** The live screen at a real pseudo-terminal: what was there before is there again, whatever ends it. */
import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { newInterface, newPeer } from '../../src/config/model.js';
import { startRpcServer } from '../../src/control/server.js';
import type { DaemonDouble } from './daemon-double.js';
import { runShell, SHELL, startDaemonDouble } from './daemon-double.js';

const PATIENCE_MS = 20_000;
const ENTERED = '\x1b[?1049h';
const LEFT = '\x1b[?1049l';

let daemon: DaemonDouble;
let terminals: Pty[] = [];

beforeEach(async () => {
  daemon = await startDaemonDouble();
  const tap = newInterface('t0');
  tap.peers.set('b', newPeer('b', 2));
  daemon.engine.config.interface = tap;
  terminals = [];
});
afterEach(async () => {
  for (const terminal of terminals) terminal.kill();
  await daemon.stop();
});

/** The shell in a terminal; its process id is in a file, and its exit code is printed after it. */
class Pty {
  raw = '';
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #pidFile: string;

  constructor(args: string, environment: Record<string, string> = {}) {
    this.#pidFile = join(daemon.directory, 'pid');
    const shell = `'${process.execPath}' '${SHELL}' --socket '${daemon.socket}' ${args}`;
    const command = `stty cols 80 rows 24; sh -c 'echo $$ > ${this.#pidFile}; exec "$@"' sh ${shell}; echo "[exit code $?]"`;
    this.#child = spawn('script', ['-qfec', command, '/dev/null'], {
      env: { PATH: process.env.PATH, TERM: 'xterm', SHELL: '/bin/sh', HOME: daemon.directory, ...environment },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.raw += text;
    });
    this.#child.stdin.on('error', () => undefined);
    terminals.push(this);
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  signal(name: NodeJS.Signals): void {
    process.kill(Number(readFileSync(this.#pidFile, 'utf8')), name);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Waits for this in what was printed, escape sequences included if `raw`. */
  async expect(text: string, raw = false): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    const shown = (): string => (raw ? this.raw : stripVTControlCharacters(this.raw));
    while (!shown().includes(text)) {
      assert.ok(Date.now() < end, `the screen never showed ${JSON.stringify(text)}:\n${JSON.stringify(this.raw)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** The first screen and the cursor are there again, and nothing is drawn after that. */
  isRestored(): void {
    const at = this.raw.lastIndexOf(LEFT);
    assert.ok(at > this.raw.lastIndexOf(ENTERED), JSON.stringify(this.raw.slice(-300)));
    assert.ok(this.raw.lastIndexOf('\x1b[?25h', at) > this.raw.lastIndexOf('\x1b[?25l'));
    assert.ok(!this.raw.slice(at).includes('\x1b[2K'));
  }
}

describe('monitor', () => {
  it('shows peers and links, heeds keys, and gives the shell back', async () => {
    const terminal = new Pty('');
    await terminal.expect('h1#');
    terminal.type('monitor\r');
    await terminal.expect('sennit monitor  h1  t0 up');
    await terminal.expect('connected');
    terminal.type('s');
    await terminal.expect('sort: state');
    terminal.type('q');
    await terminal.expect(LEFT, true);
    terminal.type('show version\r');
    await terminal.expect('Sennit 0.1.0\n'.trim());
    terminal.isRestored();
    terminal.type('exit\r');
    await terminal.expect('[exit code 0]');
  });

  it('restores the screen at SIGTERM, SIGHUP and Ctrl-C', async () => {
    const cases = [
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const;
    for (const [name, code] of cases) {
      const terminal = new Pty('-c monitor');
      await terminal.expect('connected');
      terminal.signal(name);
      await terminal.expect(`[exit code ${code}]`);
      terminal.isRestored();
    }
    const terminal = new Pty('-c monitor');
    await terminal.expect('connected');
    terminal.type('\x03');
    await terminal.expect('[exit code 0]');
    terminal.isRestored();
  });

  it('says when the daemon is away, and goes on when it is back', async () => {
    const terminal = new Pty('-c monitor', { NO_COLOR: '1', LANG: 'C' });
    await terminal.expect('connected');
    await daemon.stop();
    await terminal.expect('The daemon is away since');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
    assert.doesNotMatch(terminal.raw, /\x1b\[[1-9][\d;]*m/, 'no colours');
    const { socket: path, engine, startupFile } = daemon;
    engine.config.hostname = 'again';
    const server = await startRpcServer({ path, engine, startupFile });
    await terminal.expect('sennit monitor  again');
    terminal.type('q');
    await terminal.expect('[exit code 0]');
    terminal.isRestored();
    await server.close();
  });

  it('ends with the shell around it, which the daemon may end', async (t) => {
    const terminal = new Pty('');
    await terminal.expect('h1#');
    terminal.type('monitor\r');
    await terminal.expect('connected');
    daemon.engine.config.vtyTimeout = 5;
    const real = performance.now.bind(performance);
    t.mock.method(performance, 'now', () => real() + 6 * 60_000);
    await terminal.expect('[exit code 2]');
    terminal.isRestored();
  });

  it('needs a terminal', async () => {
    const { code, out, err } = await runShell(['--socket', daemon.socket, '-c', 'monitor']);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^-c 1: % monitor needs a terminal/);
  });
});
