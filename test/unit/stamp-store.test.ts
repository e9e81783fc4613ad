/** Stamps over restarts: of our own initiations, and of those that were accepted. */
import assert from 'node:assert/strict';
import {
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
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { Handshakes } from '../../src/core/session/handshake.js';
import { formatStamps, parseStamps } from '../../src/daemon/stamp-file.js';
import { StampStore } from '../../src/daemon/stamp-store.js';
import { loadSodium } from '../../src/io/sodium.js';
import { generator, randomBytes } from './handshake-pair.js';

const root = mkdtempSync(join(tmpdir(), 'sennit-stamps-'));
after(() => rmSync(root, { recursive: true, force: true }));
let made = 0;

const KEY = new Uint8Array(32).fill(5);
const START = 1_800_000_000_000;

class Place {
  readonly directory = join(root, `${++made}`, 'state');
  readonly file = join(this.directory, 'stamps');
  readonly log: string[] = [];
  /** The wall clock, ms. */
  clock = START;

  open(): Promise<StampStore> {
    const log = (_level: string, event: string) => this.log.push(event);
    return StampStore.open({ directory: this.directory, log, clock: () => this.clock });
  }

  /** What is on the disk. */
  text(): string {
    return readFileSync(this.file, 'latin1');
  }
}

function keyOf(n: number): Uint8Array {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(0, n);
  return key;
}

describe('own stamps', () => {
  it('are microseconds of the wall clock, and rise when it stands or goes back', async () => {
    const place = new Place();
    const store = await place.open();
    const first = store.next();
    assert.equal(first, BigInt(START) * 1000n);
    assert.equal(store.next(), first + 1n);
    place.clock -= 60_000;
    assert.equal(store.next(), first + 2n);
    place.clock += 61_000;
    assert.equal(store.next(), first + 1_000_000n);
    await store.close();
  });

  it('rise over a restart, clean or not, though the clock was set back by years', async () => {
    for (const clean of [true, false]) {
      const place = new Place();
      const store = await place.open();
      place.clock += 4_000_000;
      const last = store.next();
      if (clean) await store.close();
      place.clock = 1000;
      const reborn = await place.open();
      assert.ok(reborn.next() > last, `${clean}`);
      await reborn.close();
    }
  });

  it('after a clean end go on where they were', async () => {
    const place = new Place();
    const store = await place.open();
    const last = store.next();
    await store.close();
    const reborn = await place.open();
    assert.equal(reborn.next(), last + 1n);
    await reborn.close();
  });

  it('never pass the ceiling on the disk, also when the clock is set on by years', async () => {
    const place = new Place();
    const store = await place.open();
    const ceiling = parseStamps(place.text())?.ceiling ?? 0n;
    place.clock += 1e11;
    const jumped = store.next();
    assert.ok(jumped <= ceiling);
    await sleep(1100);
    await store.close();
    assert.deepEqual(place.log, []);
    const reborn = await place.open();
    assert.equal(reborn.next(), BigInt(place.clock) * 1000n);
    assert.ok((parseStamps(place.text())?.ceiling ?? 0n) > BigInt(place.clock) * 1000n);
    await reborn.close();
  });
});

describe('accepted stamps', () => {
  it('outlive a restart: written within a second, or at a clean end', async () => {
    const place = new Place();
    const store = await place.open();
    assert.equal(store.acceptedFrom(KEY), -1n);
    store.accept(KEY, 41n);
    store.accept(KEY, 42n);
    assert.equal(parseStamps(place.text())?.accepted.size, 0, 'not at once');
    const killed = await place.open();
    assert.equal(killed.acceptedFrom(KEY), -1n);
    for (let tries = 0; tries < 100 && parseStamps(place.text())?.accepted.size === 0; tries++) await sleep(50);
    assert.equal((await place.open()).acceptedFrom(KEY), 42n);
    store.accept(KEY, 43n);
    await store.close();
    assert.equal((await place.open()).acceptedFrom(KEY), 43n);
    assert.deepEqual(place.log, []);
  });

  it('are 4096 at most; those that were silent longest go', async () => {
    const place = new Place();
    const store = await place.open();
    for (let n = 0; n < 4096; n++) store.accept(keyOf(n), BigInt(n));
    store.accept(keyOf(0), 7n);
    store.accept(keyOf(9999), 9n);
    await store.close();
    const reborn = await place.open();
    const known = (n: number) => reborn.acceptedFrom(keyOf(n));
    assert.deepEqual([known(0), known(1), known(2), known(4095), known(9999)], [7n, -1n, 2n, 4095n, 9n]);
    await reborn.close();
  });
});

describe('the state directory', () => {
  it('is made, and nobody else may look into it', async () => {
    const place = new Place();
    await (await place.open()).close();
    assert.equal(statSync(place.directory).mode & 0o777, 0o700);
    assert.notEqual(statSync(join(place.directory, '..')).mode & 0o111, 0o100, 'what lies above it is not closed');
    assert.equal(statSync(place.file).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(place.directory), ['stamps']);
  });

  it('is cleared of what an interrupted write left; the file before that counts', async () => {
    const place = new Place();
    const store = await place.open();
    store.accept(KEY, 42n);
    await store.close();
    for (const part of ['', 'sennit st', formatStamps({ ceiling: 1n, accepted: new Map() })]) {
      writeFileSync(join(place.directory, '.stamps.1.abcd'), part);
      const reborn = await place.open();
      assert.equal(reborn.acceptedFrom(KEY), 42n);
      assert.ok(reborn.next() >= BigInt(START) * 1000n);
      await reborn.close();
      assert.deepEqual(readdirSync(place.directory), ['stamps']);
    }
    assert.deepEqual(place.log, []);
  });

  it('that has a damaged file: a warning, the file is moved aside, and all goes on', async () => {
    const place = new Place();
    const store = await place.open();
    store.next();
    await store.close();
    writeFileSync(place.file, place.text().replace('own 1', 'own 2'));
    const reborn = await place.open();
    assert.deepEqual(place.log, ['stamps-damaged']);
    assert.equal(reborn.next(), BigInt(START) * 1000n);
    await reborn.close();
    assert.deepEqual(readdirSync(place.directory).sort(), ['stamps', 'stamps.damaged']);
    assert.equal((await place.open()).acceptedFrom(KEY), -1n);
    assert.equal(place.log.length, 1);
  });

  it('follows no link out of it: the directory may belong to another user than the daemon', async () => {
    const place = new Place();
    mkdirSync(place.directory, { recursive: true });
    const elsewhere = join(place.directory, '..', 'elsewhere');
    const text = formatStamps({ ceiling: 1n, accepted: new Map([[Buffer.from(KEY).toString('base64'), 42n]]) });
    writeFileSync(elsewhere, text);
    symlinkSync(elsewhere, place.file);
    const store = await place.open();
    assert.equal(store.acceptedFrom(KEY), -1n);
    await store.close();
    assert.equal(readFileSync(elsewhere, 'latin1'), text);
    assert.ok(lstatSync(place.file).isFile());
  });

  it("that can't be made, or written: one warning, and stamps go on rising", async () => {
    const place = new Place();
    mkdirSync(join(place.directory, '..'), { recursive: true });
    symlinkSync('/proc/self/nothing', place.directory);
    const store = await place.open();
    assert.deepEqual(place.log, ['stamps-not-kept']);
    const first = store.next();
    place.clock += 1e11;
    assert.ok(store.next() > first);
    store.accept(KEY, 1n);
    assert.equal(store.acceptedFrom(KEY), 1n);
    await store.close();
    assert.deepEqual(place.log, ['stamps-not-kept']);
  });
});

describe('the file of stamps', () => {
  const stamp = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const accepted = fc
    .array(fc.tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), stamp), { maxLength: 20 })
    .map((rows) => new Map(rows.map(([key, value]) => [Buffer.from(key).toString('base64'), value] as const)));
  const state = fc.tuple(stamp, accepted).map(([ceiling, accepted]) => ({ ceiling, accepted }));

  it('is read as it was written', () => {
    fc.assert(fc.property(state, (made) => assert.deepEqual(parseStamps(formatStamps(made)), made)));
  });

  it('is taken for damaged when any character of it is missing, changed or added', () => {
    fc.assert(
      fc.property(state, fc.nat(), fc.constantFrom('cut', 'change', 'add'), (made, place, how) => {
        const text = formatStamps(made);
        const at = place % text.length;
        const tail = {
          cut: '',
          change: `${text[at] === '7' ? '8' : '7'}${text.slice(at + 1)}`,
          add: `7${text.slice(at)}`,
        };
        assert.equal(parseStamps(text.slice(0, at) + tail[how]), null);
      }),
    );
  });
});

describe('a recorded initiation', () => {
  it('is refused after a restart of the host that answered it, unless nothing was kept', async () => {
    const primitives = await loadSodium();
    const place = new Place();
    const host = (hostId: number, store: StampStore | null) => {
      const sent: Uint8Array[] = [];
      const random = randomBytes(generator(hostId));
      const secretKey = random(32);
      const machine = new Handshakes({
        primitives,
        random,
        stamp: () => store?.next() ?? 5n,
        acceptedStamp: (publicKey) => store?.acceptedFrom(publicKey) ?? -1n,
        sink: {
          stampAccepted: (publicKey, stamp) => store?.accept(publicKey, stamp),
          sendOnAllLinks: (_peer, bytes) => sent.push(bytes),
          sendReply: (_link, _address, bytes) => sent.push(bytes),
          established: () => {},
          expired: () => {},
        },
      });
      machine.setIdentity({ secretKey, hostId, network: 'lab', cipher: 'aes-256-gcm', networkPsk: null });
      return { machine, sent, publicKey: primitives.x25519Base(secretKey) };
    };
    const a = host(1, null);
    const answers = (store: StampStore | null) => {
      const b = host(2, store);
      a.machine.setPeer({ peer: 0, hostId: 2, publicKey: b.publicKey, psk: null });
      b.machine.setPeer({ peer: 0, hostId: 1, publicKey: a.publicKey, psk: null });
      if (a.sent.length === 0) a.machine.connect(0, 0);
      return b.machine.onDatagram(0, a.sent[0] ?? assert.fail(), new Uint8Array(32), 0);
    };
    const store = await place.open();
    assert.equal(answers(store), 'ok');
    await store.close();
    assert.equal(answers(await place.open()), 'replay');
    assert.equal(answers(null), 'ok');
  });
});
