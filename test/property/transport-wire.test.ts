/** Transport headers and heartbeats on the wire: byte for byte, and there and back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  HEARTBEAT_DOWN_MASK,
  HEARTBEAT_LINK,
  HEARTBEAT_SIZE,
  heartbeatCount,
  heartbeatEcho,
  heartbeatSequence,
  heartbeatTime,
  writePing,
  writePong,
} from '../../src/core/wire/heartbeat.js';
import {
  counterOf,
  HEADER_SIZE,
  KIND_PING,
  KIND_PONG,
  REJECT_AFTER_DATAGRAMS,
  writeHeader,
} from '../../src/core/wire/transport.js';

const u32 = fc.oneof(fc.nat(0xffff_ffff), fc.constantFrom(0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff));
const byte = fc.nat(255);
const AT = 40;
const PONG_AT = 72;

test('a header is 4, three zeros, the index (little endian) and the counter (big endian), and nothing else is touched', () => {
  fc.assert(
    fc.property(u32, fc.nat(REJECT_AFTER_DATAGRAMS), (index, counter) => {
      const bytes = Buffer.alloc(64, 0xee);
      writeHeader(new DataView(bytes.buffer, bytes.byteOffset, 64), 8, index, counter);
      assert.deepEqual([...bytes.subarray(8, 12)], [4, 0, 0, 0]);
      assert.equal(bytes.readUInt32LE(12), index);
      assert.equal(bytes.readBigUInt64BE(16), BigInt(counter));
      const view = new DataView(bytes.buffer, bytes.byteOffset, 64);
      assert.equal(counterOf(view, 8), counter < REJECT_AFTER_DATAGRAMS ? counter : -1);
      assert.ok(bytes.every((value, i) => value === 0xee || (i >= 8 && i < 8 + HEADER_SIZE)));
    }),
  );
});

test('an index beyond 2^31 may be given as the negative number that a signed read makes of it', () => {
  const bytes = Buffer.alloc(16);
  writeHeader(new DataView(bytes.buffer, bytes.byteOffset, 16), 0, -2, 1);
  assert.equal(bytes.readUInt32LE(4), 0xffff_fffe);
});

test('a pong gives back sequence, time and count of its ping', () => {
  const fields = fc.record({
    link: fc.nat(7),
    mask: byte,
    sequence: u32,
    sent: u32,
    received: u32,
    answerMask: byte,
    flags: byte,
  });
  fc.assert(
    fc.property(fields, fc.double({ noNaN: true }), (given, time) => {
      const { link, mask, flags, sequence, sent, received, answerMask } = given;
      const bytes = new Uint8Array(128).fill(0xee);
      const view = new DataView(bytes.buffer);
      // Counters are doubles that are cut to 32 bits, signed or not.
      writePing(view, AT, link, mask, flags, sequence, time, sent | 0);
      assert.deepEqual([...bytes.subarray(AT, AT + 4)], [KIND_PING, link, mask, flags]);
      assert.equal(heartbeatSequence(view, AT), sequence);
      assert.equal(heartbeatTime(view, AT), time);
      assert.equal(heartbeatCount(view, AT), sent);
      assert.equal(heartbeatEcho(view, AT), 0);
      writePong(view, PONG_AT, answerMask, flags ^ 1, received | 0, AT);
      assert.deepEqual([...bytes.subarray(PONG_AT, PONG_AT + 4)], [KIND_PONG, link, answerMask, flags ^ 1]);
      assert.equal(bytes[PONG_AT + HEARTBEAT_LINK], link);
      assert.equal(bytes[PONG_AT + HEARTBEAT_DOWN_MASK], answerMask);
      assert.equal(heartbeatSequence(view, PONG_AT), sequence);
      assert.equal(heartbeatTime(view, PONG_AT), time);
      assert.equal(heartbeatCount(view, PONG_AT), received);
      assert.equal(heartbeatEcho(view, PONG_AT), sent);
      const inside = (i: number) =>
        (i >= AT && i < AT + HEARTBEAT_SIZE) || (i >= PONG_AT && i < PONG_AT + HEARTBEAT_SIZE);
      assert.ok(bytes.every((value, i) => inside(i) || value === 0xee));
    }),
  );
});

test('a ping in its last place, field by field', () => {
  const view = new DataView(new ArrayBuffer(HEARTBEAT_SIZE));
  writePing(view, 0, 3, 0b101, 2, 0x01020304, 1.5, 0x0a0b0c0d);
  const time = [0, 0, 0, 0, 0, 0, 0xf8, 0x3f];
  assert.deepEqual(
    [...new Uint8Array(view.buffer)],
    [KIND_PING, 3, 5, 2, 4, 3, 2, 1, ...time, 0x0d, 0x0c, 0x0b, 0x0a, 0, 0, 0, 0],
  );
});
