import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  FRAGMENT_HEADER_SIZE,
  fragmentLength,
  fragmentSize,
  writeFragmentHeader,
} from '../../src/core/fragment/fragmenter.js';
import {
  FRAGMENT_CONFLICT,
  FRAGMENT_DUPLICATE,
  FRAGMENT_INCOMPLETE,
  FRAGMENT_NO_SLOT,
  fragmentIsMalformed,
  Reassembler,
} from '../../src/core/fragment/reassembler.js';

const SLOTS = 5;
const SLOT_SIZE = 600;
const PEERS = 3;
const PER_PEER = 3;
const MAX_AGE = 100;
const BASE = 1024;

interface Frame {
  peer: number;
  id: number;
  count: number;
  total: number;
  started: number;
  pieces: Map<number, number[]>;
}

/** For one frame of one peer. */
function withOneSlot(bytes: Uint8Array): Reassembler {
  return new Reassembler({ bytes, base: BASE, slotSize: SLOT_SIZE, slots: 1, perPeer: 1, maxPeers: 1 });
}

/** Incomplete frames in a list, oldest first, and a number for those that hold a slot. */
class NaiveReassembler {
  frames: Frame[] = [];
  held = 0;
  dropped = 0;

  /** The frame when it is complete, else the code that `push` must return. */
  push(
    peer: number,
    id: number,
    index: number,
    count: number,
    total: number,
    data: number[],
    now: number,
  ): number | number[] {
    let frame = this.frames.find((other) => other.peer === peer && other.id === id);
    if (frame === undefined) {
      const own = this.frames.filter((other) => other.peer === peer);
      if (own.length >= PER_PEER) this.drop(own[0]);
      else if (this.frames.length + this.held >= SLOTS) this.drop(this.frames[0]);
      if (this.frames.length + this.held >= SLOTS) {
        this.dropped++;
        return FRAGMENT_NO_SLOT;
      }
      frame = { peer, id, count, total, started: now, pieces: new Map() };
      this.frames.push(frame);
    }
    if (frame.count !== count || frame.total !== total) return FRAGMENT_CONFLICT;
    if (frame.pieces.has(index)) return FRAGMENT_DUPLICATE;
    frame.pieces.set(index, data);
    if (frame.pieces.size < count) return FRAGMENT_INCOMPLETE;
    this.frames = this.frames.filter((other) => other !== frame);
    this.held++;
    return [...frame.pieces.entries()].sort(([a], [b]) => a - b).flatMap(([, piece]) => piece);
  }

  private drop(frame: Frame | undefined): void {
    if (frame === undefined) return;
    this.frames = this.frames.filter((other) => other !== frame);
    this.dropped++;
  }

  expire(now: number): number {
    const before = this.frames.length;
    this.frames = this.frames.filter((frame) => now - frame.started < MAX_AGE);
    this.dropped += before - this.frames.length;
    return before - this.frames.length;
  }

  forgetPeer(peer: number): void {
    this.frames = this.frames.filter((frame) => frame.peer !== peer);
  }
}

/** Count and total of the frames that the test sends. */
const SHAPES = [
  [2, 30],
  [3, 100],
  [4, 600],
] as const;

/** Frame ids that share buckets, and ids of both signs. */
const IDS = [0, 1, 16, 32, -1, -16];

const step = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({
      do: fc.constant('push' as const),
      peer: fc.nat(PEERS - 1),
      id: fc.constantFrom(...IDS),
      index: fc.nat(3),
      // Mostly the shape that belongs to the id, so that frames complete.
      otherShape: fc.oneof({ weight: 15, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
      fill: fc.nat(255),
      wait: fc.nat(4),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat(SLOTS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), wait: fc.nat(120) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), peer: fc.nat(PEERS - 1) }) },
);

test('the reassembler agrees with a list of frames', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 250, size: 'max' }), (steps) => {
      const bytes = new Uint8Array(BASE + SLOTS * SLOT_SIZE);
      const reassembler = new Reassembler({
        bytes,
        base: BASE,
        slotSize: SLOT_SIZE,
        slots: SLOTS,
        perPeer: PER_PEER,
        maxAgeMs: MAX_AGE,
        maxPeers: PEERS,
      });
      const naive = new NaiveReassembler();
      const held = new Map<number, number[]>();
      let now = 0;
      for (const step of steps) {
        if (step.do === 'release') {
          const slot = [...held.keys()][step.which];
          if (slot === undefined) continue;
          reassembler.release(slot);
          held.delete(slot);
          naive.held--;
        } else if (step.do === 'expire') {
          now += step.wait;
          assert.equal(reassembler.expire(now), naive.expire(now));
        } else if (step.do === 'forget') {
          reassembler.forgetPeer(step.peer);
          naive.forgetPeer(step.peer);
        } else {
          now += step.wait;
          const [count, total] = SHAPES[(IDS.indexOf(step.id) + step.otherShape) % SHAPES.length]!;
          const index = step.index % count;
          const data = Array.from({ length: fragmentLength(total, count, index) }, (_, i) => (step.fill + i) & 255);
          writeFragmentHeader(bytes, 16, index, count, step.id, total);
          bytes.set(data, 16 + FRAGMENT_HEADER_SIZE);
          const result = reassembler.push(step.peer, 16, FRAGMENT_HEADER_SIZE + data.length, now);
          const expected = naive.push(step.peer, step.id, index, count, total, data, now);
          if (typeof expected === 'number') {
            assert.equal(result, expected);
          } else {
            assert.ok(result >= 0 && !held.has(result), `slot ${result}`);
            assert.equal(reassembler.lengthOf(result), total);
            held.set(result, expected);
          }
        }
        assert.equal(reassembler.dropped, naive.dropped);
        for (let peer = 0; peer < PEERS; peer++) {
          assert.equal(reassembler.countOf(peer), naive.frames.filter((frame) => frame.peer === peer).length);
        }
      }
      // Nothing that came later has touched what is held.
      for (const [slot, frame] of held) {
        const at = reassembler.offsetOf(slot);
        assert.deepEqual([...bytes.subarray(at, at + frame.length)], frame);
      }
    }),
    { numRuns: 300 },
  );
});

test('any bytes are refused or fit exactly where the header says', () => {
  const header = fc.tuple(
    fc.constantFrom(2, 2, 2, 1),
    fc.nat(6),
    fc.nat(6),
    fc.constantFrom(0, 0, 0, 1),
    fc.constantFrom(0, 0, 0, 200),
    fc.nat(255),
    fc.constantFrom(0, 1, 2),
    fc.constantFrom(0, 0, 0, 1),
  );
  fc.assert(
    fc.property(
      header,
      fc.integer({ min: -12, max: 700 }),
      fc.boolean(),
      ([kind, index, count, zero, high, low, mid, top], free, exact) => {
        const bytes = new Uint8Array(BASE + SLOT_SIZE + 64).fill(0xaa);
        const reassembler = withOneSlot(bytes);
        const total = low + mid * 256 + high * 65_536 + top * 2 ** 24;
        const size = count === 0 ? 0 : Math.ceil(total / count);
        const piece = Math.min((index + 1) * size, total) - index * size;
        const length = exact && piece > 0 && piece < 800 ? piece : free;
        bytes.set([kind, index, count, zero, 9, 9, 9, 9, low, mid, high, top]);
        bytes.fill(0xbb, FRAGMENT_HEADER_SIZE, Math.max(FRAGMENT_HEADER_SIZE, FRAGMENT_HEADER_SIZE + length));
        const good =
          kind === 2 &&
          zero === 0 &&
          count >= 2 &&
          index < count &&
          total <= SLOT_SIZE &&
          (count - 1) * size < total &&
          length === piece;
        const result = reassembler.push(0, 0, FRAGMENT_HEADER_SIZE + length, 0);
        assert.equal(good, result === FRAGMENT_INCOMPLETE);
        assert.equal(!good, fragmentIsMalformed(result));
        const touched = good ? piece : 0;
        for (let at = BASE; at < bytes.length; at++) {
          const inside = at >= BASE + index * size && at < BASE + index * size + touched;
          assert.equal(bytes[at], inside ? 0xbb : 0xaa);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('whatever the order and the cuts, a frame comes out as it went in', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 2, maxLength: SLOT_SIZE, size: 'max' }),
      fc.integer({ min: 2, max: 255 }),
      fc.infiniteStream(fc.nat()),
      (frame, count, random) => {
        fc.pre((count - 1) * Math.ceil(frame.length / count) < frame.length);
        const bytes = new Uint8Array(BASE + SLOT_SIZE);
        const reassembler = withOneSlot(bytes);
        const left = Array.from({ length: count }, (_, index) => index);
        const size = fragmentSize(frame.length, count);
        while (left.length > 0) {
          const index = left.splice(random.next().value % left.length, 1)[0]!;
          const piece = frame.subarray(index * size, (index + 1) * size);
          writeFragmentHeader(bytes, 0, index, count, 5, frame.length);
          bytes.set(piece, FRAGMENT_HEADER_SIZE);
          const result = reassembler.push(0, 0, FRAGMENT_HEADER_SIZE + piece.length, 0);
          assert.equal(result, left.length > 0 ? FRAGMENT_INCOMPLETE : 0);
        }
        assert.deepEqual(bytes.subarray(BASE, BASE + reassembler.lengthOf(0)), frame);
      },
    ),
  );
});
