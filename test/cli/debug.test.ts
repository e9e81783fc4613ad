import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandSession } from '../../src/cli/session.js';
import { newInterface, newPeer } from '../../src/config/model.js';
import { EngineDouble } from './engine-double.js';

function stage(): CommandSession {
  const engine = new EngineDouble();
  const tap = newInterface('t0');
  tap.peers.set('b', newPeer('b', 2));
  engine.config.interface = tap;
  return new CommandSession(engine, { startupFile: '/nowhere' });
}

test('debug, undebug, no debug and show debugging', async () => {
  const session = stage();
  const run = async (line: string): Promise<string> => (await session.run(line)).output;
  const rows = async (): Promise<unknown> =>
    (JSON.parse(await run('show debugging | json')) as { topic: string; peers: string[] }[]).map(({ topic, peers }) => [
      topic,
      ...peers,
    ]);
  assert.equal(await run('show debugging'), 'Nothing is debugged.');
  assert.match(await run('debug links peer b'), /^Topic +Lines.*\nlinks +0 +0 +b\n.*terminal monitor/);
  await run('terminal monitor');
  assert.doesNotMatch(await run('debug switch'), /terminal monitor/);
  assert.deepEqual(await rows(), [['links', 'b'], ['switch']]);
  assert.match(await run('undebug switch peer b'), /on for all peers/);
  assert.match(await run('debug links peer nobody'), /no peer nobody/);
  await run('no debug switch');
  await run('undebug links peer b');
  assert.deepEqual(await rows(), []);
  await run('debug all');
  assert.equal(((await rows()) as unknown[]).length, 5);
  assert.equal(await run('undebug all'), 'Nothing is debugged.');
  await run('debug mtu');
  assert.equal(await run('no debug'), 'Nothing is debugged.');
});
