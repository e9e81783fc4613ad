/** The probe's datagram and its record of a flow. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  FlowRecord,
  LARGEST_DATAGRAM,
  readDatagram,
  SMALLEST_DATAGRAM,
  writeDatagram,
} from '../../lab/probe-datagram.js';

const STAMP = { run: 3, from: 1, to: 2, number: 1_000_000, sentAt: 12_345.25 };

describe('a datagram of the probe', () => {
  for (const size of [SMALLEST_DATAGRAM, 1372, LARGEST_DATAGRAM]) {
    it(`of ${size} bytes is read as it was written`, () => {
      const datagram = Buffer.alloc(size);
      writeDatagram(datagram, STAMP);
      assert.deepEqual(readDatagram(datagram), STAMP);
    });
  }

  it('with a byte changed, cut short, or of another number is none', () => {
    const datagram = Buffer.alloc(200);
    writeDatagram(datagram, STAMP);
    for (const at of [0, 24, 100, 199]) {
      const changed = Buffer.from(datagram);
      changed[at]! ^= 1;
      assert.equal(readDatagram(changed), null, `byte ${at}`);
    }
    assert.equal(readDatagram(datagram.subarray(0, 23)), null);
    const other = Buffer.from(datagram);
    other.writeUInt32LE(STAMP.number + 1, 12);
    assert.equal(readDatagram(other), null);
  });
});

describe('the record of a flow', () => {
  it('knows the longest gap and when it ended', () => {
    const record = new FlowRecord(100);
    for (const [number, now] of [
      [0, 101],
      [1, 109],
      [2, 110],
      [3, 116],
    ] as const)
      record.arrived(number, now - 1, now);
    assert.deepEqual([record.arrivals.gapMs, record.arrivals.gapEndedAt], [8, 109]);
    record.senderStopped(130);
    assert.deepEqual([record.arrivals.gapMs, record.arrivals.gapEndedAt], [14, 130]);
  });

  it('counts no silence after the sender stopped', () => {
    const record = new FlowRecord(0);
    record.arrived(0, 0, 1);
    record.senderStopped(2);
    record.arrived(1, 0, 500);
    assert.deepEqual([record.arrivals.gapMs, record.arrivals.received], [1, 2]);
  });

  it('tells duplicates and disorder', () => {
    const record = new FlowRecord(0);
    for (const number of [0, 2, 1, 2, 5000]) record.arrived(number, 0, 1);
    const { received, duplicated, reordered } = record.arrivals;
    assert.deepEqual([received, duplicated, reordered], [4, 1, 1]);
  });
});
