import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  COUNTER_DUPLICATE,
  COUNTER_FRESH,
  COUNTER_TOO_OLD,
  MAX_COUNTER,
  ReplayWindow,
} from '../../src/core/crypto/replay-window.js';

test('a new window knows nothing', () => {
  const window = new ReplayWindow();
  assert.equal(window.highest, -1);
  assert.equal(window.lost, 0);
  assert.equal(window.check(0), COUNTER_FRESH);
  assert.equal(window.check(MAX_COUNTER), COUNTER_FRESH);
});

test('check changes nothing', () => {
  const window = new ReplayWindow();
  window.check(1_000_000);
  assert.equal(window.highest, -1);
  assert.equal(window.check(0), COUNTER_FRESH);
});

test('a marked counter is a duplicate, its neighbours are not', () => {
  const window = new ReplayWindow();
  window.mark(31);
  window.mark(33);
  assert.equal(window.check(31), COUNTER_DUPLICATE);
  assert.equal(window.check(30), COUNTER_FRESH);
  assert.equal(window.check(32), COUNTER_FRESH);
  assert.equal(window.check(33), COUNTER_DUPLICATE);
  assert.equal(window.check(34), COUNTER_FRESH);
});

test('at least 65,505 counters are remembered', () => {
  for (const highest of [65_535, 65_536, 65_567, 100_000]) {
    const window = new ReplayWindow();
    window.mark(highest);
    assert.equal(window.check(highest - 65_504), COUNTER_FRESH, `below ${highest}`);
    if (highest >= 65_536) assert.equal(window.check(highest - 65_536), COUNTER_TOO_OLD, `below ${highest}`);
  }
});

test('a counter that is too old stays so when marked', () => {
  const window = new ReplayWindow();
  window.mark(200_000);
  const lost = window.lost;
  window.mark(5);
  assert.equal(window.check(5), COUNTER_TOO_OLD);
  assert.equal(window.lost, lost);
  // Its place in the ring now belongs to another counter.
  assert.equal(window.check(5 + 65_536 * 2), COUNTER_TOO_OLD);
  assert.equal(window.check(5 + 65_536 * 3), COUNTER_FRESH);
});

test('marking what has just left the window marks nothing in its place', () => {
  const window = new ReplayWindow();
  const newest = 32 * 5000;
  window.mark(newest);
  window.mark(newest - 65_536 + 7);
  assert.equal(window.check(newest + 7), COUNTER_FRESH);
  window.mark(newest + 8);
  assert.equal(window.check(newest + 7), COUNTER_FRESH);
});

test('what never came is lost when it leaves the window, not before', () => {
  const window = new ReplayWindow();
  for (let counter = 0; counter < 65_536; counter++) if (counter % 64 !== 3) window.mark(counter);
  assert.equal(window.lost, 0);
  window.mark(65_536);
  assert.equal(window.lost, 1);
  window.mark(65_536 + 64);
  assert.equal(window.lost, 2);
});

test('the longest jump counts everything in between as lost', () => {
  const window = new ReplayWindow();
  window.mark(0);
  window.mark(MAX_COUNTER);
  assert.equal(window.lost, MAX_COUNTER - 2047 * 32 - 1);
  assert.equal(window.check(MAX_COUNTER), COUNTER_DUPLICATE);
  assert.equal(window.check(MAX_COUNTER - 1), COUNTER_FRESH);
});

test('counters that can not be are never fresh', () => {
  const window = new ReplayWindow();
  for (const counter of [-1, MAX_COUNTER + 1, 2 ** 32 - 1, 2 ** 32]) {
    window.mark(counter);
    assert.equal(window.check(counter), COUNTER_TOO_OLD);
  }
  assert.equal(window.highest, -1);
});
