import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { outerHeader } from '../../src/capture/outer.js';
import { PcapngSink } from '../../src/capture/pcapng-sink.js';
import type { Captured } from '../../src/capture/record.js';
import { beginRecord, INBOUND, OUTBOUND, putAddress, takeRecord } from '../../src/capture/record.js';
import { RingReader, RingWriter, ringMemory } from '../../src/capture/ring.js';
import { TextSink } from '../../src/capture/text-sink.js';
import { checksumAdd, checksumFold } from '../../src/core/wire/checksum.js';
import { addressRecord } from '../../src/io/udp-socket.js';
import { readPcapng } from '../pcapng-reader.js';

const packet = { direction: INBOUND, link: 3, tos: 0, peer: 7, length: 0, time: 12.5 };

test('the ring gives back what was put in, in order, and counts what finds no room', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer({ min: 0, max: 500 }), fc.constant(-1)), { maxLength: 200 }), (steps) => {
      const memory = ringMemory(1024);
      const writer = new RingWriter(memory);
      const reader = new RingReader(memory);
      const waiting: Uint8Array[] = [];
      let dropped = 0;
      for (const step of steps) {
        if (step < 0) {
          const found = takeRecord(reader);
          const wanted = waiting.shift();
          assert.deepEqual(found === null ? undefined : Buffer.from(found.data), wanted && Buffer.from(wanted));
          if (found !== null) assert.deepEqual([found.link, found.peer, found.time], [3, 7, 12.5]);
          continue;
        }
        const bytes = new Uint8Array(step).fill(step);
        const at = beginRecord(writer, { ...packet, length: step }, step);
        if (at < 0) {
          // A record as large as half the ring always fits an empty one.
          assert.ok(waiting.length > 0 || step + 64 > 512);
          dropped += 1;
          continue;
        }
        writer.bytes.set(bytes, at);
        writer.commit();
        waiting.push(bytes);
      }
      assert.equal(reader.dropped, dropped);
      for (const wanted of waiting) assert.deepEqual(Buffer.from(takeRecord(reader)?.data ?? []), Buffer.from(wanted));
      assert.equal(takeRecord(reader), null);
    }),
  );
});

test('positions of the ring wrap at 2^32', () => {
  const memory = ringMemory(1024);
  new Int32Array(memory, 0, 2).fill(-512); // both positions, shortly before
  const writer = new RingWriter(memory);
  const reader = new RingReader(memory);
  for (let i = 0; i < 40; i++) {
    const at = beginRecord(writer, packet, 100);
    writer.bytes[at] = i;
    writer.commit();
    assert.equal(takeRecord(reader)?.data[0], i);
  }
  assert.equal(reader.dropped, 0);
});

test('a record that was not committed is not seen', () => {
  const memory = ringMemory(1024);
  const writer = new RingWriter(memory);
  beginRecord(writer, packet, 10);
  assert.equal(takeRecord(new RingReader(memory)), null);
});

function captured(change: Partial<Captured>): Captured {
  return {
    ...packet,
    length: 4,
    address: addressRecord('10.0.0.2', 20702),
    data: Uint8Array.of(4, 0, 0, 0),
    ...change,
  };
}

test('made headers have right lengths and checksums', () => {
  const payload = Uint8Array.of(1, 2, 3, 4, 5);
  const v4 = outerHeader(end([10, 0, 0, 1], 5), end([10, 0, 0, 2], 6), 0xc0, payload, 5);
  assert.equal(checksumFold(checksumAdd(v4, 0, 20, 0)), 0xffff);
  assert.deepEqual([...v4.subarray(0, 4)], [0x45, 0xc0, 0, 33]);
  assert.deepEqual([...v4.subarray(20)], [0, 5, 0, 6, 0, 13, 0, 0]);
  const a = Array.from({ length: 16 }, (_, i) => i);
  const v6 = outerHeader(end(a, 5), end([...a].reverse(), 6), 0, payload, 5);
  const whole = Uint8Array.from([...v6, ...payload]);
  // Pseudo-header: the addresses, the protocol, and the length of header and payload.
  assert.equal(checksumFold(checksumAdd(whole, 40, 13, checksumAdd(whole, 8, 32, 17 + 13))), 0xffff);
  assert.deepEqual([...v6.subarray(0, 8)], [0x60, 0, 0, 0, 0, 13, 17, 64]);
  assert.equal(outerHeader(end(a, 5), end(a, 6), 0, payload, 6)[46], 0, 'a datagram that was cut has no checksum');
});

function end(bytes: readonly number[], port: number): { bytes: Uint8Array; port: number } {
  return { bytes: Uint8Array.from(bytes), port };
}

test('a file of links: an interface each, directions, times, comments, what was dropped', () => {
  const links = new Map([
    [0, end([10, 0, 0, 1], 20701)],
    [3, end([0, 0, 0, 0], 20703)],
  ]);
  const clock = 1_700_000_000_000;
  const sink = new PcapngSink({ name: 'sn0', links }, clock, 64, 'Linux', 'sennit');
  sink.add(captured({}), 'h2');
  const second = { direction: OUTBOUND, link: 0, length: 9, time: 13, address: addressRecord('10.0.0.9', 9) };
  sink.add(captured(second), null);
  sink.end(0, 20, 2, 5);
  const file = readPcapng(Buffer.from(sink.take()));
  assert.deepEqual(
    file.interfaces.map(({ name, linkType }) => [name, linkType]),
    [
      ['link0', 101],
      ['link3', 101],
    ],
  );
  const [first, other] = file.packets;
  assert.deepEqual([first?.interface, first?.direction, first?.comment], [1, 1, 'peer h2']);
  assert.equal(first?.time, clock * 1000 + 12_500);
  assert.deepEqual([...(first?.data.subarray(12, 20) ?? [])], [10, 0, 0, 2, 0, 0, 0, 0]);
  assert.deepEqual([other?.interface, other?.direction, other?.comment, other?.length], [0, 2, null, 37]);
  assert.deepEqual([...(other?.data.subarray(12, 20) ?? [])], [10, 0, 0, 1, 10, 0, 0, 9]);
  assert.deepEqual(file.statistics, [
    { interface: 0, received: 6, dropped: 5, delivered: 1 },
    { interface: 1, received: 1, dropped: 0, delivered: 1 },
  ]);
});

test('lines of text say who, where and how much, and nothing that users carry', () => {
  const links = new Map([[3, end([10, 0, 0, 1], 20701)]]);
  const outer = new TextSink({ name: 'sn0', links }, 0);
  outer.add(captured({ length: 138 }), 'h2');
  const line = '00:00:00.012 in  h2 link 3 10.0.0.2:20702 > 10.0.0.1:20701 sealed, 138 bytes\n';
  assert.equal(Buffer.from(outer.take()).toString(), line);
  const inner = new TextSink({ name: 'sn0', links: new Map() }, 0);
  const data = Uint8Array.from([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6, 99, 99]);
  inner.add(captured({ data, direction: OUTBOUND, length: 60 }), null);
  const frame = '00:00:00.012 out - 02:00:00:00:00:02 > 02:00:00:00:00:01 ARP, 60 bytes\n';
  assert.equal(Buffer.from(inner.take()).toString(), frame);
});

test('the address record goes with the packet', () => {
  const memory = ringMemory(1024);
  const writer = new RingWriter(memory);
  const record = addressRecord('fd00::2', 99);
  const at = beginRecord(writer, packet, 4);
  putAddress(writer, at, record, 0);
  writer.commit();
  assert.deepEqual(takeRecord(new RingReader(memory))?.address, record);
});
