/** Acknowledgements say what the replay window knows: nothing more, and of the words they carry nothing less. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arenaOver } from '../../src/core/arena.js';
import { ReplayWindow } from '../../src/core/crypto/replay-window.js';
import { ackBits, ackEnd, ackFirst, ackIsValid, ackSession, MAX_ACK_WORDS, writeAck } from '../../src/core/wire/ack.js';
import { KIND_ACK, REJECT_AFTER_DATAGRAMS } from '../../src/core/wire/transport.js';

const AT = 24;

function room() {
  const arena = arenaOver(new ArrayBuffer(1024));
  arena.bytes.fill(0xee);
  return arena;
}

test('each bit is what the window has; counters outside of the bitmap are never acknowledged', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(6000), { maxLength: 400 }),
      fc.nat(REJECT_AFTER_DATAGRAMS - 16_000),
      fc.nat(180),
      fc.integer({ min: 1, max: MAX_ACK_WORDS }),
      fc.integer({ min: -2147483648, max: 2147483647 }),
      (offsets, base, skip, words, session) => {
        const window = new ReplayWindow();
        const came = new Set(offsets.map((offset) => base + offset));
        for (const counter of came) window.mark(counter);
        const arena = room();
        const from = (base >> 5) + skip;
        const length = writeAck(arena.view, AT, session, window, from, from + words - 1);
        assert.ok(ackIsValid(arena, AT, length));
        assert.equal(ackSession(arena.view, AT), session);
        assert.deepEqual([ackFirst(arena.view, AT), ackEnd(arena.view, AT)], [from * 32, (from + words) * 32]);
        const inside = (i: number) => i >= AT && i < AT + length;
        assert.ok(arena.bytes.every((value, i) => inside(i) || value === 0xee));
        // From any counter on, also from one before the bitmap and across its end.
        for (const counter of [from * 32 - 50, from * 32 - 7, from * 32, from * 32 + 13, (from + words) * 32 - 5]) {
          if (counter < 0) continue;
          const bits = ackBits(arena.view, AT, counter);
          for (let i = 0; i < 32; i++) {
            const covered = counter + i >= from * 32 && counter + i < (from + words) * 32;
            assert.equal((bits >>> i) & 1, covered && came.has(counter + i) ? 1 : 0, `${counter} + ${i}`);
          }
        }
      },
    ),
  );
});

test('what has another length than its words, no words, or counters that no key may use, is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 500 }), fc.nat(520), (given, length) => {
      const arena = room();
      arena.bytes.set(given, AT);
      const words = arena.bytes[AT + 1]!;
      const first = arena.view.getUint32(AT + 8, true);
      const good =
        length === 12 + 4 * words &&
        words >= 1 &&
        words <= MAX_ACK_WORDS &&
        first % 32 === 0 &&
        first + 32 * words <= REJECT_AFTER_DATAGRAMS;
      assert.equal(ackIsValid(arena, AT, length), good);
    }),
    { numRuns: 2000 },
  );
});

test('an acknowledgement, byte by byte', () => {
  const window = new ReplayWindow();
  for (const counter of [32, 33, 40, 64]) window.mark(counter);
  const arena = room();
  const length = writeAck(arena.view, 0, 0x01020304, window, 1, 2);
  assert.deepEqual(
    [...arena.bytes.subarray(0, length)],
    [KIND_ACK, 2, 0, 0, 4, 3, 2, 1, 32, 0, 0, 0, 0x03, 0x01, 0, 0, 1, 0, 0, 0],
  );
});
