/** A state directory belongs to one daemon at a time. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { SENNITD } from '../../lab/daemon.js';
import { EngineError } from '../../src/control/engine.js';
import { isStateFile } from '../../src/daemon/state-file.js';
import { lockState } from '../../src/daemon/state-lock.js';

const root = mkdtempSync(join(tmpdir(), 'sennit-state-lock-'));
after(() => rmSync(root, { recursive: true }));

it('is refused to a second one until the first has ended', () => {
  const directory = join(root, 'a', 'state');
  const release = lockState(directory);
  assert.throws(
    () => lockState(directory),
    (error) => error instanceof EngineError && /another daemon has the state directory .*--state/.test(error.message),
  );
  lockState(join(root, 'a', 'other'))();
  release();
  lockState(directory)();
  assert.ok(isStateFile('lock'));
});

it('keeps sennitd from starting, before anything is made', () => {
  const directory = join(root, 'b');
  const [config, socket] = [join(root, 'b.conf'), join(root, 'b.sock')];
  writeFileSync(config, 'hostname b\n');
  const release = lockState(directory);
  const places = ['--config', config, '--socket', socket, '--state', directory];
  const { status, stderr } = spawnSync(process.execPath, [SENNITD, ...places], { encoding: 'utf8', timeout: 60_000 });
  release();
  assert.equal(status, 1, stderr);
  assert.match(stderr, /^sennitd: another daemon has the state directory .*b: stop that one/m);
  assert.ok(!existsSync(socket));
});

it('is not what keeps a daemon from starting where no lock can be', () => {
  writeFileSync(join(root, 'file'), '');
  lockState(join(root, 'file'))();
  const directory = join(root, 'c');
  mkdirSync(directory);
  symlinkSync(join(root, 'elsewhere'), join(directory, 'lock'));
  lockState(directory)();
  assert.ok(!existsSync(join(root, 'elsewhere')), 'no link is followed');
});
