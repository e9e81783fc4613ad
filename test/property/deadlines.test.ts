import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Deadlines } from '../../src/core/deadlines.js';

const CAPACITY = 24;

const id = fc.nat(CAPACITY - 1);
// Few different times, so that equal ones are common.
const time = fc.oneof(fc.integer({ min: -5, max: 60 }), fc.double({ min: 0, max: 60, noNaN: true }));
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('set' as const), id, time }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('clear' as const), id }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pop' as const), now: time }) },
);

test('deadlines agree with a map searched from end to end', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const deadlines = new Deadlines(CAPACITY);
      const naive = new Map<number, number>();
      const earliest = () => Math.min(Number.POSITIVE_INFINITY, ...naive.values());
      for (const step of steps) {
        if (step.do === 'set') {
          deadlines.set(step.id, step.time);
          naive.set(step.id, step.time);
        } else if (step.do === 'clear') {
          deadlines.clear(step.id);
          naive.delete(step.id);
        } else {
          const popped = deadlines.pop(step.now);
          if (earliest() > step.now) {
            assert.equal(popped, -1);
          } else {
            assert.equal(naive.get(popped), earliest());
            naive.delete(popped);
          }
        }
        assert.equal(deadlines.next(), earliest());
        assert.equal(deadlines.size, naive.size);
        for (let id = 0; id < CAPACITY; id++)
          assert.equal(deadlines.get(id), naive.get(id) ?? Number.POSITIVE_INFINITY);
      }
      const rest: number[] = [];
      for (let id = deadlines.pop(100); id >= 0; id = deadlines.pop(100)) rest.push(naive.get(id)!);
      assert.deepEqual(
        rest,
        [...naive.values()].sort((a, b) => a - b),
      );
    }),
    { numRuns: 200 },
  );
});
