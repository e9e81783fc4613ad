/** What the service manager is told of the TAP that it holds. */
import assert from 'node:assert/strict';
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
