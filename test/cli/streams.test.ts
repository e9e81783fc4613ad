/** Answers that come piece by piece: in a session, and in the shell as a process. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CommandSession } from '../../src/cli/session.js';
import { newInterface, newPeer } from '../../src/config/model.js';
import { ControlClient } from '../../src/control/client.js';
import type { DaemonDouble } from './daemon-double.js';
import { runShell, SHELL, startDaemonDouble } from './daemon-double.js';
import { EngineDouble } from './engine-double.js';

describe('a session', () => {
  it('gives a capture piece by piece, its last words at the end, and then nothing', async () => {
    const session = new CommandSession(new EngineDouble(), { startupFile: '/nowhere' });
    const { ok, stream } = await session.run('capture interface file x.pcapng count 2');
    assert.deepEqual([ok, stream], [true, { to: 'x.pcapng' }]);
    assert.deepEqual(await session.more(), { more: true, bytes: Buffer.from('packet 1\n').toString('base64') });
    assert.equal((await session.more()).more, true);
    const output = '2 packets captured to x.pcapng, 0 dropped';
    assert.deepEqual(await session.more(), { more: false, ok: true, output });
    assert.deepEqual(await session.more(), { more: false, ok: false, output: '% nothing is to come' });
  });

  it('ends it at stop, at the next line, and when whoever asked is gone', async () => {
    const engine = new EngineDouble();
    const gone = new AbortController();
    const session = new CommandSession(engine, { startupFile: '/nowhere', gone: gone.signal });
    await session.run('capture link 0');
    session.stop();
    assert.deepEqual((await session.more()).more, false);
    await session.run('capture link 0');
    await session.run('');
    await session.run('capture link 0');
    assert.deepEqual(
      engine.captures.map(({ stopped }) => stopped),
      [true, true, false],
    );
    gone.abort();
    assert.equal(engine.captures[2]?.stopped, true);
    await session.run('capture link 0');
    assert.equal(engine.captures[3]?.stopped, true, 'begun when nobody was there any more');
  });

  it('is data at its end, however long it takes, and can be stopped', async () => {
    const session = new CommandSession(new EngineDouble(), { startupFile: '/nowhere' });
    await session.run('capture interface count 1000000', true);
    assert.deepEqual(await session.more(), { more: true, text: '' });
    session.stop();
    const output = JSON.stringify('packet 1\n1 packets captured, 0 dropped');
    assert.deepEqual(await session.more(), { more: false, ok: true, output });
  });

  it('passes on what is to be captured, and refuses what makes no sense', async () => {
    const engine = new EngineDouble();
    engine.config.interface = newInterface('t0');
    const session = new CommandSession(engine, { startupFile: '/nowhere' });
    await session.run('capture link 3 stdout count 7 seconds 9 snaplen 96');
    assert.deepEqual(engine.captures[0]?.options, {
      links: [3],
      peer: null,
      count: 7,
      seconds: 9,
      snapLength: 96,
      form: 'pcapng',
    });
    assert.match((await session.run('capture interface | count')).output, /can't be piped: it does not end/);
    assert.match((await session.run('capture interface', true)).output, /can't be piped: it does not end/);
    assert.match((await session.run('capture interface file x count 1 | count')).output, /can't be piped: it goes/);
    const piped = await session.run('capture interface count 2 | include 2');
    assert.deepEqual([piped.output, piped.filters, piped.stream?.filters?.length], ['', undefined, 1]);
    session.stop();
    assert.ok(engine.captures.slice(1, 3).every(({ stopped }) => stopped));
    const both = await session.run('capture interface file x stdout');
    assert.equal(both.output, "% give a file or 'stdout', not both");
    assert.match((await session.run('capture interface peer b')).output, /no peer b/);
    assert.match((await session.run('capture link all')).output, /no local link/);
    const reader = new CommandSession(engine, { startupFile: '/nowhere', role: 'reader' });
    assert.match((await reader.run('capture interface')).output, /sennit-admin/);
  });
});

describe('the shell', () => {
  let daemon: DaemonDouble;
  before(async () => {
    daemon = await startDaemonDouble();
  });
  after(() => daemon.stop());

  const commands = (...lines: string[]): string[] => [
    '--socket',
    daemon.socket,
    ...lines.flatMap((line) => ['-c', line]),
  ];

  it('writes a file, standard output, and lines', async () => {
    const file = join(daemon.directory, 'out');
    const { code, out, err } = await runShell(
      commands(`capture interface file ${file} count 3`, 'capture interface count 1', 'show version'),
    );
    assert.deepEqual([code, err], [0, '']);
    assert.equal(readFileSync(file, 'utf8'), 'packet 1\npacket 2\npacket 3\n');
    assert.match(out, /^3 packets captured to .*, 0 dropped\npacket 1\n1 packets captured, 0 dropped\nSennit/);
    const piped = await runShell(commands('capture interface stdout count 2'));
    assert.deepEqual(piped, { code: 0, out: 'packet 1\npacket 2\n', err: '2 packets captured, 0 dropped\n' });
  });

  it('says what can not be written, and goes on', async () => {
    const { code, out, err } = await runShell(commands('capture interface file /nowhere/x count 3', 'show version'));
    assert.equal(code, 1);
    assert.match(err, /% can't write \/nowhere\/x: no such file or directory\n/);
    assert.match(out, /^Sennit/);
    assert.equal(daemon.engine.captures.at(-1)?.stopped, true);
    const full = await runShell(commands('capture interface file /dev/full count 3'));
    assert.equal(full.code, 1);
    assert.match(full.err, /% can't write \/dev\/full: no space left on device\n/);
  });

  it('ends well at Ctrl-C', async () => {
    const child = spawn(process.execPath, [SHELL, ...commands('capture interface stdout', 'show version')]);
    let [out, err] = ['', ''];
    child.stderr.on('data', (text) => {
      err += text;
    });
    child.stdout.on('data', (text) => {
      if (out === '') child.kill('SIGINT');
      out += text;
    });
    const [code] = await once(child, 'close');
    assert.deepEqual([code, /packets captured, 0 dropped/.test(err)], [0, true], err);
    assert.match(out, /Sennit/, 'the next command runs');
  });

  it('filters what came when Ctrl-C ends it', async () => {
    const child = spawn(process.execPath, [SHELL, ...commands('capture interface count 1000000 | include packet')]);
    let out = '';
    child.stdout.on('data', (text) => {
      out += text;
    });
    const begun = (): boolean => {
      const capture = daemon.engine.captures.at(-1);
      return capture?.options.count === 1000000 && capture.result().packets > 0;
    };
    while (!begun()) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill('SIGINT');
    assert.deepEqual(await once(child, 'close'), [0, null]);
    assert.match(out, /^(packet \d+\n)*\d+ packets captured, 0 dropped\n$/);
  });

  it('that goes away in the midst ends the capture', async () => {
    const client = await ControlClient.connect(daemon.socket);
    await client.call('run', 'capture interface');
    const capture = daemon.engine.captures.at(-1);
    assert.equal(capture?.stopped, false);
    client.close();
    while (capture?.stopped === false) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

describe('ping peer', () => {
  const stage = (role: 'admin' | 'reader'): CommandSession => {
    const engine = new EngineDouble();
    const tap = newInterface('t0');
    tap.peers.set('b', newPeer('b', 2));
    engine.config.interface = tap;
    return new CommandSession(engine, { startupFile: '/nowhere', role });
  };
  const rest = async (session: CommandSession): Promise<string> => {
    let text = '';
    for (;;) {
      const piece = await session.more();
      if (!piece.more) return `${text}${piece.output}`;
      text += piece.text;
    }
  };

  it('prints a line for each answer and a table, also for readers', async () => {
    const session = stage('reader');
    assert.match((await session.run('ping peer b size 65535 interval 10')).output, /below 1000 ms is for admins/);
    assert.ok((await stage('admin').run('ping peer b interval 10')).ok);
    assert.deepEqual((await session.run('ping peer b size 1500 df')).stream, { to: null });
    assert.equal(
      await rest(session),
      `PING peer b over link 0: 5 x 1500 bytes, not to be fragmented
link 0 seq 1: time 0.25 ms
link 0 seq 2: time 0.25 ms
Link  Sent  Answers  Loss  Min ms  Avg ms  Max ms
   0     2        2    0%    0.25    0.25    0.25`,
    );
  });

  it('has its totals as data, and is refused with a reason', async () => {
    const session = stage('admin');
    assert.equal((await session.run('ping peer b count 2 | json')).output, '');
    const output = await rest(session);
    const links = [{ link: 0, sent: 2, received: 2, lossShare: 0, minMs: 0.25, avgMs: 0.25, maxMs: 0.25 }];
    assert.deepEqual(JSON.parse(output), { peer: 'b', size: 100, df: false, links });
    assert.match((await session.run('ping peer c')).output, /no peer c/);
    assert.match((await session.run('ping peer b link 7')).output, /no link 7/);
  });
});
