/** The shell as scripts use it: arguments, files, standard input, exit codes. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { load } from '../../src/config/load.js';
import { render } from '../../src/config/render.js';
import { VERSION } from '../../src/version.js';
import type { DaemonDouble } from './daemon-double.js';
import { runShell, startDaemonDouble } from './daemon-double.js';

let daemon: DaemonDouble;
before(async () => {
  daemon = await startDaemonDouble();
});
after(() => daemon.stop());

const run = (args: readonly string[], input = '') => runShell(['--socket', daemon.socket, ...args], input);

describe('sennit', () => {
  it('runs several -c in one session, in order with -f', async () => {
    const file = join(daemon.directory, 'lines');
    writeFileSync(file, '! a remark\r\nnetwork lab\r\n\ndo show running-config');
    const { code, out, err } = await run([
      '-c',
      'configure terminal',
      '-c',
      'hostname x1',
      '-f',
      file,
      '-c',
      'hostname x2',
    ]);
    assert.deepEqual({ code, out, err }, { code: 0, out: 'hostname x1\nnetwork lab\n', err: '' });
    assert.equal(daemon.engine.config.hostname, 'x2');
  });

  it('runs standard input without prompts, and goes on after a refused line', async () => {
    const { code, out, err } = await run(
      [],
      'configure terminal\nhostname h1\nbogus 1\n  mtu 5\nno network\nend\nshow running-config',
    );
    assert.equal(out, 'hostname h1\n');
    assert.equal(code, 1);
    assert.equal(
      err,
      [
        "line 3: % Invalid input detected at '^' marker",
        '  bogus 1',
        '  ^',
        "  no such command here: '?' lists the commands of this mode",
        "line 4: % Invalid input detected at '^' marker",
        '    mtu 5',
        '    ^',
        "  no such command here: '?' lists the commands of this mode",
        '',
      ].join('\n'),
    );
  });

  it('stops at exit', async () => {
    const { code, out } = await run([], 'exit\nshow version\n');
    assert.deepEqual({ code, out }, { code: 0, out: '' });
  });

  it('refuses a line of any length and goes on', async () => {
    const long = 'x'.repeat(100_000);
    const { code, out, err } = await run([], `${long}\nshow ${long.slice(0, 10_000)}\nshow crypto key\n`);
    assert.equal(code, 1);
    assert.match(err, /line 1: % the line is longer than 64 KiB\nline 2: % Invalid input/);
    assert.match(out, /^AgAA/);
  });

  it('answers control characters and bad UTF-8 with one clear refusal', async () => {
    const { code, err } = await run([], 'show \u001b[31m\u0000\nhostname \u00ff\ud800\n');
    assert.equal(code, 1);
    assert.match(err, /line 1:.*\n {2}show \ufffd\[31m\ufffd\n {7}\^/);
    assert.match(err, /line 2:/);
  });

  it('takes 500 lines in order, and they are what show running-config prints', async () => {
    const lines = ['hostname h1', '!', 'interface t0', ' host-id 1'];
    for (let id = 2; lines.length < 496; id++) {
      lines.push(
        ' !',
        ` peer p${id} id ${id}`,
        `  description peer number ${id}`,
        '  link 0',
        `   address 10.0.${id >> 8}.${id & 255}`,
      );
    }
    const text = `${lines.join('\n')}\n`;
    assert.ok(load(text, 'x').ok);
    const { code, out, err } = await run([], `configure terminal\n${text}end\nshow running-config\n`);
    assert.deepEqual({ code, err }, { code: 0, err: '' });
    assert.equal(out, text);
    assert.equal(render(daemon.engine.config), text);
  });

  it('filters on this side, and refuses what it cannot write', async () => {
    const file = join(daemon.directory, 'redirected');
    const lines = [
      'show crypto key | include Ag | count',
      'show crypto key | json | include publicKey',
      'show crypto key | exclude Ag',
    ];
    const { code, out, err } = await run(
      [...lines, `show crypto key | redirect ${file}`].flatMap((line) => ['-c', line]),
    );
    assert.deepEqual({ code, err }, { code: 0, err: '' });
    assert.match(out, /^1\n {2}"publicKey": "AgAA[A]*=",\n$/);
    assert.match(readFileSync(file, 'utf8'), /^AgAA/);
    const refused = await run([
      '-c',
      `show crypto key | redirect ${daemon.directory}`,
      '-c',
      'show crypto key | inc a(',
    ]);
    assert.equal(refused.code, 1);
    assert.match(
      refused.err,
      /^-c 1: % can't write .*: it is a directory\n-c 2: % Invalid input.*not closed\n.*\n {24}\^/,
    );
  });

  it('answers with JSON throughout when asked to', async () => {
    const { code, out } = await run([
      '--json',
      '-c',
      'show crypto key',
      '-c',
      'configure terminal',
      '-c',
      'do write memory',
      '-c',
      'do show counters',
    ]);
    assert.equal(code, 0);
    const values = out
      .replace(/\n(?=[{"])/g, '\0')
      .split('\0')
      .map((text) => JSON.parse(text));
    assert.deepEqual(
      values.map((value) => typeof value),
      ['object', 'string', 'object'],
    );
  });

  it('completes for other shells, also without a daemon', async () => {
    assert.equal((await run(['-c', 'configure terminal', '-c', 'interface t0', '-c', 'peer basalt id 60077'])).code, 0);
    assert.equal((await run(['--complete', 'show links peer bas'])).out, 'basalt\n');
    assert.equal((await run(['--complete', 'show li'])).out, 'links\n');
    const alone = await runShell(['--socket', join(daemon.directory, 'absent'), '--complete', 'show links | ']);
    assert.deepEqual([alone.code, alone.out.split('\n').slice(0, 2), alone.err], [0, ['include', 'exclude'], '']);
  });

  it('tells usage errors and an absent daemon apart from refused commands', async () => {
    const absent = join(daemon.directory, 'absent.sock');
    const cases: [string[], RegExp][] = [
      [['--bogus'], /Unknown option '--bogus'.*\nTry 'sennit --help'/],
      [['extra'], /extra/],
      [['--socket', absent, '-c', 'show version'], /no daemon answers on .*absent\.sock: start sennitd/],
      [['--socket', daemon.socket, '-f', '/nonexistent'], /nonexistent/],
    ];
    for (const [args, message] of cases) {
      const { code, out, err } = await runShell(args);
      assert.deepEqual([code, out], [2, ''], args.join(' '));
      assert.match(err, message);
    }
  });

  it('finds the socket in the environment, prints version and help', async () => {
    assert.equal((await runShell(['-c', 'show crypto key'], '', { SENNIT_SOCKET: daemon.socket })).code, 0);
    assert.equal((await runShell(['--version'])).out, `sennit ${VERSION}\n`);
    assert.match(VERSION, /^\d+\.\d+\.\d+/);
    assert.match((await runShell(['-h'])).out, /^Usage: sennit/);
  });
});
