/** Commands about keys, and the question for a secret: in a session, and in the shell as scripts use it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CommandSession } from '../../src/cli/session.js';
import type { DaemonDouble } from './daemon-double.js';
import { runShell, startDaemonDouble } from './daemon-double.js';
import { EngineDouble } from './engine-double.js';

const PSK = `${'B'.repeat(42)}A=`;
const ASKS = 'Pre-shared key (base64, 32 bytes): ';

describe('in a session', () => {
  let engine: EngineDouble;
  let session: CommandSession;
  beforeEach(() => {
    engine = new EngineDouble();
    engine.config.hostname = 'h1';
    engine.config.pskFile = '/p';
    session = new CommandSession(engine, { startupFile: '/none' });
  });

  it('a command asks, and the answer finishes it; in no answer is the secret', async () => {
    assert.deepEqual(await session.run('crypto psk enter'), { ok: true, output: '', ask: ASKS, prompt: 'h1#' });
    assert.deepEqual(await session.answer(PSK), { ok: true, output: 'Pre-shared key written to /p.', prompt: 'h1#' });
    assert.deepEqual(engine.keyActions, [`psk /p ${PSK}`]);
    await session.run('crypto psk enter');
    const refused = await session.answer('nonsense');
    assert.deepEqual(refused, { ok: false, output: '% what was typed does not hold a key', prompt: 'h1#' });
  });

  it('a question is answered once, and another line takes it back', async () => {
    await session.run('crypto psk enter');
    await session.run('show version');
    assert.deepEqual(await session.answer(PSK), { ok: false, output: '% nothing was asked', prompt: 'h1#' });
    await session.run('crypto psk enter');
    await session.answer(PSK);
    assert.equal((await session.answer(PSK)).ok, false);
    assert.equal(engine.keyActions.length, 1);
  });

  it('without a file it is refused before anything is typed; a new file is named', async () => {
    engine.config.pskFile = null;
    const refused = await session.run('crypto psk enter');
    assert.equal(refused.ask, undefined);
    assert.match(refused.output, /^% no file is configured/);
    assert.equal((await session.run('crypto psk enter file /new')).ask, ASKS);
    assert.match((await session.answer(PSK)).output, /written to \/new\.\n.*'crypto psk file \/new'/);
    assert.match((await session.run('crypto psk enter peer nobody')).output, /^% there is no peer nobody/);
  });

  it('works behind do, in any mode', async () => {
    await session.run('configure terminal');
    assert.equal((await session.run('do crypto psk enter')).ask, ASKS);
    assert.equal((await session.answer(PSK)).prompt, 'h1(config)#');
  });

  it('rekey, reload, next, roll and generate say what they did', async () => {
    for (const line of ['crypto rekey', 'crypto reload']) assert.equal((await session.run(line)).output, '');
    assert.deepEqual(engine.keyActions, ['rekey null', 'reload']);
    const next = await session.run('crypto key generate next');
    assert.match(next.output, /^Next private key in \S+\.next\nPublic key: AwAAA\S+\n.*'crypto key roll'/);
    engine.keyStatus = { ...engine.keyStatus, old: { publicKey: 'OLD=', secondsLeft: 3000 } };
    assert.match(
      (await session.run('crypto key roll')).output,
      /^AgAA\S+\nOld: {2}OLD=\n +\(answered to for another 50m00s\)\nInvitations that are open .*invite anew: b$/,
    );
    assert.match(
      (await session.run('crypto psk generate')).output,
      /^New pre-shared key in \/etc\/sennit\/network\.psk\./,
    );
  });

  it('show crypto key: the first line is the key; as data all three', async () => {
    engine.keyStatus = { publicKey: 'KEY=', next: 'NEXT=', old: null };
    assert.match((await session.run('show crypto key')).output, /^KEY=\nNext: NEXT=\n +\('crypto key roll'/);
    const { output } = await session.run('show crypto key | json');
    assert.deepEqual(JSON.parse(output), engine.keyStatus);
  });
});

describe('in scripts', () => {
  let daemon: DaemonDouble;
  beforeEach(async () => {
    daemon = await startDaemonDouble();
    daemon.engine.config.pskFile = '/p';
  });
  afterEach(() => daemon.stop());
  const run = (args: readonly string[], input = '') => runShell(['--socket', daemon.socket, ...args], input);

  it('the answer is the next line of standard input', async () => {
    const { code, out, err } = await run([], `crypto psk enter\n${PSK}\nshow crypto key\n`);
    assert.deepEqual({ code, err }, { code: 0, err: '' });
    assert.match(out, /^Pre-shared key written to \/p\.\nAgAA/);
    assert.deepEqual(daemon.engine.keyActions, [`psk /p ${PSK}`]);
  });

  it('of a file: the next line of the file; of -c: a line of standard input, not an argument', async () => {
    const file = join(daemon.directory, 'lines');
    writeFileSync(file, `crypto psk enter\n${PSK}\n`);
    assert.equal((await run(['-f', file])).code, 0);
    assert.equal((await run(['-c', 'crypto psk enter', '-c', 'show version'], `${PSK}\n`)).code, 0);
    assert.deepEqual(daemon.engine.keyActions, [`psk /p ${PSK}`, `psk /p ${PSK}`]);
  });

  it('a refused secret, or none: exit code 1, and the secret is not in the message', async () => {
    const wrong = await run([], 'crypto psk enter\nverysecret\n');
    assert.equal(wrong.code, 1);
    assert.equal(wrong.err, 'line 1: % what was typed does not hold a key\n');
    for (const none of [await run([], 'crypto psk enter\n'), await run(['-c', 'crypto psk enter'])]) {
      assert.equal(none.code, 1);
      assert.match(none.err, /% It asks for a secret/);
    }
  });
});
