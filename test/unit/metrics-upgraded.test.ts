/** `metrics listen` in a daemon whose program was replaced on the disk while it runs, as a package does before it restarts it. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { EngineDouble } from '../cli/engine-double.js';
import { ask, freePort } from './http.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The program's own files, another time, so that one can be taken away. */
function installed(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sennit-upgraded-'));
  for (const part of ['package.json', 'dist/src']) cpSync(join(ROOT, part), join(directory, part), { recursive: true });
  return directory;
}

test('is refused with what to do when a part that is loaded late is not there any more, and nothing listens', async (t) => {
  const program = installed();
  t.after(() => rmSync(program, { recursive: true }));
  const { Listener } = (await import(
    pathToFileURL(join(program, 'dist/src/metrics/listener.js')).href
  )) as typeof import('../../src/metrics/listener.js');
  const engine = new EngineDouble();
  const faults: unknown[] = [];
  const listener = new Listener(engine, (error) => faults.push(error));
  t.after(() => listener.close());
  rmSync(join(program, 'dist/src/metrics/exposition.js'));
  const at = { address: '127.0.0.1', port: await freePort() };
  // Another copy of the class: only its name is the same.
  await assert.rejects(listener.change({ ...engine.config, metrics: at }), (error: Error) => {
    assert.equal(error.constructor.name, 'EngineError');
    assert.equal(error.message, 'metrics listen: the program was upgraded since it was started: restart sennitd first');
    return true;
  });
  await assert.rejects(ask(at, '/healthz'));
  // Other lines, which leave the listener as it is, still pass.
  await listener.change(engine.config);
  assert.deepEqual(faults, []);
});
