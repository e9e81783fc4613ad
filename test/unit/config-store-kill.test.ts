/** The configuration file when its writer is killed, and when the disk is full. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const WRITER = fileURLToPath(new URL('store-writer.js', import.meta.url));
/** More than one write(2) takes to get it half done. */
const BYTES = 300_000;

/** How many writers are killed. */
const KILLS = Number(process.env.SENNIT_KILLS ?? 20);

function assertWhole(path: string): void {
  const text = readFileSync(path, 'utf8');
  const line = text.slice(0, text.indexOf('\n') + 1);
  assert.equal(text, line.repeat(Math.ceil(BYTES / line.length)), `${path} is not whole`);
}

it('is whole, the old one or the new one, whenever its writer is killed; so are those before it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sennit-kill-'));
  const path = join(directory, 'sennit.conf');
  try {
    for (let round = 0; round < KILLS; round++) {
      const writer = spawn(process.execPath, [WRITER, path, String(BYTES)], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(writer.stdout, 'data');
      await sleep(Math.random() * 30);
      const ended = once(writer, 'exit');
      writer.kill('SIGKILL');
      assert.deepEqual(await ended, [null, 'SIGKILL']);
      const names = readdirSync(directory);
      assert.ok(names.includes('sennit.conf'));
      for (const name of names) if (!name.startsWith('.')) assertWhole(join(directory, name));
      // What the killed ones were at does not pile up.
      assert.ok(names.filter((name) => name.startsWith('.')).length <= 1, names.join(' '));
    }
    // The last one may have been killed while they moved on by one.
    assert.ok(readdirSync(directory).filter((name) => /\.[1-5]$/.test(name)).length >= 4);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

/** In a mount namespace of its own: a disk of 256 KiB, and a program that saves more and more. */
const FULL = `
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
const { writeConfigFile } = await import(process.argv[1]);
const path = process.argv[2] + '/sennit.conf';
const texts = ['a', 'b'].map((letter) => letter.repeat(60_000));
await writeConfigFile(path, texts[0]);
await writeConfigFile(path, texts[1]);
const said = await writeConfigFile(path, 'c'.repeat(300_000)).then(() => 'saved', (error) => error.message);
const same = readFileSync(path, 'utf8') === texts[1] && readFileSync(path + '.1', 'utf8') === texts[0];
await writeConfigFile(path, 'd');
console.log(JSON.stringify({ said, same, files: readdirSync(process.argv[2]).sort(), after: readFileSync(path, 'utf8') }));
`;

it('is as it was when the disk is full, and the message says what to do', {
  skip: process.getuid?.() === 0 ? false : 'needs root',
}, () => {
  const directory = mkdtempSync(join(tmpdir(), 'sennit-full-'));
  try {
    const store = new URL('../../src/config/store.js', import.meta.url).href;
    const script = 'mount -t tmpfs -o size=256k none "$1" && exec "$2" --input-type=module -e "$3" "$4" "$1"';
    const out = execFileSync(
      'unshare',
      ['--mount', 'sh', '-c', script, 'sh', directory, process.execPath, FULL, store],
      { encoding: 'utf8' },
    );
    const { said, same, files, after } = JSON.parse(out) as Record<string, unknown>;
    assert.match(String(said), /can't write .*sennit\.conf: the disk is full: make room and save again/);
    assert.ok(same);
    assert.deepEqual(files, ['sennit.conf', 'sennit.conf.1', 'sennit.conf.2']);
    assert.equal(after, 'd');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
