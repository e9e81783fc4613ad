/** What of the state directory becomes the property of the user of `--user`. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { handOver } from '../../src/daemon/run-as.js';

const root = mkdtempSync(join(tmpdir(), 'sennit-hand-over-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** That no host has. */
const USER = 54_000;

describe('the state directory', { skip: process.getuid?.() === 0 ? false : 'needs root' }, () => {
  it('goes over with the files that lie in it, and with nothing else', async () => {
    const directory = join(root, 'state');
    const at = (name: string): string => join(directory, name);
    mkdirSync(at('below'), { recursive: true });
    for (const name of [join(root, 'elsewhere'), at('stamps'), at('below/file')]) writeFileSync(name, '');
    linkSync(join(root, 'elsewhere'), at('stamps.damaged'));
    symlinkSync(join(root, 'elsewhere'), at('soft'));
    execFileSync('mkfifo', [at('pipe')]);
    await handOver(directory, USER);
    await handOver(join(root, 'nothing'), USER);
    const owner = (path: string): number => lstatSync(path).uid;
    assert.deepEqual([owner(directory), owner(at('stamps'))], [USER, USER]);
    for (const name of ['stamps.damaged', 'soft', 'pipe', 'below', 'below/file'])
      assert.equal(owner(at(name)), 0, name);
    assert.equal(owner(join(root, 'elsewhere')), 0);
  });

  it('with a file that is no state in it is refused, and stays as it was', async () => {
    const directory = join(root, 'etc');
    mkdirSync(directory);
    for (const name of ['stamps', 'private.key']) writeFileSync(join(directory, name), '');
    await assert.rejects(handOver(directory, USER), /private\.key is no state of Sennit: --state/);
    for (const name of ['.', 'stamps', 'private.key']) assert.equal(lstatSync(join(directory, name)).uid, 0, name);
  });
});
