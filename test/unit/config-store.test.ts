/** The configuration file on disk. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readConfigFile, StoreError, writeConfigFile } from '../../src/config/store.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sennit-store-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the configuration file', () => {
  it('is written whole, readable by owner and group only, and leaves nothing beside it', async () => {
    const path = join(directory, 'sennit.conf');
    await writeConfigFile(path, 'hostname a\n');
    await writeConfigFile(path, 'hostname b\n');
    assert.equal(await readConfigFile(path), 'hostname b\n');
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(directory), ['sennit.conf']);
  });

  it('keeps a symbolic link and replaces its target', async () => {
    const target = join(directory, 'real.conf');
    const path = join(directory, 'sennit.conf');
    writeFileSync(target, 'old');
    symlinkSync(target, path);
    await writeConfigFile(path, 'new');
    assert.ok(lstatSync(path).isSymbolicLink());
    assert.equal(readFileSync(target, 'utf8'), 'new');
  });

  it('leaves the old file and nothing else when writing fails', async () => {
    const path = join(directory, 'sennit.conf');
    mkdirSync(path);
    chmodSync(path, 0o755);
    await assert.rejects(writeConfigFile(path, 'x'), StoreError);
    assert.deepEqual(readdirSync(directory), ['sennit.conf']);
    await assert.rejects(writeConfigFile(join(directory, 'none', 'x'), 'x'), /no such file or directory/);
  });

  it('says why it cannot be read', async () => {
    const path = join(directory, 'sennit.conf');
    await assert.rejects(readConfigFile(path), { code: 'ENOENT' });
    writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00]));
    await assert.rejects(readConfigFile(path), /not UTF-8/);
  });
});
