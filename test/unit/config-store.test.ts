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
  it('is written whole, readable by owner and group only, and the one before is beside it', async () => {
    const path = join(directory, 'sennit.conf');
    await writeConfigFile(path, 'hostname a\n');
    await writeConfigFile(path, 'hostname b\n');
    assert.equal(await readConfigFile(path), 'hostname b\n');
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(directory), ['sennit.conf', 'sennit.conf.1']);
  });

  it('has the five before it beside it, of those that differ', async () => {
    const path = join(directory, 'sennit.conf');
    for (const text of ['ä0', 'ä1', 'ä1', 'ä2', 'ä3', 'ä4', 'ä5', 'ä6', 'ä6'])
      assert.equal(await writeConfigFile(path, text), null);
    const kept = [1, 2, 3, 4, 5].map((number) => readFileSync(`${path}.${number}`, 'utf8'));
    assert.deepEqual([readFileSync(path, 'utf8'), ...kept], ['ä6', 'ä5', 'ä4', 'ä3', 'ä2', 'ä1']);
    assert.equal(readdirSync(directory).length, 6);
    // A gap is filled, and nothing beyond it moves.
    rmSync(`${path}.2`);
    await writeConfigFile(path, 'ä7');
    assert.deepEqual(
      [1, 2, 3].map((number) => readFileSync(`${path}.${number}`, 'utf8')),
      ['ä6', 'ä5', 'ä3'],
    );
  });

  it('is written, too, where the one before cannot be kept, and it is said', async () => {
    const path = join(directory, 'sennit.conf');
    await writeConfigFile(path, 'old');
    for (const number of [1, 2, 3, 4, 5]) mkdirSync(`${path}.${number}/full`, { recursive: true });
    assert.match((await writeConfigFile(path, 'new')) ?? '', /sennit\.conf\.4/);
    assert.equal(readFileSync(path, 'utf8'), 'new');
  });

  it('does away with what a killed write left, and with nothing else', async () => {
    const path = join(directory, 'sennit.conf');
    const mine = `.sennit.conf.${process.pid}.0123abcd`;
    for (const name of ['.sennit.conf.4194305.0123abcd', mine, '.sennit.conf.swp'])
      writeFileSync(join(directory, name), 'x');
    await writeConfigFile(path, 'new');
    assert.deepEqual(readdirSync(directory).sort(), [mine, '.sennit.conf.swp', 'sennit.conf'].sort());
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
