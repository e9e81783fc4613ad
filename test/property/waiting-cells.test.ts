/** Queues that share cells behave like lists of byte strings, whatever is put in and taken out in whichever order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arenaOver } from '../../src/core/arena.js';
import { CELL_SIZE, Cells } from '../../src/core/waiting/cells.js';

const QUEUES = 3;
const COUNT = 40;
/** Where plaintexts come from and go to, and where the cells are. */
const FROM = 0;
const TO = 16 * CELL_SIZE;
const BASE = 32 * CELL_SIZE + 8;

interface Step {
  queue: number;
  does: 'put' | 'take' | 'drop';
  length: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  queue: fc.integer({ min: 0, max: QUEUES - 1 }),
  does: fc.constantFrom('put', 'put', 'put', 'take', 'drop'),
  length: fc.oneof(
    fc.integer({ min: 1, max: 12 * CELL_SIZE }),
    fc.integer({ min: 1, max: 3 }).map((cells) => cells * CELL_SIZE),
    fc.integer({ min: 1, max: 100 }),
  ),
});

const cellsOf = (length: number): number => Math.ceil(length / CELL_SIZE);

test('first in, first out, whole, and each queue holds at most what is free', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const arena = arenaOver(new ArrayBuffer(BASE + COUNT * CELL_SIZE));
      const cells = new Cells(arena, BASE, COUNT * CELL_SIZE, QUEUES);
      const model: { bytes: Uint8Array; at: number }[][] = Array.from({ length: QUEUES }, () => []);
      const held = (queue: number): number => model[queue]!.reduce((sum, { bytes }) => sum + cellsOf(bytes.length), 0);
      for (const [now, { queue, does, length }] of steps.entries()) {
        const list = model[queue]!;
        if (does === 'put') {
          const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) + now) & 255);
          arena.bytes.set(bytes, FROM);
          const free = COUNT - held(0) - held(1) - held(2) - cellsOf(length);
          const fits = held(queue) + cellsOf(length) <= free;
          assert.equal(cells.put(queue, FROM, length, now), fits);
          if (fits) list.push({ bytes, at: now });
        } else if (does === 'take') {
          const oldest = list.shift();
          assert.equal(cells.take(queue, TO), oldest?.bytes.length ?? 0);
          if (oldest) assert.deepEqual(arena.bytes.slice(TO, TO + oldest.bytes.length), oldest.bytes);
        } else if (list.length > 0) {
          list.shift();
          cells.drop(queue);
        }
        for (const [each, entries] of model.entries()) {
          assert.equal(cells.oldest(each), entries[0]?.at ?? Number.POSITIVE_INFINITY);
        }
      }
    }),
  );
});
