import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  fragmentCount,
  fragmentLength,
  fragmentSize,
  MAX_FRAGMENTED_TOTAL,
  MAX_FRAGMENTS,
} from '../../src/core/fragment/fragmenter.js';

const total = fc.integer({ min: 2, max: MAX_FRAGMENTED_TOTAL });
const capacity = fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 500, max: 1500 }));

test('the pieces make up the frame, none is empty and none too large', () => {
  fc.assert(
    fc.property(total, capacity, (total, capacity) => {
      const count = fragmentCount(total, capacity);
      const needed = Math.max(2, Math.ceil(total / capacity));
      assert.equal(count, needed <= MAX_FRAGMENTS ? needed : 0);
      if (count === 0) return;
      const size = fragmentSize(total, count);
      assert.equal(size, Math.ceil(total / count));
      let end = 0;
      for (let index = 0; index < count; index++) {
        assert.equal(end, index * size);
        const length = fragmentLength(total, count, index);
        assert.ok(length > 0 && length <= capacity, `piece ${index} has ${length} bytes`);
        end += length;
      }
      assert.equal(end, total);
    }),
    {
      numRuns: 1000,
      examples: [
        [2, 1],
        [255, 1],
        [66_000, 259],
        [5, 2],
        [7, 3],
      ],
    },
  );
});
