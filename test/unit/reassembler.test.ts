import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FRAGMENT_HEADER_SIZE,
  fragmentLength,
  fragmentSize,
  writeFragmentHeader,
} from '../../src/core/fragment/fragmenter.js';
import {
  FRAGMENT_BAD_HEADER,
  FRAGMENT_BAD_INDEX,
  FRAGMENT_BAD_LENGTH,
  FRAGMENT_BAD_TOTAL,
  FRAGMENT_CONFLICT,
  FRAGMENT_DUPLICATE,
  FRAGMENT_INCOMPLETE,
  FRAGMENT_NO_SLOT,
  fragmentIsMalformed,
  Reassembler,
} from '../../src/core/fragment/reassembler.js';

const SLOT_SIZE = 2000;
const SLOTS = 3;
const BASE = 4096;

/** A reassembler, and a way to hand it pieces of frames whose byte i is `frameId + i`. */
function bench(options: Partial<ConstructorParameters<typeof Reassembler>[0]> = {}) {
  const bytes = new Uint8Array(BASE + SLOTS * SLOT_SIZE);
  const reassembler = new Reassembler({
    bytes,
    base: BASE,
    slotSize: SLOT_SIZE,
    slots: SLOTS,
    perPeer: 2,
    maxPeers: 4,
    ...options,
  });
  const push = (peer: number, frameId: number, index: number, count: number, total: number, now = 0): number => {
    const length = fragmentLength(total, count, index);
    const start = index * fragmentSize(total, count);
    writeFragmentHeader(bytes, 8, index, count, frameId, total);
    for (let i = 0; i < length; i++) bytes[8 + FRAGMENT_HEADER_SIZE + i] = frameId + start + i;
    return reassembler.push(peer, 8, FRAGMENT_HEADER_SIZE + length, now);
  };
  const raw = (header: number[], dataLength: number): number => {
    bytes.set(header, 8);
    return reassembler.push(0, 8, header.length + dataLength, 0);
  };
  return { bytes, reassembler, push, raw };
}

test('pieces in any order make the frame', () => {
  const { bytes, reassembler, push } = bench();
  assert.equal(push(1, -2, 2, 3, 1000), FRAGMENT_INCOMPLETE);
  assert.equal(push(1, -2, 0, 3, 1000), FRAGMENT_INCOMPLETE);
  assert.equal(reassembler.countOf(1), 1);
  const slot = push(1, -2, 1, 3, 1000);
  assert.ok(slot >= 0 && slot < SLOTS);
  assert.equal(reassembler.lengthOf(slot), 1000);
  assert.equal(reassembler.offsetOf(slot), BASE + slot * SLOT_SIZE);
  const at = reassembler.offsetOf(slot);
  for (let i = 0; i < 1000; i++) assert.equal(bytes[at + i], (i - 2) & 255);
  assert.equal(reassembler.countOf(1), 0);
});

test('255 pieces of one byte each', () => {
  const { reassembler, push } = bench();
  for (let index = 254; index > 0; index--) assert.equal(push(0, 7, index, 255, 255), FRAGMENT_INCOMPLETE);
  const slot = push(0, 7, 0, 255, 255);
  assert.equal(reassembler.lengthOf(slot), 255);
});

test('the same piece twice is a duplicate', () => {
  const { push } = bench();
  push(0, 7, 0, 2, 100);
  assert.equal(push(0, 7, 0, 2, 100), FRAGMENT_DUPLICATE);
  assert.ok(push(0, 7, 1, 2, 100) >= 0);
});

test('the same frame id of two peers is two frames', () => {
  const { push } = bench();
  assert.equal(push(0, 7, 0, 2, 100), FRAGMENT_INCOMPLETE);
  assert.equal(push(1, 7, 1, 2, 100), FRAGMENT_INCOMPLETE);
});

test('no two peers share a frame, though they share a place in the index', () => {
  const { reassembler, push } = bench({ maxPeers: 64 });
  for (let peer = 1; peer < 64; peer++) {
    assert.equal(push(0, 7, 0, 2, 100), FRAGMENT_INCOMPLETE);
    assert.equal(push(peer, 7, 1, 2, 100), FRAGMENT_INCOMPLETE, `peer ${peer}`);
    reassembler.forgetPeer(0);
    reassembler.forgetPeer(peer);
  }
});

test('each kind of malformed fragment is refused, and leaves no trace', () => {
  const { reassembler, raw } = bench();
  assert.equal(raw([2, 0, 2, 0, 1, 0, 0, 0, 100, 0, 0, 0], 0), FRAGMENT_BAD_HEADER, 'no data');
  assert.equal(raw([1, 0, 2, 0, 1, 0, 0, 0, 100, 0, 0, 0], 50), FRAGMENT_BAD_HEADER, 'kind');
  assert.equal(raw([2, 0, 2, 1, 1, 0, 0, 0, 100, 0, 0, 0], 50), FRAGMENT_BAD_HEADER, 'reserved byte');
  assert.equal(raw([2, 0, 0, 0, 1, 0, 0, 0, 100, 0, 0, 0], 100), FRAGMENT_BAD_INDEX, 'count 0');
  assert.equal(raw([2, 0, 1, 0, 1, 0, 0, 0, 100, 0, 0, 0], 100), FRAGMENT_BAD_INDEX, 'count 1');
  assert.equal(raw([2, 2, 2, 0, 1, 0, 0, 0, 100, 0, 0, 0], 50), FRAGMENT_BAD_INDEX, 'index = count');
  assert.equal(raw([2, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0], 1), FRAGMENT_BAD_TOTAL, 'nothing');
  assert.equal(raw([2, 0, 2, 0, 1, 0, 0, 0, 1, 0, 0, 0], 1), FRAGMENT_BAD_TOTAL, 'fewer bytes than pieces');
  assert.equal(raw([2, 0, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0], 2), FRAGMENT_BAD_TOTAL, 'an empty last piece');
  assert.equal(raw([2, 0, 4, 0, 1, 0, 0, 0, 5, 0, 0, 0], 2), FRAGMENT_BAD_TOTAL, 'a last piece of less than nothing');
  assert.equal(raw([2, 0, 2, 0, 1, 0, 0, 0, 209, 7, 0, 0], 1001), FRAGMENT_BAD_TOTAL, 'larger than a slot');
  assert.equal(raw([2, 0, 2, 0, 1, 0, 0, 0, 100, 0, 0, 0x80], 50), FRAGMENT_BAD_TOTAL, 'above 2^31');
  assert.equal(raw([2, 0, 2, 0, 1, 0, 0, 0, 100, 0, 0, 0], 51), FRAGMENT_BAD_LENGTH, 'a byte too many');
  assert.equal(
    raw([2, 1, 2, 0, 1, 0, 0, 0, 101, 0, 0, 0], 51),
    FRAGMENT_BAD_LENGTH,
    'a last piece as long as the first',
  );
  assert.equal(reassembler.countOf(0), 0);
  assert.equal(reassembler.dropped, 0);
});

test('a frame above 66,000 bytes is refused even where a slot has room', () => {
  const bytes = new Uint8Array(300_000);
  const reassembler = new Reassembler({ bytes, base: 100_000, slotSize: 100_000, slots: 1, perPeer: 1, maxPeers: 1 });
  writeFragmentHeader(bytes, 0, 0, 2, 1, 66_001);
  assert.equal(reassembler.push(0, 0, FRAGMENT_HEADER_SIZE + 33_001, 0), FRAGMENT_BAD_TOTAL);
  writeFragmentHeader(bytes, 0, 0, 2, 1, 66_000);
  assert.equal(reassembler.push(0, 0, FRAGMENT_HEADER_SIZE + 33_000, 0), FRAGMENT_INCOMPLETE);
});

test('a fragment that contradicts the frame is refused, the frame goes on', () => {
  const { push } = bench();
  push(0, 7, 0, 2, 100);
  assert.equal(push(0, 7, 1, 3, 100), FRAGMENT_CONFLICT);
  assert.equal(push(0, 7, 1, 2, 101), FRAGMENT_CONFLICT);
  assert.ok(push(0, 7, 1, 2, 100) >= 0);
});

test('a peer at its bound loses its own oldest frame', () => {
  const { reassembler, push } = bench();
  push(1, 50, 0, 2, 100);
  push(0, 1, 0, 2, 100);
  push(0, 2, 0, 2, 100);
  push(0, 3, 0, 2, 100);
  assert.equal(reassembler.dropped, 1);
  assert.equal(reassembler.countOf(0), 2);
  assert.ok(push(1, 50, 1, 2, 100) >= 0, 'the other peer lost nothing');
  assert.ok(push(0, 2, 1, 2, 100) >= 0, 'nor did the younger frame');
});

test('when the slots are used up the oldest frame of all gives way', () => {
  const { reassembler, push } = bench();
  push(2, 1, 0, 2, 100);
  push(0, 1, 0, 2, 100);
  push(0, 2, 0, 2, 100);
  push(1, 1, 0, 2, 100);
  assert.equal(reassembler.dropped, 1);
  assert.deepEqual(
    [0, 1, 2].map((peer) => reassembler.countOf(peer)),
    [2, 1, 0],
  );
});

test('complete frames hold their slots until they are released', () => {
  const { reassembler, push } = bench();
  const held: number[] = [];
  for (let frame = 0; frame < SLOTS; frame++) {
    push(0, frame, 0, 2, 100);
    held.push(push(0, frame, 1, 2, 100));
  }
  assert.equal(new Set(held).size, SLOTS);
  assert.equal(push(0, 9, 0, 2, 100), FRAGMENT_NO_SLOT);
  assert.equal(reassembler.dropped, 1);
  reassembler.release(held[1]!);
  reassembler.release(held[1]!);
  assert.equal(push(0, 9, 0, 2, 100), FRAGMENT_INCOMPLETE);
  assert.equal(push(0, 9, 1, 2, 100), held[1]);
  assert.equal(push(0, 10, 0, 2, 100), FRAGMENT_NO_SLOT);
});

test('an incomplete slot can not be released', () => {
  const { reassembler, push } = bench();
  push(0, 1, 0, 2, 100);
  for (let slot = 0; slot < SLOTS; slot++) reassembler.release(slot);
  for (let frame = 0; frame < SLOTS - 1; frame++) push(1, frame, 0, 2, 100);
  assert.equal(reassembler.dropped, 0);
  push(2, 1, 0, 2, 100);
  assert.equal(reassembler.dropped, 1, 'as many slots as there were');
  assert.ok(push(2, 1, 1, 2, 100) >= 0);
});

test('an old frame expires, its late piece begins a new one', () => {
  const { reassembler, push } = bench({ maxAgeMs: 500 });
  push(0, 1, 0, 2, 100, 1000.5);
  push(0, 2, 0, 2, 100, 1200);
  assert.equal(reassembler.expire(1500), 0);
  assert.equal(reassembler.expire(1500.5), 1);
  assert.equal(reassembler.dropped, 1);
  assert.equal(push(0, 1, 1, 2, 100, 1501), FRAGMENT_INCOMPLETE);
  assert.ok(push(0, 2, 1, 2, 100, 1502) >= 0);
});

test('the default age is a second', () => {
  const { reassembler, push } = bench();
  push(0, 1, 0, 2, 100, 0);
  assert.equal(reassembler.expire(999), 0);
  assert.equal(reassembler.expire(1000), 1);
});

test('a peer that is forgotten leaves its complete frames', () => {
  const { bytes, reassembler, push } = bench();
  push(1, 1, 0, 2, 100);
  const slot = push(1, 1, 1, 2, 100);
  push(1, 2, 0, 2, 100);
  push(0, 2, 0, 2, 100);
  reassembler.forgetPeer(1);
  assert.equal(reassembler.dropped, 0);
  assert.deepEqual([reassembler.countOf(0), reassembler.countOf(1)], [1, 0]);
  assert.equal(push(1, 2, 1, 2, 100), FRAGMENT_INCOMPLETE);
  assert.equal(reassembler.lengthOf(slot), 100);
  assert.equal(bytes[reassembler.offsetOf(slot) + 99], 100);
});

test('only refusals of nonsense count as malformed', () => {
  for (const result of [0, FRAGMENT_INCOMPLETE, FRAGMENT_DUPLICATE, FRAGMENT_NO_SLOT])
    assert.equal(fragmentIsMalformed(result), false);
  for (const result of [
    FRAGMENT_BAD_HEADER,
    FRAGMENT_BAD_INDEX,
    FRAGMENT_BAD_TOTAL,
    FRAGMENT_BAD_LENGTH,
    FRAGMENT_CONFLICT,
  ]) {
    assert.equal(fragmentIsMalformed(result), true);
  }
});
