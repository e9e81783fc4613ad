/** Round-robin over links that differ: order, shares, and what it costs those who are in no hurry. */
import assert from 'node:assert/strict';
import { PEER } from '../../src/core/counters.js';
import type { Host } from './host.js';
import { scenario } from './scenario.js';
import type { Sim } from './sim.js';
import { readSegment, type Segment, superFrame } from './tcp.js';

/** Payload bytes of a segment. */
const SIZE = 1300;
/** Bytes of a super-frame. */
const TRAIN = 20 * SIZE;

function pair(sim: Sim, delays: readonly number[]): [Host, Host] {
  const [a, b] = sim.hosts(2, { policy: 'round-robin', links: delays.length }) as [Host, Host];
  for (const [link, delay] of delays.entries()) {
    sim.network.path(a.id, b.id, link).delay = delay;
    sim.network.path(b.id, a.id, link).delay = delay;
  }
  sim.start(a, b);
  sim.run(2000);
  assert.ok(sim.joined(a, b));
  return [a, b];
}

/** Much at once from `a` to `b`, as a TCP does: a super-frame every `every` ms. What has come, in order of arrival. */
function bulk(sim: Sim, a: Host, b: Host, milliseconds: number, every: number): Segment[] {
  const segments: Segment[] = [];
  b.delivered = (frame) => {
    const segment = readSegment(frame);
    assert.ok(typeof segment !== 'string', `${segment}`);
    segments.push({ position: segment.position, payload: segment.payload.slice() });
  };
  let sent = 0;
  const until = sim.now + milliseconds;
  const tick = (): void => {
    if (sim.now >= until) return;
    const [vnet, frame] = superFrame(sent, TRAIN, SIZE, (sent / SIZE) & 0xffff);
    a.send(frame, vnet);
    sent += TRAIN;
    sim.after(every, tick);
  };
  tick();
  sim.run(milliseconds + 500);
  return segments;
}

/** Bytes that came behind something that had been sent later, among what was sent from `from` bytes on. */
function outOfOrder(segments: readonly Segment[], from: number): number {
  let highest = -1;
  let bytes = 0;
  for (const { position, payload } of segments) {
    if (position < highest && position >= from) bytes += payload.length;
    highest = Math.max(highest, position);
  }
  return bytes;
}

function carried(segments: readonly Segment[]): number {
  return segments.reduce((sum, { payload }) => sum + payload.length, 0);
}

function sentOn(a: Host, link: number): number {
  return a.lane.state.peers[0]!.links[link]!.pace.sent;
}

scenario('links of 2 and 20 ms: both carry, and nearly all comes in order', {}, (sim) => {
  const [a, b] = pair(sim, [2, 20]);
  for (const endpoint of a.endpoints) endpoint.rate = 12_500;
  const segments = bulk(sim, a, b, 1500, TRAIN / 20_000); // 160 Mbit/s
  assert.ok(carried(segments) > 0.9 * 1500 * 20_000, `${carried(segments)} bytes came`);
  // What the full socket of the short link drops leaves gaps, which are given up.
  assert.ok(outOfOrder(segments, 10_000_000) < 0.1 * carried(segments), `${outOfOrder(segments, 10_000_000)} bytes`);
  assert.ok(sentOn(a, 0) > 0.25 * carried(segments) && sentOn(a, 1) > 0.25 * carried(segments), 'both links carry');
});

scenario('links of 50 and 200 Mbit/s: shares follow, so that both carry what they can', {}, (sim) => {
  const [a, b] = pair(sim, [5, 5]);
  a.endpoints[0]!.rate = 6250;
  a.endpoints[1]!.rate = 25_000;
  bulk(sim, a, b, 1000, TRAIN / 26_500); // 212 Mbit/s of 250
  const before = [sentOn(a, 0), sentOn(a, 1)] as const;
  const segments = bulk(sim, a, b, 500, TRAIN / 26_500);
  assert.ok(carried(segments) > 0.95 * 500 * 26_500, `${carried(segments)} bytes came`);
  const share = (sentOn(a, 0) - before[0]) / (sentOn(a, 0) - before[0] + sentOn(a, 1) - before[1]);
  assert.ok(share > 0.1 && share < 0.35, `the slow link carried ${share}`);
});

scenario('a link that becomes slow gets less, and what it had again when it is fast', {}, (sim) => {
  const [a, b] = pair(sim, [5, 5]);
  for (const endpoint of a.endpoints) endpoint.rate = 12_500;
  bulk(sim, a, b, 300, TRAIN / 20_000);
  a.endpoints[0]!.rate = 3000;
  bulk(sim, a, b, 500, TRAIN / 14_000);
  const before = [sentOn(a, 0), sentOn(a, 1)] as const;
  bulk(sim, a, b, 500, TRAIN / 14_000);
  const share = (sentOn(a, 0) - before[0]) / (sentOn(a, 0) - before[0] + sentOn(a, 1) - before[1]);
  assert.ok(share < 0.35, `the slow link carried ${share}`);
  a.endpoints[0]!.rate = 12_500;
  bulk(sim, a, b, 1000, TRAIN / 22_000);
  const then = [sentOn(a, 0), sentOn(a, 1)] as const;
  bulk(sim, a, b, 400, TRAIN / 22_000);
  const later = (sentOn(a, 0) - then[0]) / (sentOn(a, 0) - then[0] + sentOn(a, 1) - then[1]);
  assert.ok(later > 0.35, `the link that is fast again carried ${later}`);
});

scenario('what a link loses that is too full is left to TCP; what it loses otherwise is sent again', {}, (sim) => {
  const [a, b] = pair(sim, [5, 5]);
  for (const endpoint of a.endpoints) endpoint.rate = 12_500;
  const resent = () => a.lane.state.counters[a.lane.state.peers[0]!.block + PEER.resent]!;
  const path = sim.network.path(a.id, b.id, 0);
  let before = 0;
  sim.after(500, () => {
    path.loss = 0.01;
    before = resent();
  });
  sim.after(1000, () => {
    assert.equal(resent(), before);
    path.loss = 0;
  });
  const segments = bulk(sim, a, b, 1000, TRAIN / 30_000); // 240 Mbit/s of 200
  assert.ok(carried(segments) > 0.9 * 1000 * 25_000, `${carried(segments)} bytes came`);
  b.delivered = null;
  path.loss = 0.05;
  before = resent();
  const stream = sim.stream(a, b, { every: 1, size: 1000 });
  sim.run(2000);
  stream.finish();
  assert.ok(resent() > before, 'what was lost is sent again');
  assert.equal(stream.lost.length, 0, `${stream}`);
});

scenario('equal links: a lone frame waits for nothing', { seeds: 3 }, (sim) => {
  const [a, b] = pair(sim, [5, 5]);
  bulk(sim, a, b, 300, TRAIN / 10_000);
  b.delivered = null;
  const stream = sim.stream(a, b, { every: 37 });
  sim.run(5000);
  stream.finish();
  for (const frame of stream.frames) assert.ok(frame.arrivals.get(b.id)! - frame.at < 5.2, 'not later than its path');
});

scenario('links of 2 and 20 ms, little traffic: nothing waits for heartbeats of the slow link', { seeds: 2 }, (sim) => {
  const [a, b] = pair(sim, [2, 20]);
  const stream = sim.stream(a, b, { every: 1.7 });
  sim.run(6000);
  stream.finish();
  const late = stream.frames.filter(({ at, arrivals }) => at > 4000 && arrivals.get(b.id)! - at > 4);
  assert.equal(late.length, 0, `${late.length} of ${stream.frames.length} waited`);
});

scenario('one of two links loses 5 %: what comes waits for no longer than they differ', { seeds: 2 }, (sim) => {
  const [a, b] = pair(sim, [5, 8]);
  sim.network.path(a.id, b.id, 1).loss = 0.05;
  const stream = sim.stream(a, b, { every: 0.5, size: 1000 });
  sim.run(2000);
  stream.finish();
  for (const frame of stream.frames) {
    const at = frame.arrivals.get(b.id);
    // What was sent again comes later, and is waited for by nobody for so long.
    if (at !== undefined && at - frame.at > 12) assert.ok(at - frame.at < 120, `${at - frame.at} ms`);
  }
  const late = stream.frames.filter((frame) => (frame.arrivals.get(b.id) ?? 0) - frame.at > 12).length;
  assert.ok(late < 0.1 * stream.frames.length, `${late} of ${stream.frames.length} came late`);
  assert.ok(b.lane.state.counters[b.lane.state.peers[0]!.block + PEER.resequenced]! > 0);
});

scenario('the policy is changed while much is under way: nothing stays behind', { seeds: 3 }, (sim) => {
  const [a, b] = pair(sim, [2, 20]);
  const stream = sim.stream(a, b, { every: 0.3, size: 1000 });
  for (const policy of ['passive', 'round-robin', 'active', 'round-robin', 'passive'] as const) {
    sim.run(300);
    a.control(() => a.lane.setPeer(0, b.id, policy));
  }
  stream.finish();
  assert.equal(stream.lost.length, 0, `${stream}`);
});
