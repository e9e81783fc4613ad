/** The switch of a whole lane: where frames go, what goes through unchanged, and what is dropped. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LANE, PEER } from '../../src/core/counters.js';
import { SEAL_OVERHEAD } from '../../src/core/wire/transport.js';
import { type Host, LaneNetwork } from './lane-network.js';

const BROADCAST = [255, 255, 255, 255, 255, 255];
const MULTICAST = [0x33, 0x33, 0, 0, 0, 1];

function macOf(host: Host, station = 0): number[] {
  return [2, 0, 0, 0, host.id, station];
}

/** A frame of `length` bytes with random-looking content. */
function frame(to: readonly number[], from: readonly number[], length = 60, tags: readonly number[] = []): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 73 + length) & 255);
  bytes.set([...to, ...from, ...tags, 0x12, 0x34].slice(0, length));
  return bytes;
}

/** Three hosts that have heard of each other's stations. */
function three(): [LaneNetwork, Host, Host, Host] {
  const network = new LaneNetwork(3);
  const [a, b, c] = network.hosts as [Host, Host, Host];
  for (const host of network.hosts) host.send(frame(BROADCAST, macOf(host)));
  network.pump();
  for (const host of network.hosts) assert.equal(host.take().length, 2);
  network.sent = [];
  return [network, a, b, c];
}

test('known unicast goes to the one peer behind which its station lives', () => {
  const [network, a, b, c] = three();
  const sent = frame(macOf(b), macOf(a));
  a.send(sent);
  assert.deepEqual(
    network.sent.map(({ to }) => to),
    [b.id],
  );
  network.pump();
  assert.deepEqual(b.take(), [sent]);
  assert.deepEqual(c.take(), []);
});

test('broadcast, multicast and unknown addresses go to every peer, each once', () => {
  const [network, a, b, c] = three();
  for (const to of [BROADCAST, MULTICAST, [2, 9, 9, 9, 9, 9]]) {
    network.sent = [];
    const sent = frame(to, macOf(a));
    a.send(sent);
    assert.deepEqual(network.sent.map((datagram) => datagram.to).sort(), [b.id, c.id]);
    network.pump();
    assert.deepEqual([...b.take(), ...c.take()], [sent, sent]);
    assert.deepEqual(a.take(), []);
  }
  assert.equal(a.counters[LANE.floods], 4, 'with the one that made it known');
});

test('a frame too large for the link reaches every peer whole, though each consumes it', () => {
  const [network, a, b, c] = three();
  const sent = [1466, 1467, 1600, 5000, 9000].map((length) => frame(BROADCAST, macOf(a), length));
  a.send(...sent);
  network.pump();
  assert.deepEqual(b.take(), sent);
  assert.deepEqual(c.take(), sent);
  for (const { bytes } of network.sent) assert.ok(bytes.length <= 1500 - 28);
});

test('a device whose MTU is larger than an IP packet may be (loopback has 65,536) carries what UDP can carry', () => {
  const network = new LaneNetwork(2, 65_536);
  const [a, b] = network.hosts as [Host, Host];
  const sent = [65_466, 65_467, 65_468, 65_500].map((length) => frame(BROADCAST, macOf(a), length));
  a.send(...sent);
  for (const { bytes } of network.sent) assert.ok(bytes.length <= 65_535 - 28, `${bytes.length} bytes`);
  network.pump();
  assert.deepEqual(b.take(), sent);
});

test('what came from a peer goes to no peer, whomever it is for', () => {
  const [network, a, b, c] = three();
  // Neither b nor c knows this station; and a sends to b what lives at c, as a stale table would.
  for (const to of [BROADCAST, [2, 9, 9, 9, 9, 9]]) a.send(frame(to, macOf(a)));
  a.lane.state.macs.learn(0x0200, (c.id << 8) | 0, b.id, network.now);
  a.send(frame(macOf(c), macOf(a)));
  const datagrams = network.sent.length;
  network.pump();
  assert.equal(b.take().length, 3);
  assert.equal(c.take().length, 2);
  assert.equal(network.sent.length, datagrams, 'nobody sent anything on');
});

test('a station that moves is followed with its next frame', () => {
  const [network, a, b, c] = three();
  c.send(frame(BROADCAST, macOf(b)));
  network.pump();
  network.sent = [];
  a.send(frame(macOf(b), macOf(a)));
  assert.deepEqual(
    network.sent.map(({ to }) => to),
    [c.id],
  );
  assert.equal(a.counters[LANE.macMoved], 1);
});

test('frames with a group address as their source are refused, and teach nothing', () => {
  const [network, a, b] = three();
  const learned = b.counters[LANE.macLearned]!;
  for (const source of [BROADCAST, MULTICAST, [1, 0, 0, 0, 0, 0]]) a.send(frame(macOf(b), source));
  network.pump();
  assert.deepEqual(b.take(), []);
  assert.equal(b.counters[LANE.rxMalformed], 3);
  assert.equal(b.counters[LANE.macLearned], learned);
});

test('VLAN tags, one, two or three, pass byte for byte', () => {
  const [network, a, b] = three();
  const customer = [0x81, 0, 0xe0, 5];
  const service = [0x88, 0xa8, 0x20, 7];
  const sent = [customer, [...service, ...customer], [...service, ...customer, ...customer]].flatMap((tags) =>
    [60, 64, 1400, 3000].map((length) => frame(macOf(b), macOf(a), length, tags)),
  );
  a.send(...sent);
  network.pump();
  assert.deepEqual(b.take(), sent);
});

test('frames of every length go through unchanged, from a bare header on', () => {
  const [network, a, b] = three();
  const sent = Array.from({ length: 150 }, (_, i) => frame(macOf(b), macOf(a), 14 + i * (i < 60 ? 1 : 59)));
  a.send(...sent);
  network.pump();
  assert.deepEqual(b.take(), sent);
  const bytes = sent.reduce((sum, { length }) => sum + length, 0);
  assert.equal(b.counters[b.lane.state.peers[a.id]!.block + PEER.rxBytes], bytes + 60);
});

test('runts are dropped and counted, and do not stop the frames around them', () => {
  const [network, a, b] = three();
  const good = [frame(macOf(b), macOf(a)), frame(macOf(b), macOf(a), 14)];
  a.send(good[0]!, new Uint8Array(0), frame(macOf(b), macOf(a), 13), good[1]!, new Uint8Array(1));
  network.pump();
  assert.deepEqual(b.take(), good);
  assert.equal(a.counters[LANE.tapRunts], 3);
});

test('without a session frames wait for a moment; without a peer, a session or a link they are dropped, by reason', () => {
  const [network, a, b, c] = three();
  a.lane.dropSession(b.id, network.now);
  a.send(frame(macOf(b), macOf(a)));
  a.lane.setLocalLink(0, false, 1500, 28, 'carrier', network.now);
  a.send(frame(macOf(c), macOf(a)));
  const reasons = (): unknown => [a.counters[LANE.txNoSession], a.counters[LANE.txNoLink]];
  assert.deepEqual(reasons(), [0, 1]);
  network.now += 2600; // a look at what waits comes every 500 ms
  a.lane.onTimeout(network.now);
  assert.deepEqual(reasons(), [1, 1]);
  a.send(frame(macOf(b), macOf(a)), frame(macOf(c), macOf(a)));
  assert.deepEqual(reasons(), [2, 2], 'who is away for longer is not waited for');
  for (const peer of [b, c]) a.lane.removePeer(peer.id, 0);
  a.send(frame(macOf(c), macOf(a)), frame(BROADCAST, macOf(a)));
  assert.equal(a.counters[LANE.txNoPeer], 2);
  assert.deepEqual(network.sent, []);
});

test('datagrams say nothing of what is in them but its length', () => {
  const [network, a, b] = three();
  const sent = frame(macOf(b), macOf(a), 200);
  a.send(sent, sent);
  const [first, second] = network.sent.map(({ bytes }) => Buffer.from(bytes)) as [Buffer, Buffer];
  assert.equal(first.length, sent.length + 8 + SEAL_OVERHEAD);
  assert.equal(first.indexOf(Buffer.from(sent.subarray(14, 30))), -1);
  assert.notDeepEqual(first.subarray(16), second.subarray(16), 'the same frame twice is not the same twice');
});
