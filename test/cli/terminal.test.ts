/** The shell at a real pseudo-terminal: what takes a shell or a daemon of its own. More in the dialogues. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { emptyConfig } from '../../src/config/model.js';
import { render } from '../../src/config/render.js';
import type { DaemonDouble } from './daemon-double.js';
import { heldChange, runShell, startDaemonDouble } from './daemon-double.js';
import { ctrl, KEY, paste } from './dialogue.js';
import { TerminalDouble } from './terminal-double.js';

const { enter } = KEY;

const PSK = 'A'.repeat(43).concat('=');

let daemon: DaemonDouble;
let terminal: TerminalDouble;
beforeEach(async () => {
  daemon = await startDaemonDouble();
});
afterEach(async () => {
  await terminal.kill();
  await daemon.stop();
  assert.deepEqual(terminal.screen.unknown, []);
});

async function open(
  ...options: ConstructorParameters<typeof TerminalDouble> extends [unknown, ...infer R] ? R : never
) {
  terminal = new TerminalDouble(daemon, ...options);
  await terminal.prompt();
}

/** 500 lines for `configure terminal`; some are indented with tabs, as files are. */
function manyLines(): string[] {
  const lines = ['hostname h1', '!', 'interface t0', '\thost-id 1'];
  for (let id = 2; lines.length < 500; id++)
    lines.push('\t!', `\tpeer p${id} id ${id}`, `\t\tdescription  number ${id}  of many? `);
  return lines;
}

/** What comes of lines on standard input, and of how many changes. */
async function pipeIn(lines: readonly string[]): Promise<{ expected: string; applied: number }> {
  const ended = await runShell(['--socket', daemon.socket], `configure terminal\n${lines.join('\n')}\nend\n`);
  assert.deepEqual(ended, { code: 0, out: '', err: '' });
  return { expected: render(daemon.engine.config), applied: daemon.engine.applied.length };
}

let piped: Awaited<ReturnType<typeof pipeIn>> | null = null;

describe('500 lines', () => {
  const ways: [string, (lines: readonly string[]) => string][] = [
    ['typed very fast', (lines) => `${lines.join('\r').replaceAll('?', `${ctrl('v')}?`)}\r`],
    ['pasted into a terminal that marks it', (lines) => paste(`${lines.join('\n')}\n`)],
  ];
  for (const [name, keys] of ways) {
    it(`${name} run in order, and give the same configuration as when they are piped in`, async () => {
      const lines = manyLines();
      piped ??= await pipeIn(lines);
      const { expected, applied } = piped;
      daemon.engine.config = { ...emptyConfig(), hostname: 'h1' };
      daemon.engine.applied.length = 0;
      await open();
      terminal.type(`configure terminal${enter}${keys(lines)}end${enter}`);
      await terminal.shows(/\(config-peer\)# end\nh1# ▮$/, 0);
      assert.equal(render(daemon.engine.config), expected);
      // Each line by itself, as they came.
      assert.equal(daemon.engine.applied.length, applied);
      assert.match(expected, /\n peer p166 id 166\n {2}description number 166 {2}of many\?\n/);
      const shown = await runShell(['--socket', daemon.socket, '-c', 'show running-config']);
      assert.equal(shown.out, expected);
    });
  }
});

describe('a command that is on its way', () => {
  it('lets Ctrl-C drop what was typed ahead', async () => {
    const { begun, finish } = heldChange(daemon.engine);
    await open();
    terminal.type(`configure terminal${enter}network slow${enter}`);
    await begun;
    terminal.type(`network dropped${enter}network dropped2${enter}${ctrl('c')}`);
    await terminal.shows(/network slow\n\^C\n▮$/, 0);
    finish();
    await terminal.shows(/h1\(config\)# ▮$/, 0);
    terminal.type(`end${enter}`);
    await terminal.shows(/end\nh1# ▮$/, 0);
    assert.equal(daemon.engine.config.network, 'slow');
  });

  it('when the daemon ends: what became of it, and the prompt is there again', async () => {
    daemon.engine.beforeApply = () => {
      setImmediate(() => void daemon.disconnect());
      return new Promise(() => undefined);
    };
    await open();
    terminal.type(`configure terminal${enter}network slow${enter}`);
    await terminal.shows(/network slow\n.*% The daemon ends before this was finished.*\nh1\(away\)# ▮$/s, 0);
    terminal.type(`exit${enter}`);
    await terminal.shows(/exit\n\[exit code 0\]/, 0);
  });
});

describe('leaving', () => {
  for (const [name, keys] of [
    ['exit', `exit${enter}`],
    ['logout', `logout${enter}`],
    ['Ctrl-D', ctrl('d')],
  ] as const) {
    it(`by ${name} ends with exit code 0, nothing typed behind it runs, and the terminal is as it was`, async () => {
      await open();
      assert.ok(terminal.screen.marksPastes);
      terminal.type(`${keys}configure terminal${enter}hostname late${enter}`);
      await terminal.shows(/\[exit code 0\]/, 0);
      assert.equal(daemon.engine.config.hostname, 'h1');
      assert.ok(!terminal.screen.marksPastes);
    });
  }
});

describe('with -c at a terminal', () => {
  it('a secret is typed unseen', async () => {
    daemon.engine.config.pskFile = '/etc/net.psk';
    terminal = new TerminalDouble(daemon, { args: "-c 'crypto psk enter'" });
    await terminal.shows(/^Pre-shared key \(base64, 32 bytes\): ▮$/, 0);
    terminal.type(`${PSK}${enter}`);
    await terminal.shows(/bytes\):\n+Pre-shared key written to \/etc\/net\.psk\.\n\[exit code 0\]/, 0);
    assert.deepEqual(daemon.engine.keyActions, [`psk /etc/net.psk ${PSK}`]);
  });
});

describe('on a narrow terminal', () => {
  it('? below a wrapped line does not overwrite its answer', async () => {
    await open({ columns: 20 });
    terminal.type(`show links peer ${'a'.repeat(22)} ?`);
    await terminal.shows(/\n {2}<cr>\nh1# show links peer\n[\s\S]*aa ▮$/, 0);
    terminal.type(enter);
    await terminal.shows(/\n% there is no peer[\s\S]*# ▮$/, 0);
  });
});
