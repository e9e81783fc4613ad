/** Runs of datagrams and rows of pieces against what GSO and writev take. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameBatch, MAX_FRAMES } from '../../src/core/frame-batch.js';
import { MAX_RUN_BYTES, MAX_SEGMENTS } from '../../src/core/limits.js';
import { CAUSES } from '../../src/core/link/health.js';
import { MAX_RUNS, TxBatch } from '../../src/core/tx-batch.js';

const START = 4096;

interface Run {
  peer: number;
  mask: number;
  offset: number;
  sizes: number[];
}

/** Fills a batch as the transmitter does; what came out of it is in `flushed`. */
function fill(batch: TxBatch, datagrams: readonly [peer: number, size: number][]): Run[] {
  const flushed: Run[] = [];
  let at = START;
  const flush = () => {
    flushed.push(...runsOf(batch));
    batch.reset();
    at = START;
  };
  datagrams.forEach(([peer, size], i) => {
    if (!batch.hasRoom(size)) flush();
    assert.ok(batch.hasRoom(size), 'there is room after a flush');
    assert.equal(batch.top, at);
    assert.ok(at + size <= batch.end);
    if (batch.continues(peer, size)) batch.extend(size);
    else batch.begin(peer, 1 << (i & 7), 0, size);
    at += size;
  });
  flush();
  return flushed;
}

function runsOf(batch: TxBatch): Run[] {
  assert.ok(batch.count <= MAX_RUNS);
  return Array.from({ length: batch.count }, (_, run) => {
    const length = batch.length[run]!;
    const segment = batch.segment[run]!;
    const segments = batch.segments[run]!;
    assert.equal(segments, Math.ceil(length / segment), 'the kernel would cut it into as many');
    const sizes = Array.from({ length: segments }, (_, i) => Math.min(segment, length - i * segment));
    return { peer: batch.peer[run]!, mask: batch.mask[run]!, offset: batch.offset[run]!, sizes };
  });
}

const size = fc.oneof(fc.integer({ min: 33, max: 65_000 }), fc.constantFrom(104, 1472, 1472, 1472, 9000));
const datagram = fc.tuple(fc.nat(2), size);
/** Datagrams as they come: mostly several alike. */
const datagrams = fc
  .array(fc.tuple(datagram, fc.integer({ min: 1, max: 90 })), { maxLength: 30 })
  .map((groups) => groups.flatMap(([one, times]) => Array.from({ length: times }, () => one)));

test('a run has one peer, one size but for the last, and is no longer than one send takes', () => {
  fc.assert(
    fc.property(datagrams, (all) => {
      const runs = fill(new TxBatch(START, START + (1 << 20), false), all);
      assert.deepEqual(
        runs.flatMap(({ peer, sizes }) => sizes.map((one) => [peer, one])),
        all,
        'every datagram, in order, to its own peer',
      );
      for (const { sizes } of runs) {
        assert.ok(sizes.length <= MAX_SEGMENTS);
        assert.ok(sizes.reduce((sum, one) => sum + one, 0) <= MAX_RUN_BYTES || sizes.length === 1);
      }
    }),
  );
});

test('datagrams that can share a run do', () => {
  const runs = fill(new TxBatch(START, START + (1 << 20), false), [
    ...Array.from({ length: 70 }, () => [3, 100] as [number, number]),
    [3, 40],
    [3, 40],
    [4, 40],
    [4, 41],
  ]);
  assert.deepEqual(
    runs.map(({ peer, sizes }) => [peer, sizes.length, sizes.at(-1)]),
    [
      [3, 64, 100],
      [3, 7, 40],
      [3, 1, 40],
      [4, 1, 40],
      [4, 1, 41],
    ],
  );
});

test('the region and the number of runs bound a batch', () => {
  const narrow = new TxBatch(START, START + 1000, true);
  assert.ok(narrow.hasRoom(1000));
  assert.ok(!narrow.hasRoom(1001));
  narrow.begin(0, 1, 0, 600);
  assert.ok(narrow.hasRoom(400));
  assert.ok(!narrow.hasRoom(401));
  const many = new TxBatch(START, START + (1 << 20), true);
  for (let run = 0; run < MAX_RUNS; run++) {
    assert.ok(many.hasRoom(40));
    many.begin(run, 1, 0, 40);
  }
  assert.ok(!many.hasRoom(40));
  many.reset();
  assert.ok(many.hasRoom(40));
  assert.ok(!many.continues(MAX_RUNS - 1, 40), 'a run of the batch before is not continued');
});

test('faults stand with their run and are forgotten with it', () => {
  const batch = new TxBatch(START, START + 10_000, false);
  for (let run = 0; run < 3; run++) batch.begin(run, 0b111, 0, 50);
  CAUSES.forEach((cause) => {
    batch.fail(1, 2, cause);
    assert.equal(batch.causeOf(1), cause);
  });
  batch.fail(1, 0, 'carrier');
  batch.refuse(2, 1);
  assert.deepEqual([...batch.failed.subarray(0, 3)], [0, 0b101, 0]);
  assert.deepEqual([...batch.refused.subarray(0, 3)], [0, 0, 0b010]);
  assert.ok(batch.anyFailed);
  batch.reset();
  assert.ok(!batch.anyFailed);
  for (let run = 0; run < 3; run++) batch.begin(run, 1, 0, 50);
  assert.deepEqual([...batch.failed.subarray(0, 3), ...batch.refused.subarray(0, 3)], [0, 0, 0, 0, 0, 0]);
});

test('frames keep their pieces, in order', () => {
  const pieces = fc.array(fc.tuple(fc.nat(1 << 24), fc.nat(66_000)), { minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 100 }), fc.array(pieces, { maxLength: 3 }), (before, frames) => {
      const batch = new FrameBatch();
      for (const given of [before, frames]) {
        batch.reset();
        const taken: [number, number][][] = [];
        for (const frame of given) {
          frame.forEach(([offset, length], i) => {
            if (!batch.hasRoom()) return;
            if (i === 0) taken.push([]);
            taken.at(-1)!.push([offset, length]);
            if (i === 0) batch.begin(offset, length);
            else batch.extend(offset, length);
          });
        }
        assert.equal(batch.count, taken.length);
        taken.forEach((frame, i) => {
          const first = batch.firstPiece[i]!;
          const stored = frame.map((_, p) => [batch.pieceOffset[first + p], batch.pieceLength[first + p]]);
          assert.equal(batch.pieces[i], frame.length);
          assert.deepEqual(stored, frame);
          assert.equal(
            batch.bytes[i],
            frame.reduce((sum, [, length]) => sum + length, 0),
          );
        });
      }
    }),
  );
});

test('a batch takes so many frames and so many pieces, and none is lost at the edge', () => {
  const single = new FrameBatch();
  while (single.hasRoom()) single.begin(single.count, 1);
  assert.equal(single.count, MAX_FRAMES);
  const joined = new FrameBatch();
  let added = 0;
  while (joined.hasRoom()) {
    if (added % 64 === 0) joined.begin(added, 1);
    else joined.extend(added, 1);
    added++;
  }
  const last = joined.count - 1;
  assert.equal(joined.pieceOffset[joined.firstPiece[last]! + joined.pieces[last]! - 1], added - 1);
});
