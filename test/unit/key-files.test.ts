/** Key files: whole or not there, never over another, for the owner alone; and a roll that may stop anywhere. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  createNextKey,
  nextFile,
  oldFile,
  readHostKeys,
  removeOldKey,
  rollHostKey,
  rollSteps,
} from '../../src/daemon/host-keys.js';
import { createKeyFile, parseKey, readKeyFile, readKeyFileIfAny, replaceKeyFile } from '../../src/daemon/key-files.js';

const HOUR = 3_600_000;
const root = process.getuid?.() === 0;
const text = (key: Uint8Array | undefined | null): string => Buffer.from(key ?? []).toString('base64');

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sennit-keys-'));
  path = join(directory, 'private.key');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a key file', () => {
  it('is made with mode 0600, read back, and leaves nothing else in the directory', () => {
    const key = createKeyFile(path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(text(readKeyFile(path, 'private key')), text(key));
    assert.deepEqual(readdirSync(directory), ['private.key']);
  });

  it('is never made over another, and the refusal leaves it as it was', () => {
    const key = createKeyFile(path);
    assert.throws(() => createKeyFile(path), /exists already: a key is never overwritten/);
    assert.equal(text(readKeyFile(path, 'private key')), text(key));
    assert.deepEqual(readdirSync(directory), ['private.key']);
  });

  it('is replaced whole', () => {
    createKeyFile(path);
    const key = new Uint8Array(32).fill(3);
    replaceKeyFile(path, key);
    assert.equal(text(readKeyFile(path, 'pre-shared key')), text(key));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(directory), ['private.key']);
  });

  it('that others can read, or of another owner, is refused', { skip: root ? false : 'needs root' }, () => {
    createKeyFile(path);
    chmodSync(path, 0o640);
    assert.throws(() => readKeyFile(path, 'private key'), /can be read by others: chmod 600/);
    chmodSync(path, 0o600);
    chownSync(path, 4321, 4321);
    assert.throws(() => readKeyFile(path, 'private key'), /belongs to another user: chown root/);
  });

  it('that holds no key is refused, and the content is not in the message', () => {
    const secret = `${'A'.repeat(41)}==x`;
    writeFileSync(path, secret, { mode: 0o600 });
    assert.throws(
      () => readKeyFile(path, 'pre-shared key'),
      (error: Error) => /does not hold a key/.test(error.message) && !error.message.includes('AAAA'),
    );
    assert.throws(() => parseKey('AAAA', 'what was typed'), /^\S*Error: what was typed does not hold a key/);
    assert.equal(readKeyFileIfAny(join(directory, 'none'), 'private key'), null);
    assert.throws(() => readKeyFile(join(directory, 'none'), 'private key'), /crypto key generate/);
  });

  it('counts as it was read when it can not be read again; strictly it does not', {
    skip: root ? false : 'needs root',
  }, () => {
    const key = createKeyFile(path);
    readKeyFile(path, 'private key');
    chmodSync(directory, 0o700);
    process.seteuid?.(4321);
    try {
      assert.equal(text(readKeyFile(path, 'private key')), text(key));
      assert.throws(() => readKeyFile(path, 'private key', true), /permission denied/);
      assert.throws(() => readKeyFile(join(directory, 'other'), 'private key'), /permission denied/);
      assert.equal(text(readHostKeys(path, HOUR, Date.now())?.current), text(key));
    } finally {
      process.seteuid?.(0);
    }
  });
});

describe('a roll', () => {
  it('brings the next key; the old one counts for the overlap, then its file goes', () => {
    const first = createKeyFile(path);
    assert.throws(() => rollHostKey(path, Date.now()), /crypto key generate next/);
    const second = createNextKey(path);
    assert.throws(() => createNextKey(path), /never overwritten/);
    assert.deepEqual([text(readHostKeys(path, HOUR, Date.now())?.next)], [text(second)]);
    const now = Date.now();
    rollHostKey(path, now);
    const keys = readHostKeys(path, HOUR, now);
    assert.deepEqual([text(keys?.current), keys?.next, text(keys?.old?.key)], [text(second), null, text(first)]);
    assert.ok(Math.abs((keys?.old?.until ?? 0) - (now + HOUR)) < 5);
    assert.equal(readHostKeys(path, HOUR, now + HOUR + 5)?.old, null);
    assert.equal(readHostKeys(path, 0, now + 5)?.old, null, 'without overlap it counts no more');
    removeOldKey(path);
    assert.deepEqual(readdirSync(directory), ['private.key']);
  });

  it('that stops after any of its steps leaves a good set of keys, and can be done again', () => {
    const steps = rollSteps(path, 0).length;
    for (let done = 0; done <= steps; done++) {
      const first = createKeyFile(path);
      const second = createNextKey(path);
      const now = Date.now();
      for (const step of rollSteps(path, now).slice(0, done)) step();
      const keys = readHostKeys(path, HOUR, now);
      assert.ok(keys, `after ${done} steps`);
      const rolled = text(keys.current) === text(second);
      if (rolled) assert.equal(text(keys.old?.key), text(first), `after ${done} steps`);
      else {
        assert.equal(text(keys.current), text(first), `after ${done} steps`);
        assert.equal(text(keys.next), text(second), `after ${done} steps`);
        rollHostKey(path, now);
        assert.equal(text(readHostKeys(path, HOUR, now)?.old?.key), text(first), `rolled again after ${done} steps`);
      }
      assert.equal(text(readHostKeys(path, HOUR, now)?.current), text(second));
      assert.deepEqual(readdirSync(directory).sort(), ['private.key', 'private.key.old'], `after ${done} steps`);
      rmSync(path);
      rmSync(oldFile(path));
    }
  });

  it('never touches a second name of the key', () => {
    const first = createKeyFile(path);
    const copy = join(directory, 'backup');
    linkSync(path, copy);
    createNextKey(path);
    rollHostKey(path, Date.now());
    assert.equal(readFileSync(copy, 'latin1').trim(), text(first));
    assert.equal(statSync(nextFile(path), { throwIfNoEntry: false }), undefined);
  });
});
