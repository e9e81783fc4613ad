/** `mtu auto` follows the paths slowly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AutoMtu, LOWER_AFTER, RAISE_AFTER } from '../../src/daemon/auto-mtu.js';

const STEP = 500;

/** Shows it what is found, for a while; how often it changed. */
function show(auto: AutoMtu, clock: { now: number }, found: number | null, milliseconds: number): number {
  let changes = 0;
  for (const end = clock.now + milliseconds; clock.now < end; clock.now += STEP) {
    if (auto.consider(found, clock.now)) changes++;
  }
  return changes;
}

test('the first path holds at once; before, the devices decide', () => {
  const auto = new AutoMtu();
  const clock = { now: 1000 };
  assert.equal(show(auto, clock, null, 10_000), 0);
  assert.equal(auto.room, Number.POSITIVE_INFINITY);
  assert.equal(show(auto, clock, 1372, STEP), 1);
  assert.equal(auto.room, 1372);
});

test('a smaller path must last, and one that comes and goes changes nothing', () => {
  const auto = new AutoMtu();
  const clock = { now: 0 };
  show(auto, clock, 1472, STEP);
  for (let i = 0; i < 20; i++) {
    assert.equal(show(auto, clock, 1272, LOWER_AFTER - STEP), 0);
    assert.equal(show(auto, clock, 1472, STEP), 0);
  }
  assert.equal(show(auto, clock, 1272, LOWER_AFTER + 2 * STEP), 1);
  assert.equal(auto.room, 1272);
});

test('larger ones must last long, and the least of that time holds', () => {
  const auto = new AutoMtu();
  const clock = { now: 0 };
  show(auto, clock, 1272, STEP);
  assert.equal(show(auto, clock, 1472, RAISE_AFTER - 2 * STEP), 0);
  assert.equal(show(auto, clock, 1272, STEP), 0, 'not without a break');
  assert.equal(show(auto, clock, 1472, RAISE_AFTER / 2), 0);
  assert.equal(show(auto, clock, 1372, STEP), 0);
  assert.equal(show(auto, clock, 1472, RAISE_AFTER), 1);
  assert.equal(auto.room, 1372);
  assert.equal(show(auto, clock, 1472, RAISE_AFTER + 2 * STEP), 1);
  assert.equal(auto.room, 1472);
});

test('while no path is known all stays as it was', () => {
  const auto = new AutoMtu();
  const clock = { now: 0 };
  show(auto, clock, 1272, STEP);
  assert.equal(show(auto, clock, null, 2 * RAISE_AFTER), 0);
  assert.equal(show(auto, clock, 1472, RAISE_AFTER - STEP), 0, 'such a time does not count');
  assert.equal(auto.room, 1272);
});
