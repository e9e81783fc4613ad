/** The lane goes before others as long as it leaves them something. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LanePrecedence } from '../../src/daemon/lane-precedence.js';

/** A thread that takes what the test says. @param refused whether the kernel doesn't let it be a real-time one */
function threadOf({ refused = false } = {}) {
  const changes: boolean[] = [];
  const thread = {
    cpu: 0,
    changes,
    setRealtime: (on: boolean) => {
      changes.push(on);
      return !refused;
    },
    cpuMs: () => thread.cpu,
  };
  return thread;
}

/** Lets the lane run until `end`, with this share of its core; reviews when it wants that. @returns then */
function run(lane: LanePrecedence, thread: { cpu: number }, from: number, end: number, share: number): number {
  for (let now = from; now < end; now++) {
    thread.cpu += share;
    if (lane.nextAt <= now) lane.review(now);
  }
  return end;
}

test('a lane that pauses goes before others, and is asked about at every turn only when it is time', () => {
  const thread = threadOf();
  const lane = new LanePrecedence(thread, 0);
  run(lane, thread, 0, 60_000, 0.7);
  assert.deepEqual(thread.changes, [true]);
});

test('one that does not pause is a usual thread within half a second, and until it has been modest for as long', () => {
  const thread = threadOf();
  const lane = new LanePrecedence(thread, 0);
  let now = run(lane, thread, 0, 501, 0.95);
  assert.deepEqual(thread.changes, [true, false]);
  now = run(lane, thread, now, 1000, 0.5);
  assert.deepEqual(thread.changes, [true, false], 'not yet');
  now = run(lane, thread, now, 1001, 0.5);
  assert.deepEqual(thread.changes, [true, false, true]);
  // As long as it takes so much, it stays what it is.
  run(lane, thread, now, now + 10_000, 1);
  assert.deepEqual(thread.changes, [true, false, true, false]);
});

test('a burst of a fifth of a second changes nothing', () => {
  const thread = threadOf();
  const lane = new LanePrecedence(thread, 0);
  let now = run(lane, thread, 0, 300, 0.4);
  now = run(lane, thread, now, 500, 1);
  run(lane, thread, now, 5000, 0.4);
  assert.deepEqual(thread.changes, [true]);
});

test('never more than nine tenths of any second as a real-time thread, whatever it does', () => {
  const thread = threadOf();
  const lane = new LanePrecedence(thread, 0);
  const taken: number[] = [];
  for (let now = 0; now < 60_000; now++) {
    // Busy and idle in turn, for times that grow.
    const share = Math.floor(now / (50 + Math.floor(now / 50))) % 2;
    thread.cpu += share;
    if (lane.nextAt <= now) lane.review(now);
    taken.push(thread.changes.at(-1) === true ? share : 0);
  }
  for (let first = 0; first + 1000 <= taken.length; first++) {
    const sum = taken.slice(first, first + 1000).reduce((total, ms) => total + ms, 0);
    assert.ok(sum <= 900, `${sum} ms from ${first} on`);
  }
});

test('without the right to it nothing is asked again', () => {
  const thread = threadOf({ refused: true });
  const lane = new LanePrecedence(thread, 0);
  run(lane, thread, 0, 10_000, 1);
  assert.deepEqual(thread.changes, [true]);
  assert.equal(lane.nextAt, Number.POSITIVE_INFINITY);
});
