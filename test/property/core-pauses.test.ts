/** For how long of a time the machine stood still. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { pausedWithin } from '../../lab/core-pauses.js';

const pause = fc.tuple(fc.nat(50), fc.nat(20)).map(([from, length]) => ({ from, to: from + length }));

it('is each millisecond once in which any core stood still', () => {
  fc.assert(
    fc.property(fc.array(fc.array(pause), { maxLength: 3 }), fc.nat(60), fc.nat(30), (cores, from, length) => {
      const milliseconds = Array.from({ length }, (_, i) => from + i);
      const paused = milliseconds.filter((ms) => cores.flat().some((each) => each.from <= ms && ms < each.to));
      assert.equal(pausedWithin(cores, from, from + length), paused.length);
    }),
  );
});
