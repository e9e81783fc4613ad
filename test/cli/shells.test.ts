/** Shells that are connected: who sees whom, how many there may be, and what each is told of the log. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Role } from '../../src/cli/grammar/privilege.js';
import { CommandSession } from '../../src/cli/session.js';
import type { UserRow } from '../../src/cli/show/users.js';
import { ControlClient, Dismissed } from '../../src/control/client.js';
import type { Notice } from '../../src/control/messages.js';
import { Shells } from '../../src/control/shells.js';
import { Journal } from '../../src/log/journal.js';
import type { Fields } from '../../src/log/log.js';
import type { DaemonDouble } from './daemon-double.js';
import { heldChange, startDaemonDouble } from './daemon-double.js';

let daemon: DaemonDouble;
const clients: ControlClient[] = [];
beforeEach(async () => {
  daemon = await startDaemonDouble();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await daemon.stop();
});

async function open(): Promise<ControlClient> {
  const client = await ControlClient.connect(daemon.socket);
  clients.push(client);
  return client;
}

async function usersOf(client: ControlClient, behind = ''): Promise<UserRow[]> {
  return JSON.parse((await client.call('run', `${behind}show users | json`)).output) as UserRow[];
}

describe('show users', () => {
  it('tells 16 shells of each other, with mode and role', async () => {
    const shells = await Promise.all(Array.from({ length: 16 }, open));
    await Promise.all(shells.map((client) => client.call('hello')));
    await shells[3]?.call('run', 'configure terminal');
    await shells[5]?.call('run', 'terminal monitor');
    for (const [index, client] of shells.entries()) {
      const rows = await usersOf(client, index === 3 ? 'do ' : '');
      assert.deepEqual(
        rows.map(({ line }) => line),
        [...Array(16).keys()],
      );
      assert.equal(rows.filter(({ self }) => self).length, 1);
      assert.equal(rows.filter(({ mode }) => mode === 'configure').length, 1);
      assert.equal(rows.filter(({ monitor }) => monitor).length, 1);
      for (const row of rows)
        assert.deepEqual([row.uid, row.pid, row.role], [process.getuid?.(), process.pid, 'admin']);
    }
    const { output } = await (shells[0] as ControlClient).call('run', 'who');
    assert.match(output, /^Line +User +Role +Mode +Since \(UTC\) +Idle +Log +PID\n/);
    assert.equal(output.split('\n').length, 17);
    for (const row of output.split('\n')) assert.ok(row.length <= 80, row);
  });

  it('gives a line that is free again to the next', async () => {
    const [first, second] = [await open(), await open()];
    await first.call('hello');
    const [, other] = await usersOf(second);
    assert.equal(other?.line, 1);
    first.close();
    for (;;) if ((await usersOf(second)).length === 1) break;
    assert.equal((await usersOf(await open())).find(({ self }) => self)?.line, 0);
  });

  it('has an end: who comes when it is full is told so', async () => {
    const shells = await Promise.all(Array.from({ length: 64 }, open));
    await Promise.all(shells.map((client) => client.call('hello')));
    const late = await ControlClient.connect(daemon.socket);
    await assert.rejects(
      late.call('hello'),
      (error: Error) => error instanceof Dismissed && /64 shells are connected.*'show users'/.test(error.message),
    );
    late.close();
    assert.ok((await shells[63]?.call('run', 'show version'))?.ok);
    shells[0]?.close();
    for (;;) {
      const next = await open();
      if (await next.call('hello').catch(() => null)) break;
    }
  });
});

describe('line vty, timeout', () => {
  it('ends a shell in which nothing is typed, and says why; none before, and none that waits for an answer', async (t) => {
    const [idle, busy] = [await open(), await open()];
    const ended = new Promise<Error>((resolve) => {
      idle.onClose = resolve;
    });
    for (const line of ['configure terminal', 'line vty', 'timeout 5', 'end'])
      assert.ok((await idle.call('run', line)).ok, line);
    assert.match((await idle.call('run', 'show running-config')).output, /\n!\nline vty\n timeout 5$/);
    const { begun, finish } = heldChange(daemon.engine);
    await busy.call('run', 'configure terminal');
    const changed = busy.call('run', 'network later');
    await begun;
    const real = performance.now.bind(performance);
    t.mock.method(performance, 'now', () => real() + 5 * 60_000);
    const error = await ended;
    assert.ok(error instanceof Dismissed);
    assert.match(error.message, /no line came for 5 min \('timeout' of 'line vty'\)/);
    finish();
    assert.ok((await changed).ok);
  });
});

describe('terminal monitor', () => {
  it('tells the shells that asked what is logged, until they ask to stop', async () => {
    const [watching, other] = [await open(), await open()];
    const told: Notice[] = [];
    watching.onNotice = (notice) => told.push(notice);
    other.onNotice = () => assert.fail('it did not ask');
    await other.call('hello');
    await watching.call('run', 'terminal monitor');
    daemon.log('warning', 'link-down', { peer: 'b', link: 0, error: 'a "quoted"\u001b[2J' });
    await watching.call('run', 'no terminal monitor');
    daemon.log('info', 'unseen');
    await watching.call('run', 'terminal monitor');
    await watching.call('run', 'terminal no monitor');
    daemon.log('info', 'unseen');
    await Promise.all([watching.call('hello'), other.call('hello')]);
    assert.equal(told.length, 1);
    const [notice] = told;
    assert.ok(notice?.notice === 'log' && notice.dropped === 0);
    assert.match(notice.lines[0] ?? '', /^\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} warning link-down peer=b link=0 error="a /);
  });

  it('blocks nobody when a shell does not read, and tells it how much it missed', async () => {
    const stuck = connect(daemon.socket);
    stuck.write('{"id":1,"method":"run","line":"terminal monitor"}\n');
    let text = '';
    stuck.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    while (!text.includes('\n')) await once(stuck, 'data');
    stuck.pause();
    const live = await open();
    const begun = process.memoryUsage().rss;
    const events = 20_000;
    for (let i = 0; i < events; i++) {
      daemon.log('info', 'flood', { i, filling: 'x'.repeat(200) });
      if (i % 1000 === 0) assert.ok((await live.call('run', 'show crypto key')).ok);
    }
    assert.ok(process.memoryUsage().rss - begun < 200 << 20);
    text = '';
    stuck.resume();
    const seen = (): Extract<Notice, { notice: 'log' }>[] =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    const total = (): number => seen().reduce((sum, { lines, dropped }) => sum + lines.length + dropped, 0);
    while (total() < events) await once(stuck, 'data');
    assert.equal(total(), events);
    const got = seen().reduce((sum, { lines }) => sum + lines.length, 0);
    assert.ok(got > 10 && got < events / 2, `${got} of ${events}`);
    stuck.destroy();
  });
});

describe('show log', () => {
  it('prints the newest events, as many as asked for, and as data', async () => {
    const client = await open();
    assert.equal((await client.call('run', 'show log')).output, 'The log is empty.');
    for (let i = 0; i < 1500; i++) daemon.log('info', 'tick', { i });
    const { output } = await client.call('run', 'show log last 2');
    assert.deepEqual(
      output.split('\n').map((line) => line.slice(19)),
      ['info tick i=1498', 'info tick i=1499'],
    );
    const all = JSON.parse((await client.call('run', 'show log | json')).output) as unknown[];
    assert.equal(all.length, 1000);
    const { time, ...rest } = all.at(-1) as { time: string };
    assert.deepEqual(rest, { level: 'info', event: 'tick', fields: { i: 1499 } });
    assert.equal(new Date(time).toISOString(), time);
  });

  it('is not flooded by what is refused to readers, however many shells they open', async (t) => {
    t.mock.method(performance, 'now', () => 1000);
    const logged: (Fields | undefined)[] = [];
    const log = (_level: unknown, _event: string, fields?: Fields): void => void logged.push(fields);
    const lines = async (role: Role): Promise<number> => {
      const shells = new Shells();
      logged.length = 0;
      for (let shell = 0; shell < 40; shell++) {
        const session = new CommandSession(daemon.engine, { startupFile: '/nowhere', shells, role, log });
        for (let i = 0; i < 10; i++) await session.run('bogus');
      }
      return logged.length;
    };
    assert.equal(await lines('reader'), 50);
    assert.equal(await lines('admin'), 400);
  });

  it('is bounded in characters as well', () => {
    const journal = new Journal();
    const entry = { time: '2030-01-01T00:00:00.000Z', level: 'error', event: 'fault' } as const;
    for (let i = 0; i < 500; i++) journal.record({ ...entry, fields: { error: 'y'.repeat(100_000) } });
    const kept = journal.last();
    assert.ok(kept.length > 100 && kept.length < 150, String(kept.length));
    assert.ok(JSON.stringify(kept).length < 300_000);
  });
});

describe('show history', () => {
  it('has the lines of this shell, none with a secret', async () => {
    const [client, other] = [await open(), await open()];
    await other.call('run', 'show peers');
    const key = `${'A'.repeat(43)}=`;
    const lines = ['show version', '! remark', '', 'join sennit1:AAAA', 'jion sennit1:AAAA', `crypto psk enter ${key}`];
    const secrets: unknown[] = [];
    for (const line of [...lines, 'configure terminal', 'do join sennit1:AAAA', 'bogus', 'end'])
      secrets.push((await client.call('run', line)).secret);
    assert.deepEqual(
      secrets.map((one) => one === true),
      [false, false, false, true, true, true, false, true, false, false],
    );
    assert.equal(
      (await client.call('run', 'show history')).output,
      ['show version', 'configure terminal', 'bogus', 'end'].map((line) => `  ${line}`).join('\n'),
    );
  });

  it('is bounded', () => {
    const shell = new Shells().enter(null, 'admin', () => false);
    assert.ok(!('refusal' in shell));
    for (let i = 0; i < 1000; i++) shell.remember(`line ${i}`);
    shell.remember('x'.repeat(60_000));
    assert.deepEqual([shell.lines.length, shell.lines.at(-1)], [200, 'line 999']);
  });
});
