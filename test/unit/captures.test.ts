import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginRecord, OUTBOUND } from '../../src/capture/record.js';
import { RingWriter } from '../../src/capture/ring.js';
import { emptyConfig, newInterface } from '../../src/config/model.js';
import type { Capture, CaptureOptions } from '../../src/control/capture.js';
import { MOST_CAPTURES } from '../../src/control/capture.js';
import { Captures } from '../../src/daemon/captures.js';
import type { ToLane } from '../../src/daemon/lane-messages.js';
import { readPcapng } from '../pcapng-reader.js';

class LaneDouble {
  readonly posted: ToLane[] = [];
  time = 0;
  peers = new Map([['b', 3]]);
  readonly captures: Captures;

  constructor() {
    const config = { ...emptyConfig(), interface: newInterface('t0') };
    const parts = { lane: this, running: () => config, nameOf: (index: number) => `#${index}` };
    this.captures = new Captures({ ...parts, indexOf: (peer) => this.peers.get(peer) ?? null });
  }

  now(): number {
    return this.time;
  }

  post(message: ToLane): void {
    this.posted.push(message);
  }

  async sync(): Promise<void> {}

  /** Packets of so many bytes, as the lane would put them into the ring of the capture that began last. */
  pass(count: number, bytes = 60): void {
    const last = this.posted.findLast((message) => message.type === 'capture');
    assert.ok(last?.type === 'capture');
    const ring = new RingWriter(last.ring);
    for (let i = 0; i < count; i++) {
      const packet = { direction: OUTBOUND, link: 0, tos: 0, peer: 3, length: bytes, time: this.time };
      if (beginRecord(ring, packet, bytes) >= 0) ring.commit();
    }
  }
}

const OPTIONS: CaptureOptions = { links: [], peer: null, count: null, seconds: null, snapLength: 2000, form: 'pcapng' };

async function rest(capture: Capture): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (let piece = await capture.next(); piece !== null; piece = await capture.next()) parts.push(piece);
  return Buffer.concat(parts);
}

test('a capture that is stopped gives what is left and the end of the file', async () => {
  const lane = new LaneDouble();
  const capture = lane.captures.start(OPTIONS);
  lane.pass(3000, 1500);
  capture.stop();
  const { packets, statistics } = readPcapng(await rest(capture));
  assert.deepEqual([packets.length, packets[0]?.comment], [3000, 'peer #3']);
  assert.deepEqual(statistics, [{ interface: 0, received: 3000, dropped: 0, delivered: 3000 }]);
  assert.deepEqual(capture.result(), { packets: 3000, dropped: 0, end: 'stopped' });
  assert.deepEqual(lane.posted.at(-1), { type: 'end-capture', id: 1 });
});

test('who does not fetch loses what comes, and is told how much', async () => {
  const lane = new LaneDouble();
  const capture = lane.captures.start(OPTIONS);
  lane.pass(10_000, 1500);
  capture.stop();
  const { packets, statistics } = readPcapng(await rest(capture));
  const dropped = 10_000 - packets.length;
  assert.ok(dropped > 0 && packets.length > 1000);
  assert.deepEqual(statistics, [{ interface: 0, received: 10_000, dropped, delivered: packets.length }]);
  assert.equal(capture.result().dropped, dropped);
});

test('it ends after a number of packets, exactly; after a time; and when its peer is not there any more', async () => {
  const lane = new LaneDouble();
  const counted = lane.captures.start({ ...OPTIONS, count: 5 });
  lane.pass(9);
  assert.equal(readPcapng(await rest(counted)).packets.length, 5);
  assert.equal(counted.result().end, 'count');
  const timed = lane.captures.start({ ...OPTIONS, seconds: 2 });
  await timed.next(); // the head of the file
  lane.time = 2000;
  lane.pass(1);
  assert.equal((await rest(timed)).length > 0, true);
  assert.deepEqual(timed.result(), { packets: 1, dropped: 0, end: 'seconds' });
  const ofPeer = lane.captures.start({ ...OPTIONS, peer: 'b' });
  assert.ok(lane.posted.some((message) => message.type === 'capture' && message.filter.peer === 3));
  lane.peers.clear();
  await rest(ofPeer);
  assert.equal(ofPeer.result().end, 'changed');
});

test('only so many at once; one that ends makes room; the end of the daemon ends all', async () => {
  const lane = new LaneDouble();
  const all = Array.from({ length: MOST_CAPTURES }, () => lane.captures.start(OPTIONS));
  assert.throws(() => lane.captures.start(OPTIONS), /4 captures go on already/);
  all[0]?.stop();
  all.push(lane.captures.start(OPTIONS));
  lane.captures.close();
  for (const capture of all) readPcapng(await rest(capture));
  assert.deepEqual(
    all.map((capture) => capture.result().end),
    ['stopped', 'closing', 'closing', 'closing', 'closing'],
  );
  assert.throws(() => lane.captures.start({ ...OPTIONS, peer: 'c' }), /peer c takes no part/);
  assert.throws(() => lane.captures.start({ ...OPTIONS, links: [2] }), /no local link 2/);
});
