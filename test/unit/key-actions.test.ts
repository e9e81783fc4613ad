/** What operators do with keys: what is refused has changed no file. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Config, emptyConfig, newInterface, newPeer } from '../../src/config/model.js';
import { type KeyActionParts, KeyActions } from '../../src/daemon/key-actions.js';
import { createKeyFile, readKeyFile } from '../../src/daemon/key-files.js';
import { loadSodium } from '../../src/io/sodium.js';

const directory = mkdtempSync(join(tmpdir(), 'sennit-key-actions-'));
after(() => rmSync(directory, { recursive: true, force: true }));

describe('a key action that can not be finished', () => {
  for (const whose of ['network', 'peer'] as const) {
    it(`is refused before a file is changed: the psk file of the ${whose} is missing`, async () => {
      const keyFile = join(directory, `${whose}.key`);
      const config = { ...emptyConfig(), keyFile, interface: newInterface('sennit0') };
      config.interface.hostId = 1;
      const peer = newPeer('b', 2);
      peer.publicKey = Buffer.alloc(32, 9).toString('base64');
      config.interface.peers.set('b', peer);
      if (whose === 'network') config.pskFile = join(directory, 'missing');
      else peer.pskFile = join(directory, 'missing');
      createKeyFile(keyFile);
      const parts = { running: () => config, primitives: await loadSodium(), log: () => undefined };
      const actions = new KeyActions(parts as unknown as KeyActionParts);
      assert.throws(() => actions.generateNext(), /missing: it doesn't exist/);
      createKeyFile(`${keyFile}.next`);
      assert.throws(() => actions.roll(), /missing: it doesn't exist/);
      assert.deepEqual(
        readdirSync(directory)
          .filter((name) => name.startsWith(whose))
          .sort(),
        [`${whose}.key`, `${whose}.key.next`],
      );
    });
  }
});

describe('a pre-shared key', () => {
  it('is written by the daemon to files of that name only: who may order it need not be root', () => {
    const config = { ...emptyConfig(), pskFile: null as string | null, interface: newInterface('sennit0') };
    const peer = newPeer('b', 2);
    config.interface.peers.set('b', peer);
    const actions = new KeyActions({ running: () => config } as unknown as KeyActionParts);
    const target = join(directory, 'ld.so.preload');
    const typed = `/tmp/${'a'.repeat(37)}A=`;
    const refused = { name: 'Error', message: /ld\.so\.preload: .*\.psk/ };
    config.pskFile = target;
    peer.pskFile = target;
    for (const where of [
      { peer: null, file: target },
      { peer: null, file: null },
      { peer: 'b', file: null },
    ]) {
      assert.throws(() => actions.pskFile(where), refused);
      assert.throws(() => actions.enterPsk(where, typed), refused);
    }
    assert.throws(() => actions.generatePsk(target), refused);
    assert.throws(() => actions.generatePsk(null), refused);
    assert.equal(existsSync(target), false);
    const good = join(directory, 'net.psk');
    assert.equal(actions.enterPsk({ peer: null, file: good }, typed), good);
    assert.equal(readFileSync(good, 'latin1'), `${typed}\n`);
  });
});

const skip = process.geteuid?.() === 0 ? false : 'needs root';

describe('a key file that the daemon could read only at its start', { skip }, () => {
  it('counts as long as what names it may run again by itself', async () => {
    const path = join(directory, 'of-root.psk');
    createKeyFile(path);
    const config = { ...emptyConfig(), keyFile: join(directory, 'none.key') };
    let before: Config | null = { ...config, pskFile: path };
    const returnsTo = (): Config | null => before;
    const parts = { running: () => config, primitives: await loadSodium(), log: () => undefined, returnsTo };
    const actions = new KeyActions(parts as unknown as KeyActionParts);
    const readAsOther = (): Uint8Array => {
      process.seteuid?.(65534);
      try {
        return readKeyFile(path, 'pre-shared key');
      } finally {
        process.seteuid?.(0);
      }
    };
    const key = readKeyFile(path, 'pre-shared key');
    actions.configured();
    assert.deepEqual(readAsOther(), key);
    before = null;
    actions.configured();
    assert.throws(readAsOther, /permission denied|may not/i);
  });
});
