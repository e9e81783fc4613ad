/**
 * A whole lane leaves nothing on the heap: a million small frames out, and as many datagrams in. Measured
 * is what each round adds to the heap before any collection, and what survives in the end. A collection in a
 * round shows as a fall and is left out; code that is not optimized yet, because the compiler's thread got no
 * time, shows as a rise. So the leaner rounds count: what is allocated for each frame is allocated in every round.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VLAN_WORDS } from '../../src/core/switch/guard.js';
import { GSO_TCPV4, VNET_SIZE } from '../../src/core/wire/inner.js';
import { arena, evp } from '../../src/io/syscalls.js';
import { ACK, build, payloadOf, SEGMENT } from '../property/super-frame.js';
import { collectGarbage } from './expose-gc.js';
import { BATCH, LaneMirror } from './lane-mirror.js';

const openssl = evp();
/** The mapping below 2^31 is a thing of x86-64; elsewhere each address that is handed to C is a boxed number. */
const skip =
  (openssl === null && 'this Node does not export its OpenSSL') ||
  (arena(1).address >= 2 ** 31 && 'arenas lie where their addresses are no small integers');

const MEGABYTE = 2 ** 20;
/** Half a boxed number, which is 16 bytes. A batch may leave a few of them (the time is one), a frame or a datagram none. */
const MOST_PER_ITEM = 8;
const ROUNDS = 60;
const WARM_ROUNDS = 30;

/** Where a machine gives the compiler no time for long, it is measured anew: so often at most. */
const ATTEMPTS = 4;

/** Runs `round`, which handles `items` frames or datagrams, and checks what it leaves behind. Returns how often it ran. */
function leavesNothing(items: number, round: () => void): number {
  for (let i = 0; i < WARM_ROUNDS; i++) round();
  let each = Number.POSITIVE_INFINITY;
  let attempts = 0;
  while (each >= MOST_PER_ITEM && attempts++ < ATTEMPTS) each = garbageOf(round) / items;
  assert.ok(each < MOST_PER_ITEM, `${each.toFixed(1)} bytes of garbage for each of ${items}`);
  return WARM_ROUNDS + attempts * ROUNDS;
}

/** Bytes that a round leaves behind until the next collection; what survives that is checked. */
function garbageOf(round: () => void): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const grown: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const start = process.memoryUsage().heapUsed;
    round();
    grown.push(process.memoryUsage().heapUsed - start);
  }
  collectGarbage();
  const kept = process.memoryUsage().heapUsed - before;
  const rises = grown.filter((bytes) => bytes >= 0).sort((a, b) => a - b);
  assert.ok(rises.length > ROUNDS / 4, 'there was a collection in nearly every round');
  assert.ok(kept < MEGABYTE, `${kept} bytes are kept`);
  return rises[rises.length >> 2]!;
}

/** A small frame whose station the lane learns to live at its peer, once it has come in. */
const SMALL = Uint8Array.from({ length: 64 }, (_, i) => i);
SMALL.set([2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 9]);
const PLAIN = new Uint8Array(VNET_SIZE);

test('the measure itself notices one number that is boxed for each frame', { skip }, () => {
  const boxes: unknown[] = new Array(16).fill(0.5);
  let at = 0.5;
  const round = (): void => {
    for (let i = 0; i < 10_000; i++) boxes[i & 15] = at += 1;
  };
  assert.throws(() => leavesNothing(10_000, round), /bytes of garbage/);
});

for (const policy of ['passive', 'active', 'round-robin'] as const) {
  test(`${policy}: frames from the TAP`, { skip }, () => {
    const mirror = new LaneMirror(openssl!, policy);
    mirror.load(SMALL, PLAIN, BATCH);
    mirror.warm();
    leavesNothing(40 * BATCH, () => {
      for (let i = 0; i < 40; i++) mirror.batch(BATCH, false);
    });
    assert.equal(mirror.frames, 0);
  });
}

for (const [policy, batches] of [
  ['passive', 180],
  ['active', 30],
  ['round-robin', 30],
] as const) {
  test(`${policy}: ${batches * BATCH * (WARM_ROUNDS + ROUNDS)} frames from the TAP, and in again to the TAP`, {
    skip,
  }, () => {
    const mirror = new LaneMirror(openssl!, policy);
    mirror.load(SMALL, PLAIN, BATCH);
    mirror.warm();
    const rounds = leavesNothing(batches * BATCH, () => {
      for (let i = 0; i < batches; i++) mirror.batch(BATCH, true);
    });
    assert.equal(mirror.frames, batches * BATCH * rounds);
  });
}

const RATES = { broadcast: 10_000_000, multicast: 10_000_000, unknownUnicast: 10_000_000 };

/** A frame that is flooded, in VLAN 7. */
const FLOODED = Uint8Array.from(SMALL);
FLOODED.set([255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 9, 0x81, 0, 0, 7]);

for (const [what, permitted, bound, share] of [
  ['let everything pass', 9, RATES, 1],
  ['keep a foreign address out', 8, RATES, 0],
  ['drop what is flooded', 9, { ...RATES, broadcast: 1 }, 0],
] as const) {
  test(`guards and storm control that ${what}`, { skip }, () => {
    const mirror = new LaneMirror(openssl!, 'passive');
    const { state } = mirror.lane;
    const macs = [1, 2, permitted, 10].map((lo) => ({ hi: 0x0200, lo }));
    mirror.lane.setGuard(0, { macs, vlans: new Int32Array(VLAN_WORDS).fill(1 << 7), macLimit: 5 });
    state.macs.setMoveLimit({ moves: 5, windowMs: 180_000, holdMs: 60_000 });
    state.storm.setRates(bound);
    mirror.load(FLOODED, PLAIN, BATCH);
    const batches = 40;
    const rounds = leavesNothing(batches * BATCH, () => {
      for (let i = 0; i < batches; i++) mirror.batch(BATCH, true);
    });
    const all = batches * BATCH * rounds;
    assert.ok(Math.abs(mirror.frames - all * share) < all / 100, `${mirror.frames} of ${all}`);
  });
}

test('frames in fragments, and together again', { skip }, () => {
  const mirror = new LaneMirror(openssl!, 'round-robin');
  const frame = new Uint8Array(4000).fill(1); // three pieces
  frame.set(SMALL);
  const batches = 10;
  mirror.load(SMALL, PLAIN, BATCH);
  mirror.warm();
  const rounds = leavesNothing(batches * BATCH * 3, () => {
    for (let i = 0; i < batches; i++) {
      mirror.load(frame, PLAIN, BATCH);
      mirror.batch(BATCH, true);
    }
  });
  const count = batches * BATCH * rounds;
  assert.deepEqual([mirror.frames, mirror.frameBytes], [count, count * (frame.length + VNET_SIZE)]);
});

test('super-frames split, and joined again', { skip }, () => {
  const mirror = new LaneMirror(openssl!, 'passive');
  const segments = 40;
  const { bytes, l4 } = build({ ...SEGMENT, flags: ACK, tcpOptions: [], payload: payloadOf(1300 * segments, 1) });
  const vnet = Uint8Array.of(1, GSO_TCPV4, 0, 0, 1300 & 255, 1300 >> 8, l4, 0, 16, 0);
  const [batches, trains] = [5, 8];
  mirror.load(SMALL, PLAIN, BATCH);
  mirror.warm();
  const rounds = leavesNothing(batches * trains * segments, () => {
    for (let i = 0; i < batches; i++) {
      mirror.load(bytes, vnet, trains);
      mirror.batch(trains, true);
    }
  });
  const count = batches * trains * rounds;
  assert.deepEqual([mirror.frames, mirror.frameBytes], [count, count * (bytes.length + VNET_SIZE)]);
});
