/** `invite` and `join` on the command line: what the daemon is asked, what is printed, and that the string stays secret. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonDouble } from './daemon-double.js';
import { runShell, SHELL, startDaemonDouble } from './daemon-double.js';

const STRING = `sennit1:${'Ab_-'.repeat(60)}`;

let daemon: DaemonDouble;
before(async () => {
  daemon = await startDaemonDouble();
});
after(() => daemon.stop());

const run = (args: readonly string[], input = '') => runShell(['--socket', daemon.socket, ...args], input);

describe('sennit invite', () => {
  it('prints the string alone, so that it can be piped', async () => {
    assert.deepEqual(await run(['invite', 'b']), { code: 0, out: 'sennit1:AAAA\n', err: '' });
    assert.deepEqual(daemon.engine.invited.at(-1), { peer: 'b', id: null, address: null, seconds: 3600 });
  });

  it('takes id, address and time, and prints more as JSON', async () => {
    const { out } = await run(['-c', 'invite b id 7 address fd00::7/64 minutes 5 | json']);
    assert.deepEqual(daemon.engine.invited.at(-1), { peer: 'b', id: 7, address: 'fd00::7/64', seconds: 300 });
    assert.deepEqual(JSON.parse(out), {
      invitation: 'sennit1:AAAA',
      peer: 'b',
      id: 7,
      address: 'fd00::7/64',
      expires: '2030-01-01T00:00:00.000Z',
      links: [{ link: 0, address: '192.0.2.1', port: 20700 }],
    });
    await run(['invite', 'b', 'seconds', '9']);
    assert.equal(daemon.engine.invited.at(-1)?.seconds, 9);
  });

  it('is refused with what is wrong, exit code 1', async () => {
    const { code, out, err } = await run(['invite', 'b', 'minutes', '0']);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^sennit: Invalid input/);
    assert.equal((await run(['invite'])).code, 1);
    const mixed = await run(['invite', 'b', '-c', 'show version']);
    assert.equal(mixed.code, 2);
    assert.match(mixed.err, /can't be used together with -c/);
  });
});

describe('sennit join', () => {
  it('takes the string as a word or from standard input', async () => {
    for (const [args, input] of [
      [['join', STRING], ''],
      [['join'], `${STRING}\n`],
      [['join', '-'], `  ${STRING}  \n\n`],
    ] as const) {
      const { code, out, err } = await run(args, input);
      assert.deepEqual({ code, err }, { code: 0, err: '' });
      assert.equal(out, 'joined network lab as host 2; peer a is connected\n');
      assert.equal(daemon.engine.joinedWith.pop(), STRING);
    }
    assert.equal((await run(['-c', 'join'], `${STRING}\n`)).code, 0, 'as every command that asks');
    assert.equal(daemon.engine.joinedWith.pop(), STRING);
    const nothing = await run(['join'], '\n');
    assert.equal(nothing.code, 1);
    assert.match(nothing.err, /nothing was given/);
    assert.deepEqual(daemon.engine.joinedWith, []);
  });

  it('never shows the string again when it is refused', async () => {
    daemon.engine.refuseWith = 'the invitation was used already';
    try {
      for (const [args, input] of [
        [['join', STRING], ''],
        [['-c', `join ${STRING}`], ''],
        [[], `join ${STRING}\n`],
      ] as const) {
        const { code, out, err } = await run(args, input);
        assert.deepEqual([code, out], [1, '']);
        assert.match(err, /the invitation was used already\n$/);
        assert.ok(!err.includes(STRING.slice(0, 20)), err);
      }
    } finally {
      daemon.engine.refuseWith = null;
    }
  });

  for (const [how, ...words] of [
    ['as a word', 'join', STRING],
    ['in a command', '-c', `join ${STRING}`],
  ] as const) {
    it(`does not leave the string in its arguments, where everybody can read it: ${how}`, async () => {
      // A daemon that accepts and is silent keeps the shell there to be looked at.
      const path = join(daemon.directory, 'silent.sock');
      const server = createServer(() => undefined).listen(path);
      const accepted = once(server, 'connection');
      const child = spawn(process.execPath, [SHELL, '--socket', path, ...words], { stdio: 'ignore' });
      try {
        const [socket] = await accepted;
        await sleep(1);
        const shown = readFileSync(`/proc/${child.pid}/cmdline`, 'latin1');
        assert.match(shown, /^sennit join/);
        assert.ok(!shown.includes('Ab_-'), shown);
        socket.destroy();
      } finally {
        child.kill();
        server.close();
      }
    });
  }
});

describe('invitations', () => {
  it('are listed without their secret, and taken back', async () => {
    const { out } = await run(['-c', 'show invitations', '-c', 'show invitations | json', '-c', 'clear invitation b']);
    assert.match(
      out,
      /^Peer +Id +Address +State +Expires in\nb +2 +10\.1\.1\.2\/24 +open +1h00m\nc +3 +- +used +-\n\[/,
    );
    assert.equal((await run(['-c', 'clear invitation z'])).code, 1);
  });
});
