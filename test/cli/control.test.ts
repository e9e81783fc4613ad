/** The control socket: stale and foreign files, malformed requests, shells that misbehave. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CommandSession } from '../../src/cli/session.js';
import { ControlClient, ControlError } from '../../src/control/client.js';
import { LineSplitter } from '../../src/control/line-splitter.js';
import { startRpcServer } from '../../src/control/server.js';
import { VERSION } from '../../src/version.js';
import type { DaemonDouble } from './daemon-double.js';
import { heldChange, startDaemonDouble } from './daemon-double.js';

let daemon: DaemonDouble;
let edits: CommandSession;
beforeEach(async () => {
  daemon = await startDaemonDouble();
  edits = new CommandSession(daemon.engine, { startupFile: daemon.startupFile });
});
afterEach(() => daemon.stop());

const serve = (path: string) => startRpcServer({ path, engine: daemon.engine, startupFile: daemon.startupFile });

/** Sends bytes and reads whole lines until `count` have come or the connection ends. */
async function exchange(bytes: string | Buffer, count: number): Promise<unknown[]> {
  const socket = connect(daemon.socket);
  const answers: unknown[] = [];
  const splitter = new LineSplitter(1 << 20);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    for (const line of splitter.push(chunk) ?? []) answers.push(JSON.parse(line));
    if (answers.length >= count) socket.end();
  });
  socket.write(bytes);
  await once(socket, 'close');
  return answers;
}

describe('the socket', () => {
  it('is open to owner and group only, and goes with the server', async () => {
    assert.equal(statSync(daemon.socket).mode & 0o777, 0o660);
    const path = join(daemon.directory, 'new', 'other.sock');
    const server = await serve(path);
    await server.close();
    assert.ok(!existsSync(path));
  });

  it('is taken over from a daemon that was killed', async () => {
    const path = join(daemon.directory, 'stale.sock');
    const child = spawn(process.execPath, [
      '-e',
      "require('net').createServer().listen(process.argv[1],()=>console.log('up'))",
      path,
    ]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    assert.ok(existsSync(path));
    const server = await serve(path);
    const client = await ControlClient.connect(path);
    assert.equal((await client.call('hello')).version, VERSION);
    client.close();
    await server.close();
  });

  it('is not taken from a daemon that answers, nor is a file that is no socket', async () => {
    await assert.rejects(serve(daemon.socket), /another daemon answers/);
    const path = join(daemon.directory, 'file');
    writeFileSync(path, 'precious');
    await assert.rejects(serve(path), /is not a socket/);
    await assert.rejects(serve(`/tmp/${'x'.repeat(120)}`), /longer than 107 bytes/);
    await assert.rejects(serve(join(path, 'x')), /can't make the socket/);
    const client = await ControlClient.connect(daemon.socket);
    assert.equal((await client.call('hello')).prompt, 'h1#');
    client.close();
  });
});

describe('requests', () => {
  it('are answered in order, malformed ones with an error', async () => {
    const lines = [
      'nonsense',
      '[]',
      'null',
      '{}',
      '{"id":"1","method":"run"}',
      '{"id":1,"method":"steal"}',
      '{"id":2,"method":"__proto__"}',
      '{"id":3,"method":"run","line":7}',
      '\u0000',
      '',
      '{"id":4,"method":"help","line":"show crypto "}',
      '{"id":5,"method":"complete","line":"sho"}',
    ];
    const answers = (await exchange(`${lines.join('\n')}\n`, lines.length)) as {
      id: number | null;
      error?: string;
      result?: unknown;
    }[];
    assert.deepEqual(
      answers.map(({ id }) => id),
      [null, null, null, null, null, 1, 2, 3, null, null, 4, 5],
    );
    for (const { id, error } of answers) assert.equal(error === undefined, id === 4 || id === 5);
    assert.deepEqual(answers.at(-1)?.result, { insert: 'w ', candidates: ['show'] });
  });

  it('that are too long end the connection, and only that', async () => {
    const answers = await exchange(Buffer.alloc(200_000, 0x61), 2);
    assert.deepEqual(answers.length <= 1, true);
    const client = await ControlClient.connect(daemon.socket);
    assert.ok((await client.call('run', 'show version')).ok);
    client.close();
  });

  it('may come in any pieces', async () => {
    const request = Buffer.from('{"id":1,"method":"run","line":"! \u00e4\u20ac"}\n{"id":2,"method":"hello"}\n');
    const socket = connect(daemon.socket);
    let received = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text;
      if (received.split('\n').length > 2) socket.end();
    });
    await once(socket, 'connect');
    for (const byte of request) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await once(socket, 'close');
    assert.deepEqual(
      received
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id),
      [1, 2],
    );
  });

  it('of a shell that does not read its answers do not pile up, and others are served', async () => {
    let asked = 0;
    const version = daemon.engine.version.bind(daemon.engine);
    daemon.engine.version = () => {
      asked++;
      return version();
    };
    const slow = connect(daemon.socket);
    slow.pause();
    slow.on('error', () => undefined);
    await once(slow, 'connect');
    const flood = 20_000;
    slow.write('{"id":1,"method":"run","line":"show version | json"}\n'.repeat(flood));
    const client = await ControlClient.connect(daemon.socket);
    for (let i = 0; i < 300; i++) assert.ok((await client.call('run', 'show crypto key')).ok);
    assert.ok(asked > 0 && asked < flood / 2, `${asked} of ${flood} were answered into the void`);
    client.close();
    slow.destroy();
  });

  it('of a shell that vanishes in the middle of a command end with it', async () => {
    const { begun, finish } = heldChange(daemon.engine);
    const socket: Socket = connect(daemon.socket);
    socket.write(
      '{"id":1,"method":"run","line":"configure terminal"}\n{"id":2,"method":"run","line":"hostname gone"}\n',
    );
    await begun;
    socket.destroy();
    await once(socket, 'close');
    finish();
    const client = await ControlClient.connect(daemon.socket);
    await client.call('run', 'configure terminal');
    assert.equal((await client.call('run', 'network after')).prompt, 'gone(config)#');
    client.close();
  });

  it('of a shell that vanishes in the middle of a drill end the drill', async () => {
    for (const line of ['configure terminal', 'interface t0', 'peer b id 2', 'link 0'])
      assert.ok((await edits.run(line)).ok);
    daemon.engine.drillEnds = new Promise(() => undefined);
    const socket: Socket = connect(daemon.socket);
    socket.write('{"id":1,"method":"run","line":"test failover peer b link 0"}\n');
    while (daemon.engine.drills.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const gone = daemon.engine.drills[0]?.gone as AbortSignal;
    assert.ok(!gone.aborted);
    socket.destroy();
    if (!gone.aborted) await once(gone, 'abort');
  });

  it('that come in while a drill goes on are answered after it, in order', async () => {
    for (const line of ['configure terminal', 'interface t0', 'peer b id 2', 'link 0'])
      assert.ok((await edits.run(line)).ok);
    let finish: () => void = () => undefined;
    daemon.engine.drillEnds = new Promise((resolve) => (finish = resolve));
    const client = await ControlClient.connect(daemon.socket);
    const order: string[] = [];
    const first = client.call('run', 'test failover peer b link 0').then(({ ok }) => order.push(`drill ${ok}`));
    while (daemon.engine.drills.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const rest = ['show version', 'show peers'].map(async (line) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push(`${line} ${(await client.call('run', line)).ok}`);
    });
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.deepEqual(order, []);
    finish();
    await Promise.all([first, ...rest]);
    assert.deepEqual(order, ['drill true', 'show version true', 'show peers true']);
    client.close();
  });
});

describe('the client', () => {
  it('says when the daemon goes away', async () => {
    const client = await ControlClient.connect(daemon.socket);
    const closed = new Promise<Error>((resolve) => {
      client.onClose = resolve;
    });
    await client.call('hello');
    await daemon.stop();
    const error = await closed;
    assert.ok(error instanceof ControlError && /closed the connection/.test(error.message), error.message);
    await assert.rejects(client.call('hello'), ControlError);
  });
});
