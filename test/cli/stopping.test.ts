/** A daemon that ends: every command that a shell has under way is done and answered, or refused and not begun. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, it } from 'node:test';
import { CommandQueue } from '../../src/cli/queue.js';
import { ControlClient } from '../../src/control/client.js';
import type { DaemonDouble } from './daemon-double.js';
import { startDaemonDouble } from './daemon-double.js';

const REFUSED = /^% The daemon is stopping: this was not done$/i;

let daemon: DaemonDouble;
const clients: ControlClient[] = [];
beforeEach(async () => {
  daemon = await startDaemonDouble(60_000);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await daemon.stop();
});

async function shell(...lines: string[]): Promise<ControlClient> {
  const client = await ControlClient.connect(daemon.socket);
  clients.push(client);
  for (const line of lines) assert.ok((await client.call('run', line)).ok, line);
  return client;
}

/** The next change waits within the engine. @returns when it does, and how to let it go on */
function hold(): { begun: Promise<void>; release: () => void } {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    daemon.engine.beforeApply = () => {
      resolve();
      return released;
    };
  });
  return { begun, release };
}

it('finishes the change that it works on, and refuses those that wait their turn', async () => {
  const [first, second, third] = [
    await shell('configure terminal'),
    await shell('configure terminal'),
    await shell('configure terminal', 'exit'),
  ];
  const { begun, release } = hold();
  const done = first.call('run', 'hostname done');
  await begun;
  const [change, save] = [second.call('run', 'hostname never'), third.call('run', 'write memory')];
  // Both are in the queue when their connections are read: a question on the same way round tells.
  await shell('show version');
  const stopped = daemon.disconnect();
  release();
  assert.equal((await done).ok, true);
  for (const waiting of [change, save]) {
    const { ok, output } = await waiting;
    assert.deepEqual([ok, REFUSED.test(output)], [false, true], output);
  }
  await stopped;
  assert.equal(daemon.engine.config.hostname, 'done');
  assert.ok(!existsSync(daemon.startupFile), 'a save that had not begun was not begun');
});

it('refuses the lines behind the one that it works on', async () => {
  const client = await shell('configure terminal');
  const { begun, release } = hold();
  const done = client.call('run', 'hostname done');
  const behind = ['hostname never', 'end', 'write memory'].map((line) => client.call('run', line));
  await begun;
  const stopped = daemon.disconnect();
  release();
  assert.equal((await done).ok, true);
  for (const { ok, output } of await Promise.all(behind)) {
    assert.equal(ok, false);
    assert.match(output, REFUSED);
  }
  await stopped;
  assert.equal(daemon.engine.config.hostname, 'done');
});

it('finishes a save that has begun', async () => {
  const client = await shell();
  const saved = client.call('run', 'write memory');
  const { mayBeSaved } = daemon.engine.commits;
  const begun = new Promise<void>((resolve) => {
    daemon.engine.commits.mayBeSaved = () => {
      mayBeSaved.call(daemon.engine.commits);
      resolve();
    };
  });
  await begun;
  await daemon.disconnect();
  assert.deepEqual([(await saved).ok, (await saved).output], [true, `Saved to ${daemon.startupFile}`]);
  assert.match(readFileSync(daemon.startupFile, 'utf8'), /^hostname h1$/m);
});

it('says of what does not end in time that it did not', async () => {
  await daemon.stop();
  daemon = await startDaemonDouble(50);
  const client = await shell('configure terminal');
  const { begun } = hold();
  const pending = client.call('run', 'hostname x');
  await begun;
  await daemon.disconnect();
  const { ok, output } = await pending;
  assert.equal(ok, false);
  assert.match(output, /^% The daemon ends before this was finished/);
});

it('ends a drill, and answers what it found', async () => {
  const client = await shell('configure terminal', 'interface t0', 'peer b id 2', 'link 0', 'end');
  daemon.engine.drillEnds = new Promise(() => undefined);
  const drill = client.call('run', 'test failover peer b link 0');
  while (daemon.engine.drills.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await daemon.disconnect();
  assert.equal((await drill).ok, true);
});

it('a queue that has ended begins nothing, and waits for what it has begun', async () => {
  const queue = new CommandQueue();
  const order: string[] = [];
  let release: () => void = () => undefined;
  const running = queue.run(() => new Promise<void>((resolve) => (release = resolve)));
  const waiting = queue.run(async () => void order.push('never'));
  await Promise.resolve();
  const ended = queue.end(new Error('no more')).then(() => order.push('ended'));
  release();
  await running;
  await assert.rejects(waiting, /no more/);
  await ended;
  await assert.rejects(
    queue.run(async () => undefined),
    /no more/,
  );
  assert.deepEqual(order, ['ended']);
});
