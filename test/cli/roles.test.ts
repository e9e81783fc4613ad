/** Who may do what over the control socket: by the kernel's word, for real processes of other users. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CommandSession } from '../../src/cli/session.js';
import { roleOf } from '../../src/control/roles.js';
import type { RpcServer } from '../../src/control/server.js';
import { startRpcServer } from '../../src/control/server.js';
import type { DaemonDouble } from './daemon-double.js';
import { startDaemonDouble } from './daemon-double.js';
import { EngineDouble } from './engine-double.js';

/** Ids that no host has. */
const USER = 54_000;
const ALL = 54_321;
const ADMINS = 54_322;

const REFUSAL = '% You may look but not change anything: join the group sennit-admin';

describe('roleOf', () => {
  const cases: [string, Parameters<typeof roleOf>, string][] = [
    ['root', [{ pid: 1, uid: 0, groups: [0] }, null], 'admin'],
    ["the daemon's own user", [{ pid: 1, uid: process.geteuid?.() ?? 0, groups: [] }, null], 'admin'],
    ['a member of the admins', [{ pid: 1, uid: USER, groups: [USER, ALL, ADMINS] }, ADMINS], 'admin'],
    ['whose primary group it is', [{ pid: 1, uid: USER, groups: [ADMINS] }, ADMINS], 'admin'],
    ['somebody else', [{ pid: 1, uid: USER, groups: [USER, ALL, 0] }, ADMINS], 'reader'],
    ['somebody where there is no such group', [{ pid: 1, uid: USER, groups: [ADMINS] }, null], 'reader'],
    ['somebody of whom the kernel tells nothing', [null, ADMINS], 'reader'],
  ];
  for (const [who, args, role] of cases) it(`${who} is ${role}`, () => assert.equal(roleOf(...args), role));
});

describe('a reader', () => {
  const engine = new EngineDouble();
  engine.config.hostname = 'h1';
  const session = new CommandSession(engine, { startupFile: '/nowhere', role: 'reader' });

  it('looks, and is refused the rest', async () => {
    for (const line of ['show version', 'show running-config', 'sh counters | json', 'end', '! remark']) {
      const { ok, prompt } = await session.run(line);
      assert.deepEqual([ok, prompt], [true, 'h1>'], line);
    }
    for (const line of [
      'configure terminal',
      'conf t',
      'write memory',
      'copy running-config startup-config',
      'clear mac-table',
      '  crypto key generate',
    ]) {
      const { ok, output, prompt, column } = await session.run(line);
      assert.deepEqual([ok, output, prompt, column], [false, REFUSAL, 'h1>', line.search(/\S/)], line);
    }
    assert.deepEqual([engine.applied.length, engine.macsCleared], [0, 0]);
    assert.equal((await session.run('exit')).closed, true);
  });

  it('finds in help and completion only what is for readers', () => {
    const first = session
      .help('')
      .split('\n')
      .map((row) => row.trim().split(' ')[0]);
    assert.deepEqual(first, ['show', 'monitor', 'ping', 'who', 'terminal', 'end', 'exit', 'quit', 'logout', 'no']);
    assert.deepEqual(session.complete('c'), { insert: '', candidates: [] });
    assert.deepEqual(session.complete('configure '), { insert: '', candidates: [] });
    assert.equal(session.complete('show ver').insert, 'sion ');
    const admin = new CommandSession(engine, { startupFile: '/nowhere' });
    assert.deepEqual(admin.complete('c').candidates, ['configure', 'copy', 'clear', 'crypto', 'capture']);
  });
});

/** Asks for a prompt and for a change, as a program of its own: the test's files need not be readable to it. */
const CLIENT = `
const socket = require('net').connect(process.argv[1]);
socket.on('error', (error) => console.log(error.code));
socket.on('connect', () => socket.end(['hello', 'run'].map((method, id) =>
  JSON.stringify({ id, method, line: 'configure terminal' }) + '\\n').join('')));
socket.pipe(process.stdout);
`;

/** Opens as many connections as a server takes, says so when each is served or refused, and keeps them. */
const CROWD = `
let settled = 0;
for (let i = 0; i < 64; i++) {
  const socket = require('net').connect(process.argv[1]);
  let open = true;
  const settle = () => { if (open) { open = false; if (++settled === 64) console.log('all'); } };
  socket.on('error', () => undefined).on('close', settle).on('data', settle);
  socket.write(JSON.stringify({ id: 1, method: 'hello' }) + '\\n');
}
process.stdin.on('data', () => undefined).on('end', () => process.exit());
`;

describe('the socket', { skip: process.getuid?.() === 0 ? false : 'needs root' }, () => {
  let daemon: DaemonDouble;
  let server: RpcServer;
  let path: string;
  before(async () => {
    daemon = await startDaemonDouble();
    chmodSync(daemon.directory, 0o711);
    path = join(daemon.directory, 'roles.sock');
    const { engine, startupFile } = daemon;
    server = await startRpcServer({ path, engine, startupFile, groups: { all: ALL, admins: ADMINS } });
  });
  after(async () => {
    await server.close();
    await daemon.stop();
  });

  async function ask(uid: number, gid: number, groups: number[]): Promise<string> {
    const who = [`--reuid=${uid}`, `--regid=${gid}`, groups.length > 0 ? `--groups=${groups}` : '--clear-groups'];
    return new Promise((resolve, reject) => {
      const args = [...who, process.execPath, '-e', CLIENT, path];
      execFile('setpriv', args, { cwd: '/' }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    });
  }

  it('belongs to the group', () => {
    const { uid, gid, mode } = statSync(path);
    assert.deepEqual([uid, gid, mode & 0o777], [0, ALL, 0o660]);
  });

  it('is never taken for what somebody who may write to its directory puts in its place', async (t) => {
    const other = join(daemon.directory, 'swapped.sock');
    const victim = join(daemon.directory, 'victim');
    writeFileSync(victim, '', { mode: 0o600 });
    const { listen } = Server.prototype;
    t.after(() => {
      Server.prototype.listen = listen;
    });
    Server.prototype.listen = function (this: Server, where: string, done: () => void) {
      return listen.call(this, where as never, () => {
        unlinkSync(other);
        symlinkSync(victim, other);
        done();
      });
    } as never;
    const { engine, startupFile } = daemon;
    const swapped = await startRpcServer({ path: other, engine, startupFile, groups: { all: ALL, admins: ADMINS } });
    await swapped.close();
    const { gid, mode } = statSync(victim);
    assert.deepEqual([gid, mode & 0o777], [0, 0o600]);
  });

  const ADMITTED: [string, [number, number, number[]], 'admin' | 'reader'][] = [
    ['root', [0, 0, []], 'admin'],
    ['a member of the group', [USER, USER, [ALL]], 'reader'],
    ['somebody whose primary group it is', [USER, ALL, []], 'reader'],
    ['a member of both groups', [USER, USER, [ALL, ADMINS]], 'admin'],
    ['a member whose primary group is that of the admins', [USER, ADMINS, [ALL]], 'admin'],
    ['a member of a thousand groups', [USER, USER, [ALL, ...Array.from({ length: 900 }, (_, i) => i + 1)]], 'reader'],
  ];
  for (const [who, identity, role] of ADMITTED) {
    it(`takes ${who} as ${role}`, async () => {
      const answer = await ask(...identity);
      assert.match(answer, role === 'admin' ? /"prompt":"h1#"/ : /"prompt":"h1>"/);
      assert.equal(answer.includes(REFUSAL), role === 'reader', answer);
    });
  }

  it('has room for an admin however many readers hold on to it', async () => {
    const who = [`--reuid=${USER}`, `--regid=${USER}`, `--groups=${ALL}`];
    const crowd = spawn('setpriv', [...who, process.execPath, '-e', CROWD, path], {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      await once(crowd.stdout, 'data');
      assert.match(await ask(0, 0, []), /"prompt":"h1#"/);
    } finally {
      crowd.stdin.end();
      await once(crowd, 'close');
    }
  });

  it('lets nobody else in', async () => {
    for (const groups of [[], [ADMINS]]) assert.equal(await ask(USER, USER, groups), 'EACCES\n');
  });
});
