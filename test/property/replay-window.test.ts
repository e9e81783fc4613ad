import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  COUNTER_DUPLICATE,
  COUNTER_FRESH,
  COUNTER_TOO_OLD,
  ReplayWindow,
} from '../../src/core/crypto/replay-window.js';

/** A set of what was marked; the window is the newest 2048 words of 32 counters. */
class NaiveWindow {
  readonly marked = new Set<number>();
  highest = -1;

  private get firstInside(): number {
    return (Math.floor(this.highest / 32) - 2047) * 32;
  }

  check(counter: number): number {
    if (this.highest >= 0 && counter < this.firstInside) return COUNTER_TOO_OLD;
    return this.marked.has(counter) ? COUNTER_DUPLICATE : COUNTER_FRESH;
  }

  mark(counter: number): void {
    if (this.check(counter) === COUNTER_TOO_OLD) return;
    this.marked.add(counter);
    this.highest = Math.max(this.highest, counter);
  }

  get lost(): number {
    if (this.highest < 0 || this.firstInside <= 0) return 0;
    let came = 0;
    for (const counter of this.marked) if (counter < this.firstInside) came++;
    return this.firstInside - came;
  }
}

/** Where the next counter lies, seen from the highest one. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -70, max: 70 }) },
  { weight: 2, arbitrary: fc.integer({ min: -65_700, max: -65_300 }) },
  { weight: 1, arbitrary: fc.integer({ min: -140_000, max: 70_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 65_400, max: 65_700 }) },
  { weight: 1, arbitrary: fc.integer({ min: 100_000, max: 400_000 }) },
);

test('the replay window agrees with a set of counters', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 150 }), (steps) => {
      const window = new ReplayWindow();
      const naive = new NaiveWindow();
      for (const [delta, authentic] of steps) {
        const counter = Math.max(0, naive.highest + delta);
        assert.equal(window.check(counter), naive.check(counter), `check(${counter})`);
        if (authentic) {
          window.mark(counter);
          naive.mark(counter);
        }
        assert.equal(window.highest, naive.highest);
        assert.equal(window.lost, naive.lost);
      }
    }),
    { numRuns: 300 },
  );
});

test('of any arrangement of duplicates, each counter is fresh once', () => {
  const order = fc
    .array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 200 })
    .chain((counters) => fc.shuffledSubarray([...counters, ...counters], { minLength: counters.length * 2 }));
  fc.assert(
    fc.property(order, (counters) => {
      const window = new ReplayWindow();
      let fresh = 0;
      for (const counter of counters) {
        if (window.check(counter) !== COUNTER_FRESH) continue;
        fresh++;
        window.mark(counter);
      }
      assert.equal(fresh, new Set(counters).size);
    }),
  );
});
