/** The shell at a real pseudo-terminal, made by script(1): keystrokes in, screen out. */
import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { render } from '../../src/config/render.js';
import type { DaemonDouble } from './daemon-double.js';
import { SHELL, startDaemonDouble } from './daemon-double.js';

const PATIENCE_MS = 20_000;

const PSK = 'A'.repeat(43).concat('=');

/** A shell in a terminal; what it printed is kept without escape sequences. */
class Screen {
  readonly #child: ChildProcessWithoutNullStreams;
  #raw = '';
  #seen = 0;
  #changed: () => void = () => undefined;

  constructor({ socket, directory }: DaemonDouble, columns = 80, args = '') {
    const shell = `'${process.execPath}' '${SHELL}' --socket '${socket}' ${args}`;
    const command = `stty cols ${columns} rows 24; ${shell}; echo "[exit code $?]"`;
    this.#child = spawn('script', ['-qfec', command, '/dev/null'], {
      env: { PATH: process.env.PATH, TERM: 'xterm', SHELL: '/bin/sh', XDG_STATE_HOME: directory },
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#raw += text;
      this.#changed();
    });
    this.#child.stdin.on('error', () => undefined);
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** Waits until the screen shows `text` after all that was waited for before. Returns what came up to there. */
  async expect(text: string): Promise<string> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const shown = stripVTControlCharacters(this.#raw).replace(/\r/g, '');
      const at = shown.indexOf(text, this.#seen);
      if (at >= 0) {
        const part = shown.slice(this.#seen, at + text.length);
        this.#seen = at + text.length;
        return part;
      }
      const left = end - Date.now();
      assert.ok(
        left > 0,
        `the screen never showed ${JSON.stringify(text)} after ${JSON.stringify(shown.slice(this.#seen))}`,
      );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

let daemon: DaemonDouble;
let screen: Screen;
beforeEach(async () => {
  daemon = await startDaemonDouble();
  screen = new Screen(daemon);
  await screen.expect('h1# ');
});
afterEach(async () => {
  screen.kill();
  await daemon.stop();
  assert.deepEqual(daemon.faults, []);
});

describe('at a terminal', () => {
  it('? answers at once, without Enter, and keeps the line', async () => {
    screen.type('show crypto ?');
    assert.equal(
      await screen.expect('h1# show crypto '),
      "show crypto ?\n  key  This host's public key\nh1# show crypto ",
    );
    screen.type('key\r');
    await screen.expect('key\nAgAAAAAA');
    await screen.expect('h1# ');
    screen.type('?');
    assert.match(await screen.expect('logout'), /show +Show running/);
  });

  it('TAB completes words and live names, a second TAB lists', async () => {
    screen.type('conf\tt\t\r');
    await screen.expect('configure terminal \nh1(config)# ');
    screen.type('int t0\rpeer host2 id 2\rpeer host3 id 3\rend\r');
    await screen.expect('(config-peer)# end\nh1# ');
    screen.type('show links peer h\t');
    await screen.expect('show links peer host');
    screen.type('\t\t');
    await screen.expect('\nhost2  host3\nh1# show links peer host');
    screen.type('3\r');
    await screen.expect('3\nNo links are configured.\nh1# ');
  });

  it('? in the middle of a line speaks of what is left of the cursor', async () => {
    screen.type('show  version\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D\u001b[D?');
    const text = await screen.expect('h1# show  version');
    assert.match(text, /links +Links/);
  });

  it('puts the caret under the word that is wrong', async () => {
    screen.type('show bogus\r');
    await screen.expect('show bogus\n         ^\n% Invalid input');
  });

  it('Ctrl-C drops the line, Ctrl-Z ends configuration, arrow up brings lines back', async () => {
    screen.type('configure terminal\r');
    await screen.expect('h1(config)# ');
    screen.type('hostname bad\u0003');
    await screen.expect('hostname bad^C\nh1(config)# ');
    screen.type('hostname h9\r\u001a');
    await screen.expect('h9(config)# ');
    await screen.expect('^Z\nh9# ');
    screen.type('conf t\r\u001b[A\u001b[A');
    await screen.expect('hostname h9');
    assert.equal(daemon.engine.config.hostname, 'h9');
  });

  it('Emacs keys edit the line, and Ctrl-V takes ? as it is', async () => {
    screen.type(
      'configure terminal\rhostnome h7\u0001\u001b[C\u001b[C\u001b[C\u001b[C\u001b[C\u0004a\u0005\u0008\u00088\r',
    );
    await screen.expect('(config)# ');
    screen.type('hostname h8\rint t0\rdescription who\u0016?\r');
    await screen.expect('who?\nh8(config-if)# ');
    assert.equal(daemon.engine.config.interface?.description, 'who?');
  });

  it('takes a paste of 500 lines, every one in order', async () => {
    const lines = ['hostname h1', '!', 'interface t0'];
    for (let id = 2; lines.length < 500; id++)
      lines.push('\t!', `\tpeer p${id} id ${id}`, `\t\tdescription  number ${id}  of many `);
    screen.type(`configure terminal\r${lines.join('\r')}\rend\r`);
    await screen.expect('(config-peer)# end\nh1# ');
    const printed = lines.map((line) => line.trim().replace(/ {2}number/, ' number'));
    assert.deepEqual(
      render(daemon.engine.config)
        .trim()
        .split('\n')
        .map((line) => line.trim()),
      printed,
    );
  });

  it('Ctrl-C drops what was typed ahead while a command is on its way', async () => {
    let finish: () => void = () => undefined;
    let begun: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (begun = resolve));
    daemon.engine.beforeApply = () =>
      new Promise((resolve) => {
        finish = resolve;
        begun();
      });
    screen.type('configure terminal\rnetwork slow\r');
    await waiting;
    daemon.engine.beforeApply = async () => undefined;
    screen.type('network dropped\rnetwork dropped2\r\u0003');
    await screen.expect('network slow\n^C\n');
    finish();
    await screen.expect('h1(config)# ');
    screen.type('end\r');
    await screen.expect('end\nh1# ');
    assert.equal(daemon.engine.config.network, 'slow');
  });

  for (const [name, keys] of [
    ['exit', 'exit\r'],
    ['logout', 'logout\r'],
    ['Ctrl-D', '\u0004'],
  ] as const) {
    it(`${name} leaves with exit code 0, and nothing typed behind it runs`, async () => {
      screen.type(`${keys}configure terminal\rhostname late\r`);
      await screen.expect('[exit code 0]');
      assert.equal(daemon.engine.config.hostname, 'h1');
    });
  }

  it('a secret is typed unseen, edited, sent, and in no history', async () => {
    daemon.engine.config.pskFile = '/etc/net.psk';
    screen.type('crypto psk enter\r');
    assert.equal(await screen.expect('32 bytes): '), 'crypto psk enter\nPre-shared key (base64, 32 bytes): ');
    screen.type(`xyz\u0015?\tZ\u007f\u007f${PSK}\r`);
    assert.equal(await screen.expect('h1# '), '\nPre-shared key written to /etc/net.psk.\nh1# ');
    assert.deepEqual(daemon.engine.keyActions, [`psk /etc/net.psk ${PSK}`]);
    screen.type('\u001b[A');
    assert.match(await screen.expect('psk enter'), /crypto psk enter$/);
  });

  it('a secret of the wrong form is refused without being shown; Ctrl-C takes the question back', async () => {
    daemon.engine.config.pskFile = '/etc/net.psk';
    screen.type('crypto psk enter\rsecret\r');
    await screen.expect('32 bytes): ');
    assert.equal(await screen.expect('h1# '), '\n% what was typed does not hold a key\nh1# ');
    screen.type('crypto psk enter\r');
    await screen.expect('32 bytes): ');
    screen.type('secret\u0003');
    assert.equal(await screen.expect('h1# '), '^C\nh1# ');
    screen.type('show crypto key\r');
    await screen.expect('key\nAgAAAAAA');
    assert.deepEqual(daemon.engine.keyActions, []);
  });
});

describe('with -c at a terminal', () => {
  it('a secret is typed unseen', async () => {
    screen.kill();
    daemon.engine.config.pskFile = '/etc/net.psk';
    screen = new Screen(daemon, 80, "-c 'crypto psk enter'");
    await screen.expect('32 bytes): ');
    screen.type(`${PSK}\r`);
    assert.match(await screen.expect('[exit code 0]'), /^\n+Pre-shared key written to \/etc\/net\.psk\.\n/);
    assert.deepEqual(daemon.engine.keyActions, [`psk /etc/net.psk ${PSK}`]);
  });
});

describe('on a narrow terminal', () => {
  it('? below a wrapped line does not overwrite its answer', async () => {
    screen.kill();
    screen = new Screen(daemon, 20);
    await screen.expect('h1# ');
    screen.type('show links peer aaaaaaaaaaaaaaaaaaaaaa ?');
    await screen.expect('<cr>\nh1# show links peer ');
    screen.type('\r');
    await screen.expect('% there is no peer');
  });
});
