/** A link that comes and goes waits longer each time, and is forgiven when it stays. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Flapping } from '../../src/core/link/flapping.js';

const HOLD = 500;

/** For how long the link is held off after falling at `now`, in steps of 50 ms. */
function heldOff(flapping: Flapping, now: number): number {
  flapping.fell(now, HOLD);
  let wait = 0;
  while (flapping.isHeldOff(now + wait)) wait += 50;
  return wait;
}

test('the first fall costs nothing; then the hold time, doubled each time, up to 10 s', () => {
  const flapping = new Flapping();
  const waits = Array.from({ length: 10 }, (_, i) => heldOff(flapping, 1000 + i * 1000));
  assert.deepEqual(waits, [0, 500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000, 10_000]);
});

test('every ten seconds without a fall forgive one', () => {
  const flapping = new Flapping();
  for (let i = 0; i < 5; i++) heldOff(flapping, i * 1000);
  assert.equal(heldOff(flapping, 4000 + 21_000), 2000, 'two of five are forgiven, and this is the fourth');
  assert.equal(heldOff(flapping, 600_000), 0, 'all are');
});
