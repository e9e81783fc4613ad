/** Key files: what is a key is read as it stands, all else is refused in words, whatever is there. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../../../src/control/engine.js';
import { type KeyKind, readKeyFile } from '../../../src/daemon/key-files.js';
import type { Random } from '../../sim/random.js';
import { mutate } from '../mutate.js';
import type { Target } from '../target.js';

const KINDS: readonly KeyKind[] = ['private key', 'pre-shared key'];

let directory: string | null = null;

export const keyFiles: Target = {
  name: 'key-files',
  life: 1000,
  quick: 300,

  begin() {
    if (directory !== null) return;
    directory = mkdtempSync(join(tmpdir(), 'sennit-fuzz-'));
    process.once('exit', () => rmSync(directory!, { recursive: true, force: true }));
  },

  run(random, note) {
    const bytes = content(random);
    note(bytes);
    const path = join(directory!, 'key');
    const mode = random.chance(0.9) ? 0o600 : random.int(0, 0o777);
    writeFileSync(path, bytes);
    chmodSync(path, mode);
    const expected = (mode & 0o077) === 0 ? keyIn(bytes) : null;
    let key: Uint8Array | null = null;
    try {
      key = readKeyFile(path, random.pick(KINDS));
    } catch (error) {
      assert.ok(error instanceof EngineError, `${error}`);
      // Not even a wrong key is repeated: it may be one that was damaged.
      const text = Buffer.from(bytes).toString('latin1').trim();
      assert.ok(text.length < 20 || !error.message.includes(text));
    }
    chmodSync(path, 0o600);
    assert.deepEqual(key, expected);
  },
};

function content(random: Random): Uint8Array {
  const text = Buffer.from(`${Buffer.from(random.bytes(random.pick([32, 32, 32, 31, 33, 0]))).toString('base64')}\n`);
  return random.chance(0.2) ? new Uint8Array(text) : mutate(random, new Uint8Array(text));
}

/** One line of base64, 44 characters with one sign of padding; white space around it does not count. */
function keyIn(bytes: Uint8Array): Uint8Array | null {
  const text = Buffer.from(bytes).toString('latin1').trim();
  if (!/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text)) return null;
  return new Uint8Array(Buffer.from(text, 'base64'));
}
