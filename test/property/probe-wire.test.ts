/** Path MTU probes and their answers on the wire: what is written is read, and nothing else is taken for one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  MAX_PROBE,
  PROBE_SIZE,
  probeAnswerIsValid,
  probeIsValid,
  probeLength,
  probeLink,
  probeNumber,
  writeProbe,
  writeProbeAnswer,
} from '../../src/core/wire/probe.js';

function memory(bytes: Uint8Array) {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

const u8 = fc.integer({ min: 0, max: 7 });
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test('a probe tells its own length, and its answer repeats what it told', () => {
  fc.assert(
    fc.property(u8, fc.integer({ min: PROBE_SIZE, max: MAX_PROBE }), u32, (link, length, number) => {
      const arena = memory(new Uint8Array(40));
      writeProbe(arena.view, 3, link, length, number);
      assert.ok(probeIsValid(arena, 3, length));
      assert.ok(!probeIsValid(arena, 3, length + 1) && !probeIsValid(arena, 3, length - 1), 'cut or overlong');
      assert.ok(
        arena.bytes.slice(3 + PROBE_SIZE).every((byte) => byte === 0),
        'the padding is not touched',
      );
      writeProbeAnswer(arena.view, 20, 3);
      assert.equal(arena.bytes[20], 7);
      for (const at of [3, 20]) {
        assert.deepEqual(
          [probeLink(arena.view, at), probeLength(arena.view, at), probeNumber(arena.view, at)],
          [link, length, number],
        );
      }
      assert.ok(probeAnswerIsValid(arena, 20, PROBE_SIZE));
      assert.ok(!probeAnswerIsValid(arena, 20, PROBE_SIZE + 1) && !probeAnswerIsValid(arena, 20, PROBE_SIZE - 1));
    }),
  );
});

test('random, cut and overlong bytes: refused, or exactly what they say', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      // As in the arena: other bytes lie behind the plaintext.
      const arena = memory(Uint8Array.of(...bytes, ...new Uint8Array(16).fill(0xff)));
      const told = bytes.length >= 4 ? bytes[2]! | (bytes[3]! << 8) : -1;
      assert.equal(probeIsValid(arena, 0, bytes.length), bytes.length >= PROBE_SIZE && told === bytes.length);
      assert.equal(probeAnswerIsValid(arena, 0, bytes.length), bytes.length === PROBE_SIZE && told >= PROBE_SIZE);
    }),
  );
});
