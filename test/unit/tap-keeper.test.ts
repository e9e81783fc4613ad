/** What the service manager is told of the TAP that it holds. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { TapKeeper } from '../../src/daemon/tap-keeper.js';
import type { ServiceManager } from '../../src/io/service-manager.js';

test('an interface that can not be made does not cost the present one its place with the service manager', () => {
  const told: string[] = [];
  const manager = {
    keep: (name: string, fd: number) => told.push(`keep ${name} ${fd}`),
    release: (name: string) => told.push(`release ${name}`),
  };
  const keeper = new TapKeeper(manager as unknown as ServiceManager, {});
  keeper.hold(7);
  assert.throws(() => keeper.open('lo', true), /the name is taken/);
  assert.deepEqual(told, ['keep tap 7']);
  keeper.hold(null);
  assert.deepEqual(told, ['keep tap 7', 'release tap']);
});

/** Descriptor 3 is no TAP; the configuration has no interface. */
const SETTLING = `
  import { fstatSync } from 'node:fs';
  const { TapKeeper } = await import(process.argv[1]);
  const told = [];
  const manager = { keep: (name) => told.push('keep ' + name), release: (name) => told.push('release ' + name) };
  const given = { LISTEN_PID: String(process.pid), LISTEN_FDS: '1', LISTEN_FDNAMES: 'tap' };
  fstatSync(3);
  new TapKeeper(manager, given).settle();
  try {
    fstatSync(3);
    told.push('open still');
  } catch (error) {
    told.push(error.code);
  }
  console.log(told.join());
`;

test('a descriptor whose TAP was deleted meanwhile is closed, and let go of by the service manager', () => {
  const module = new URL('../../src/daemon/tap-keeper.js', import.meta.url).href;
  const args = ['--input-type=module', '--eval', SETTLING, module];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', 'ignore'],
  });
  assert.equal(stdout, 'release tap,EBADF\n', stderr);
});
