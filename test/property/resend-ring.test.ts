/** The resend ring against a list: what is kept, what acknowledgements free, what gives way, and that nothing overlaps. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReplayWindow } from '../../src/core/crypto/replay-window.js';
import { CHUNK_SIZE, RECORDS, ResendRing } from '../../src/core/failover/ring.js';
import { MAX_ACK_WORDS, writeAck } from '../../src/core/wire/ack.js';

const BASE = 4096;

interface Sent {
  at: number;
  size: number;
  record: number;
}

/** One peer's end: seals runs into the ring, and knows what is in there. */
class Sender {
  readonly kept = new Map<number, Sent>();
  counter = 0;
  overruns = 0;

  constructor(
    readonly ring: ResendRing,
    readonly peer: number,
    readonly session: number,
  ) {}

  /** `sizes` of the datagrams of one run, over `links`. False: there was no room for all of it. */
  run(sizes: readonly number[], links: number, now: number): boolean {
    const { ring, peer, session } = this;
    let record = -1;
    let end = -1;
    let most = 0;
    let datagrams = 0;
    const close = () => {
      if (record < 0) return;
      ring.close(record, end - ring.offset[record]!, datagrams);
      ring.sent(record, links, 0, datagrams, now);
    };
    for (const size of sizes) {
      if (end >= 0 && end + size <= most) {
        this.kept.set(this.counter++, { at: end, size, record });
        end += size;
        datagrams++;
        continue;
      }
      close();
      record = -1;
      end = -1;
      const at = ring.place(peer, size, now);
      if (at < 0) {
        ring.overrun(peer, this.counter++);
        this.overruns++;
        continue;
      }
      record = ring.begin(peer, at, size, session, this.counter, now);
      most = ring.endOf(at);
      end = at + size;
      datagrams = 1;
      this.kept.set(this.counter++, { at, size, record });
    }
    close();
    return end >= 0;
  }

  /** What the ring has not acknowledged, by counter. */
  pending(): Map<number, { at: number; size: number }> {
    const found = new Map<number, { at: number; size: number }>();
    const { ring } = this;
    for (let record = ring.first(this.peer); record >= 0; record = ring.next(record)) {
      for (let i = 0; i < ring.segments[record]!; i++) {
        if (ring.isAcked(record, i)) continue;
        const at = ring.offset[record]! + i * ring.segment[record]!;
        const size = Math.min(ring.segment[record]!, ring.offset[record]! + ring.length[record]! - at);
        found.set(ring.counter[record]! + i, { at, size });
      }
    }
    return found;
  }
}

const view = new DataView(new ArrayBuffer(1024));

function acknowledge(ring: ResendRing, peer: number, session: number, window: ReplayWindow, from: number, to: number) {
  for (let word = from >> 5; word <= to >> 5; word += MAX_ACK_WORDS) {
    writeAck(view, 0, session, window, word, Math.min(to >> 5, word + MAX_ACK_WORDS - 1));
    ring.acknowledge(peer, session, view, 0);
  }
}

const sizes = fc
  .integer({ min: 40, max: 1500 })
  .chain((size) =>
    fc
      .tuple(fc.constant(size), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 33, max: size < 33 ? 33 : size }))
      .map(([each, count, last]) => [...Array.from({ length: count }, () => each), Math.min(last, each)]),
  );

test('datagrams that were not acknowledged are all there, where they were put, and no two in one place', () => {
  const step = fc.record({
    peer: fc.nat(1),
    sizes,
    skip: fc.nat(3),
    links: fc.constantFrom(1, 2, 3),
    comes: fc.array(fc.boolean(), { minLength: 61, maxLength: 61 }),
    acks: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ring = new ResendRing(BASE, 64 * CHUNK_SIZE);
      const senders = [new Sender(ring, 0, 7), new Sender(ring, 1, -7)];
      const windows = [new ReplayWindow(), new ReplayWindow()];
      for (const { peer } of senders) ring.setLimit(peer, 40 * CHUNK_SIZE);
      for (const [now, given] of steps.entries()) {
        const sender = senders[given.peer]!;
        const window = windows[given.peer]!;
        sender.counter += given.skip; // heartbeats have counters, too
        const from = sender.counter;
        sender.run(given.sizes, given.links, now);
        for (let counter = from; counter < sender.counter; counter++) {
          if (given.comes[counter - from]) window.mark(counter);
        }
        if (given.acks) acknowledge(ring, given.peer, sender.session, window, Math.max(0, from - 200), window.highest);
        if (given.acks) {
          for (const counter of sender.kept.keys()) {
            const told = counter >> 5 >= Math.max(0, from - 200) >> 5 && counter <= window.highest;
            if (told && window.check(counter) !== 0) sender.kept.delete(counter);
          }
        }
        for (const { kept, pending } of senders.map((each) => ({ kept: each.kept, pending: each.pending() }))) {
          assert.deepEqual([...pending.keys()].sort(), [...kept.keys()].sort());
          for (const [counter, { at, size }] of pending) {
            assert.deepEqual([at, size], [kept.get(counter)!.at, kept.get(counter)!.size]);
          }
        }
        const places = senders.flatMap((each) => [...each.pending().values()]).sort((a, b) => a.at - b.at);
        for (let i = 1; i < places.length; i++) assert.ok(places[i - 1]!.at + places[i - 1]!.size <= places[i]!.at);
        for (const { at, size } of places) assert.ok(at >= BASE && at + size <= BASE + 64 * CHUNK_SIZE);
      }
      for (const { peer } of senders) ring.forget(peer);
      assert.equal(ring.used, 0, 'every chunk is free again');
    }),
    { numRuns: 150 },
  );
});

test('a path that acknowledges in time goes round in one or two chunks', () => {
  const ring = new ResendRing(BASE, 64 * CHUNK_SIZE);
  const window = new ReplayWindow();
  const sender = new Sender(ring, 3, 9);
  ring.setLimit(3, 40 * CHUNK_SIZE);
  let most = 0;
  for (let now = 0; now < 2000; now++) {
    const from = sender.counter;
    sender.run(
      Array.from({ length: 40 }, () => 1450),
      1,
      now,
    );
    for (let counter = from; counter < sender.counter; counter++) window.mark(counter);
    most = Math.max(most, ring.used);
    acknowledge(ring, 3, 9, window, from, sender.counter - 1);
  }
  assert.ok(most <= 2, `${most} chunks`);
  assert.equal(ring.used, 0);
});

test('beyond its limit, and when the memory is used up, the oldest chunk of the same peer gives way, counted', () => {
  const ring = new ResendRing(BASE, 6 * CHUNK_SIZE);
  const [a, b] = [new Sender(ring, 0, 1), new Sender(ring, 1, 2)];
  ring.setLimit(0, 4 * CHUNK_SIZE);
  ring.setLimit(1, 4 * CHUNK_SIZE);
  for (let now = 0; now < 40; now++)
    a.run(
      Array.from({ length: 40 }, () => 1450),
      1,
      now,
    );
  assert.equal(ring.used, 4);
  const sent = a.counter;
  assert.equal(a.pending().size + ring.takeOverruns(0), sent);
  assert.equal(ring.takeOverruns(0), 0, 'counted once');
  assert.ok(a.pending().has(sent - 1) && !a.pending().has(0));
  const left = a.pending().size;
  for (let now = 40; now < 80; now++)
    b.run(
      Array.from({ length: 40 }, () => 1450),
      2,
      now,
    );
  assert.equal(ring.used, 6, 'what is left of the memory');
  assert.equal(b.pending().size + ring.takeOverruns(1), b.counter);
  assert.equal(a.pending().size, left, 'not at the cost of the other peer');
  ring.forget(0);
  assert.equal(ring.used, 2);
});

test('what is not sent yet never gives way: the new datagram is not kept instead', () => {
  const ring = new ResendRing(BASE, 2 * CHUNK_SIZE);
  const sender = new Sender(ring, 0, 1);
  ring.setLimit(0, 16 * CHUNK_SIZE);
  sender.run(
    Array.from({ length: 400 }, () => 1450),
    1,
    5,
  );
  assert.ok(sender.overruns > 100);
  assert.equal(sender.pending().size + sender.overruns, 400);
});

test('no memory, or a limit of nothing: nothing is kept', () => {
  for (const [size, limit] of [
    [0, 1 << 24],
    [-5, 1 << 24],
    [1 << 24, 0],
  ] as const) {
    const ring = new ResendRing(BASE, size);
    ring.setLimit(0, limit);
    assert.equal(ring.place(0, 100, 1), -1);
  }
});

test('more single datagrams than there are records: the oldest give way', () => {
  const ring = new ResendRing(BASE, 256 * CHUNK_SIZE);
  const sender = new Sender(ring, 0, 1);
  ring.setLimit(0, 256 * CHUNK_SIZE);
  for (let now = 0; now < RECORDS + 5000; now++) {
    sender.run([100], 1, now);
    ring.sent(ring.first(0), 1, 0, 1, 0);
  }
  assert.ok(sender.pending().size <= RECORDS);
  assert.equal(sender.pending().size + ring.takeOverruns(0), RECORDS + 5000);
});

test('a link that had room for some runs of a record has not carried it', () => {
  for (const turn of [0, 1]) {
    const ring = new ResendRing(BASE, 8 * CHUNK_SIZE);
    ring.setLimit(0, 8 * CHUNK_SIZE);
    new Sender(ring, 0, 1).run([100, 50], 0b01, 1);
    const record = ring.first(0);
    const runs = [() => ring.sent(record, 0b10, 0, 1, 5), () => ring.sent(record, 0, 0b10, 1, 5)];
    ring.bookAnew();
    runs[turn]?.();
    assert.equal(runs[1 - turn]?.(), 0b01);
    assert.equal(ring.proceed(0, -1), true, 'it is looked at once more');
    ring.bookAnew();
    assert.equal(ring.sent(record, 0b10, 0, 2, 10), 0b11);
  }
});

test('only what one link alone carried proves that link, with the newest of it', () => {
  const ring = new ResendRing(BASE, 8 * CHUNK_SIZE);
  const window = new ReplayWindow();
  const sender = new Sender(ring, 0, 1);
  ring.setLimit(0, 8 * CHUNK_SIZE);
  const carried = [0b001, 0b010, 0b001, 0b011, 0b100];
  carried.forEach((links, i) => {
    sender.run([100 + i, 50], links, 10 + i);
  });
  for (const counter of [0, 2, 4, 6]) window.mark(counter);
  acknowledge(ring, 0, 1, window, 0, 9);
  assert.equal(ring.proved, 0b011);
  assert.deepEqual([ring.provedAt[0], ring.provedAt[1]], [12, 11]);
  assert.deepEqual([...sender.pending().keys()].sort(), [1, 3, 5, 7, 8, 9]);
  acknowledge(ring, 0, 1, window, 0, 9);
  assert.equal(ring.proved, 0, 'told a second time it is no news');
  acknowledge(ring, 0, 2, window, 0, 9);
  assert.equal(sender.pending().size, 6, 'another session says nothing of this one');
});

test('what no socket had room for is not kept; what is old enough is forgotten', () => {
  const ring = new ResendRing(BASE, 8 * CHUNK_SIZE);
  const sender = new Sender(ring, 0, 1);
  ring.setLimit(0, 8 * CHUNK_SIZE);
  sender.run([100, 100], 0, 1);
  assert.equal(ring.used, 0);
  for (let now = 2; now < 10; now++) sender.run([100], 1, now);
  ring.expire(0, 6);
  assert.equal(sender.pending().size, 4);
});
