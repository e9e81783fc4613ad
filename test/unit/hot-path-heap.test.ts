/**
 * The data structures of the hot path leave nothing on the heap. Each is run a million times; what
 * survives a collection must be next to nothing, and so must what a short round leaves behind before
 * any collection (garbage per call would show there, though not in the survivors).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { COUNTER_FRESH, ReplayWindow } from '../../src/core/crypto/replay-window.js';
import { Deadlines } from '../../src/core/deadlines.js';
import { FRAGMENT_HEADER_SIZE, writeFragmentHeader } from '../../src/core/fragment/fragmenter.js';
import { Reassembler } from '../../src/core/fragment/reassembler.js';
import { HandshakeGate } from '../../src/core/session/handshake-gate.js';
import { MacTable } from '../../src/core/switch/mac-table.js';
import { checksumAdd, checksumFold } from '../../src/core/wire/checksum.js';
import { transport } from '../../src/core/wire/ip.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const CALLS = 1_000_000;
const ROUND = 10_000;
const ROUNDS = CALLS / ROUND;
const WARM_ROUNDS = 30;
const MEGABYTE = 2 ** 20;
/** Below the smallest garbage there is: a boxed number of 12 or 16 bytes a call. */
const ROUND_LIMIT = 64 * 1024;

/** Runs `round(from, to)` for a million calls in rounds and checks what they leave on the heap. */
function leavesNothing(round: (from: number, to: number) => number): void {
  // Let the optimizing compiler finish first: less optimized code keeps its doubles on the heap.
  let sum = 0;
  for (let warm = 0; warm < WARM_ROUNDS; warm++) sum += round(warm * ROUND, (warm + 1) * ROUND);
  const grown: number[] = [];
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = WARM_ROUNDS; i < WARM_ROUNDS + ROUNDS; i++) {
    const start = process.memoryUsage().heapUsed;
    sum += round(i * ROUND, (i + 1) * ROUND);
    grown.push(process.memoryUsage().heapUsed - start);
  }
  collect();
  const kept = process.memoryUsage().heapUsed - before;
  assert.ok(sum > 0, 'the work was done');
  assert.ok(kept < MEGABYTE, `${kept} bytes are held after a million calls`);
  // A round with a collection in it shrinks the heap by much. A quarter is enough: the optimizing
  // compiler may be late on a busy machine, while true garbage shows in every round.
  const clean = grown.filter((bytes) => Math.abs(bytes) < ROUND_LIMIT).length;
  assert.ok(
    clean >= ROUNDS / 4,
    `garbage in ${ROUNDS - clean} of ${ROUNDS} rounds, such as ${grown.slice(0, 5)} bytes`,
  );
}

test('the measure itself notices one small object a call', () => {
  // Kept for a while, so that the compiler can't do without them.
  const objects = new Array<{ at: number }>(16);
  assert.throws(
    () =>
      leavesNothing((from, to) => {
        for (let at = from; at < to; at++) objects[at & 15] = { at };
        return objects.length;
      }),
    /garbage in/,
  );
});

test('replay window: check and mark', () => {
  const window = new ReplayWindow();
  leavesNothing((from, to) => {
    let fresh = 0;
    for (let counter = from; counter < to; counter++) {
      // Every eighth is left out, and comes late.
      const which = (counter & 7) === 0 && counter > 4096 ? counter - 4096 : counter;
      if (window.check(which) === COUNTER_FRESH) {
        window.mark(which);
        fresh++;
      }
    }
    return fresh;
  });
});

test('MAC table: learn and lookup, with aging', () => {
  const table = new MacTable({ capacity: 4096, agingMs: 3000, maxPeers: 16, seed: 1 });
  leavesNothing((from, to) => {
    let known = 0;
    for (let now = from; now < to; now++) {
      const mac = Math.imul(now % 5000, 0x01000193);
      table.learn(0x0200, mac, now & 15, now);
      if (table.lookup(0x0200, Math.imul((now * 7) % 5000, 0x01000193), now) >= 0) known++;
    }
    return known;
  });
});

test('reassembler: frames that complete, frames that do not', () => {
  const bytes = new Uint8Array(4096 + 32 * 512);
  const reassembler = new Reassembler({
    bytes,
    base: 4096,
    slotSize: 512,
    slots: 32,
    perPeer: 8,
    maxAgeMs: 100,
    maxPeers: 8,
  });
  leavesNothing((from, to) => {
    let complete = 0;
    for (let now = from; now < to; now++) {
      const frame = now >> 1;
      // Of every fifth frame the second piece is lost.
      if ((now & 1) === 1 && frame % 5 === 0) continue;
      writeFragmentHeader(bytes, 0, now & 1, 2, frame, 300);
      const slot = reassembler.push(frame & 7, 0, FRAGMENT_HEADER_SIZE + 150, now);
      if (slot >= 0) {
        complete += reassembler.lengthOf(slot);
        reassembler.release(slot);
      }
    }
    return complete;
  });
});

test('deadlines: set, look and pop', () => {
  const deadlines = new Deadlines(256);
  leavesNothing((from, to) => {
    let popped = 0;
    for (let now = from; now < to; now++) {
      deadlines.set(now & 255, now + ((now * 7919) & 127));
      if (deadlines.next() <= now && deadlines.pop(now) >= 0) popped++;
    }
    return popped;
  });
});

test('parsers and checksum', () => {
  const packet = new Uint8Array(60);
  packet.set([0x45, 0, 0, 60, 0, 0, 0x40, 0, 64, 6]);
  leavesNothing((from, to) => {
    let sum = 0;
    for (let i = from; i < to; i++)
      sum = (sum + transport(packet, 0, 60) + checksumFold(checksumAdd(packet, 0, 20, i & 0xffff))) & 0xffff;
    return sum + 1;
  });
});

test('handshake gate: a flood, most of which is dropped', () => {
  const [source, peers] = [0, 32];
  const bytes = new Uint8Array(peers + 2 * 8 * 32);
  const gate = new HandshakeGate(bytes, (peer, link) => peers + (peer * 8 + link) * 32, 1);
  const members = [0, 1].map((index) => ({ index, links: new Array<object>(8).fill({}) }));
  bytes.fill(2); // all records alike, which are the endpoints of the first peer
  gate.endpointsChanged();
  const view = new DataView(bytes.buffer);
  leavesNothing((from, to) => {
    let passed = 0;
    for (let i = from; i < to; i++) {
      // Every tenth is in the name of the peer, the others of anybody.
      view.setUint32(source + 4, i % 10 === 0 ? 0x02020202 : Math.imul(i, 0x9e3779b1));
      if (gate.passes(i & 7, source, members, i >> 3)) passed++;
    }
    return passed;
  });
});
