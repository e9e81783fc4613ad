/** The guards of layer 2 on a whole lane: who may come in with what, what is flooded, and what is held. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LANE, PEER } from '../../src/core/counters.js';
import type { GuardSettings } from '../../src/core/switch/guard.js';
import { VLAN_WORDS } from '../../src/core/switch/guard.js';
import { BROADCAST, FROM_TAP, MULTICAST } from '../../src/core/switch/storm.js';
import { GSO_UDP_L4, VNET_SIZE } from '../../src/core/wire/inner.js';
import { type Host, LaneNetwork } from './lane-network.js';

const ALL = [255, 255, 255, 255, 255, 255];
const GROUP = [0x33, 0x33, 0, 0, 0, 1];
const NOBODY = [2, 9, 9, 9, 9, 9];
const ANYTHING: GuardSettings = { macs: [], vlans: null, macLimit: 0 };
const PRIORITY_TAG = [0x81, 0, 0xe0, 0];

function macOf(host: Host, station = 0): number[] {
  return [2, 0, 0, 0, host.id, station];
}

/** The same as the core reads it. */
function macNumbers(mac: readonly number[]): { hi: number; lo: number } {
  const view = new DataView(Uint8Array.from(mac).buffer);
  return { hi: view.getUint16(0), lo: view.getInt32(2) };
}

function vlans(...ids: number[]): Int32Array {
  const map = new Int32Array(VLAN_WORDS);
  for (const id of ids) map[id >> 5]! |= 1 << (id & 31);
  return map;
}

function frame(to: readonly number[], from: readonly number[], tags: readonly number[] = [], length = 60): Uint8Array {
  const bytes = new Uint8Array(length).fill(0x5a);
  bytes.set([...to, ...from, ...tags, 0x12, 0x34].slice(0, length));
  return bytes;
}

function tag(vlan: number, type = 0x8100): number[] {
  return [type >> 8, type & 255, vlan >> 8, vlan & 255];
}

function hosts(count: number): [LaneNetwork, Host, Host, Host] {
  const network = new LaneNetwork(count);
  const [a, b, c] = network.hosts as [Host, Host, Host];
  return [network, a, b, c];
}

function peerCounter(host: Host, peer: Host, counter: number): number {
  return host.counters[host.lane.state.peers[peer.id]!.block + counter]!;
}

test('only the addresses that a peer is permitted come in and are learned, also in the middle of a train', () => {
  const [network, a, b] = hosts(2);
  const [one, two, other] = [macOf(b, 1), macOf(b, 2), macOf(a)];
  a.lane.setGuard(b.id, { ...ANYTHING, macs: [one, two].map(macNumbers) });
  const sources = [one, other, other, one, two, other, two, two];
  b.send(...sources.map((source) => frame(ALL, source)));
  network.pump();
  assert.deepEqual(
    a.take().map((bytes) => [...bytes.subarray(6, 12)]),
    sources.filter((source) => source !== other),
  );
  assert.equal(a.counters[LANE.rxMacNotPermitted], 3);
  assert.equal(peerCounter(a, b, PEER.notPermittedRx), 3);
  assert.equal(peerCounter(a, b, PEER.rxFrames), 5);
  const { hi, lo } = macNumbers(other);
  assert.equal(a.lane.state.macs.lookup(hi, lo, network.now), -1);
  assert.deepEqual(a.alarms, [{ kind: 'not-permitted', what: 'mac', peer: b.id, mac: { hi, lo }, vlan: 0 }]);
});

test('an address that is no longer permitted is forgotten at once, and a guard that ends lets all in again', () => {
  const [network, a, b] = hosts(2);
  const station = macOf(b);
  const { hi, lo } = macNumbers(station);
  b.send(frame(ALL, station));
  network.pump();
  assert.equal(a.lane.state.macs.lookup(hi, lo, network.now), b.id);
  a.lane.setGuard(b.id, { ...ANYTHING, macs: [macNumbers(macOf(b, 1))] });
  assert.equal(a.lane.state.macs.lookup(hi, lo, network.now), -1);
  a.lane.setGuard(b.id, ANYTHING);
  b.send(frame(ALL, station));
  network.pump();
  assert.equal(a.take().length, 2);
  assert.equal(a.lane.state.macs.lookup(hi, lo, network.now), b.id);
});

test('only the VLANs that a peer is permitted come in', () => {
  const [network, a, b] = hosts(2);
  a.lane.setGuard(b.id, { ...ANYTHING, vlans: vlans(10, 4094) });
  const good = [
    tag(10),
    tag(0xe00a),
    tag(10, 0x88a8),
    [...tag(10), ...tag(30)],
    tag(4094),
    [...PRIORITY_TAG, ...tag(10)],
  ];
  const bad = [[], tag(11), tag(0xf00b), tag(4095), PRIORITY_TAG, tag(30, 0x88a8), [...tag(30), ...tag(10)]];
  // Priority tags don't hide what is behind them, however many there are.
  const hidden = [1, 2, 3, 4, 5].map((count) => [...new Array<number[]>(count).fill(PRIORITY_TAG).flat(), ...tag(30)]);
  const sent = [...good, ...bad, ...hidden].map((tags) => frame(ALL, macOf(b), tags));
  b.send(...sent, frame(ALL, macOf(b), tag(10), 14), frame(ALL, macOf(b), tag(10), 17));
  network.pump();
  assert.deepEqual(a.take(), sent.slice(0, good.length));
  assert.equal(a.counters[LANE.rxVlanNotPermitted], bad.length + hidden.length + 2);
  assert.equal(peerCounter(a, b, PEER.notPermittedRx), bad.length + hidden.length + 2);
});

test('with untagged permitted, frames with a priority only come in, and what ends within a tag does not', () => {
  const [network, a, b] = hosts(2);
  a.lane.setGuard(b.id, { ...ANYTHING, vlans: vlans(0) });
  const good = [[], PRIORITY_TAG, [...PRIORITY_TAG, ...PRIORITY_TAG]].map((tags) => frame(ALL, macOf(b), tags));
  const bad = [frame(ALL, macOf(b), tag(1)), frame(ALL, macOf(b), PRIORITY_TAG, 15)];
  const hidden = new Array<number[]>(9).fill(PRIORITY_TAG).flat();
  b.send(...good, ...bad, frame(ALL, macOf(b), hidden));
  network.pump();
  assert.deepEqual(a.take(), good);
  assert.equal(a.counters[LANE.rxVlanNotPermitted], 3);
});

test('a peer gets no frame of a VLAN that is not its own, flooded or not; the others do', () => {
  const [network, a, b, c] = hosts(3);
  for (const host of [b, c]) host.send(frame(ALL, macOf(host)));
  network.pump();
  a.lane.setGuard(b.id, { ...ANYTHING, vlans: vlans(10) });
  for (const host of network.hosts) host.take();
  const mine = frame(ALL, macOf(a), tag(10));
  const large = frame(ALL, macOf(a), tag(20), 4000);
  const foreign = [frame(ALL, macOf(a), tag(20)), frame(NOBODY, macOf(a)), large];
  a.send(mine, ...foreign, frame(macOf(b), macOf(a), tag(20)));
  network.pump();
  assert.deepEqual(b.take(), [mine]);
  assert.deepEqual(c.take(), [mine, ...foreign]);
  assert.equal(a.counters[LANE.txVlanNotPermitted], 4);
  assert.equal(peerCounter(a, b, PEER.notPermittedTx), 4);
  assert.equal(peerCounter(a, c, PEER.notPermittedTx), 0);
});

test('what comes in pieces is guarded, too', () => {
  const [network, a, b] = hosts(2);
  a.lane.setGuard(b.id, { ...ANYTHING, macs: [macNumbers(macOf(b, 1))], vlans: vlans(10) });
  const good = frame(ALL, macOf(b, 1), tag(10), 5000);
  b.send(frame(ALL, macOf(b), tag(10), 5000), good, frame(ALL, macOf(b, 1), tag(11), 5000));
  network.pump();
  assert.deepEqual(a.take(), [good]);
  assert.equal(peerCounter(a, b, PEER.notPermittedRx), 2);
});

test("a peer's own limit of addresses holds for it alone, and ends with it", () => {
  const [network, a, b, c] = hosts(3);
  a.lane.setGuard(b.id, { ...ANYTHING, macLimit: 3 });
  for (const host of [b, c]) for (let i = 0; i < 5; i++) host.send(frame(ALL, macOf(host, i)));
  network.pump();
  assert.equal(a.lane.state.macs.countOf(b.id), 3);
  assert.equal(a.lane.state.macs.countOf(c.id), 5);
  assert.equal(peerCounter(a, b, PEER.macsRefused), 2);
  assert.equal(a.take().length, 10, 'what is not learned passes');
  a.lane.removePeer(b.id, network.now);
  for (let i = 0; i < 5; i++) a.lane.state.macs.learn(7, i, b.id, network.now);
  assert.equal(a.lane.state.macs.countOf(b.id), 5);
});

/** Rates of 100 a second: a burst of 32. */
const RATES = { broadcast: 100, multicast: 0, unknownUnicast: 100 };

test('what a peer floods is bounded, by peer and by kind; the rest passes', () => {
  const [network, a, b, c] = hosts(3);
  a.lane.state.storm.setRates(RATES);
  for (const host of [b, c]) for (let i = 0; i < 50; i++) host.send(frame(ALL, macOf(host)), frame(GROUP, macOf(host)));
  b.send(frame(macOf(a), macOf(b, 1)), frame(ALL, macOf(b, 2)));
  network.pump();
  const came = a.take();
  assert.equal(came.filter((bytes) => bytes[0] === 255).length, 2 * 32);
  assert.equal(came.filter((bytes) => bytes[0] === 0x33).length, 2 * 50);
  assert.equal(came.length, 2 * 82 + 1);
  assert.equal(a.counters[LANE.rxStormBroadcast], 18 + 18 + 1);
  assert.equal(peerCounter(a, b, PEER.stormDropped), 19);
  assert.deepEqual(a.alarms, [
    { kind: 'storm', traffic: BROADCAST, source: b.id },
    { kind: 'storm', traffic: BROADCAST, source: c.id },
  ]);
  const { hi, lo } = macNumbers(macOf(b, 2));
  assert.equal(a.lane.state.macs.lookup(hi, lo, network.now), -1, 'a dropped frame teaches nothing');
  network.pass(50);
  for (let i = 0; i < 10; i++) b.send(frame(ALL, macOf(b)));
  network.pump();
  assert.equal(a.take().length, 5, '50 ms later');
});

test('what this host floods is bounded by kind, known unicast is not', () => {
  const [network, a, b] = hosts(2);
  b.send(frame(ALL, macOf(b)));
  network.pump();
  a.lane.state.storm.setRates({ ...RATES, multicast: 1000 });
  for (let i = 0; i < 200; i++) for (const to of [ALL, GROUP, NOBODY, macOf(b)]) a.send(frame(to, macOf(a)));
  network.pump();
  const counts = [ALL, GROUP, NOBODY, macOf(b)].map((to) => ({ to: to.join(), count: 0 }));
  for (const bytes of b.take()) counts.find(({ to }) => to === bytes.subarray(0, 6).join())!.count += 1;
  assert.deepEqual(
    counts.map(({ count }) => count),
    [32, 100, 32, 200],
  );
  assert.equal(a.counters[LANE.txStormBroadcast], 168);
  assert.equal(a.counters[LANE.txStormMulticast], 100);
  assert.equal(a.counters[LANE.txStormUnknownUnicast], 168);
  assert.equal(a.alarms.length, 3);
  assert.deepEqual(a.alarms[2], { kind: 'storm', traffic: MULTICAST, source: FROM_TAP });
});

test('ARP and neighbor discovery that a storm takes with it are counted, other frames are not', () => {
  const [network, a, b] = hosts(2);
  a.lane.state.storm.setRates({ ...RATES, multicast: 1 });
  for (let i = 0; i < 32; i++) b.send(frame(ALL, macOf(b)), frame(GROUP, macOf(b)));
  const of = (to: readonly number[], type: number[], tags: number[], at: readonly (readonly [number, number])[]) => {
    const bytes = frame(to, macOf(b), [...tags, ...type], 80);
    for (const [where, what] of at) bytes[14 + tags.length + where] = what;
    return bytes;
  };
  const v6 = (nextHeader: number, type: number) =>
    [
      [6, nextHeader],
      [40, type],
    ] as const;
  const neighbors = [of(ALL, [8, 6], [], []), of(ALL, [8, 6], tag(5), []), of(GROUP, [0x86, 0xdd], [], v6(58, 135))];
  const others = [v6(58, 128), v6(17, 135)].map((at) => of(GROUP, [0x86, 0xdd], [], at));
  b.send(...neighbors, ...others, frame(ALL, macOf(b), [8, 0]));
  network.pump();
  assert.equal(a.counters[LANE.rxStormBroadcast]! + a.counters[LANE.rxStormMulticast]!, 6);
  assert.equal(a.counters[LANE.stormNeighbor], 3);
});

test('a super-frame takes a token for each of its frames', () => {
  const [network, a, b] = hosts(2);
  a.lane.state.storm.setRates(RATES);
  const vnet = Uint8Array.of(1, GSO_UDP_L4, 0, 0, 100, 0, 34, 0, 6, 0);
  assert.equal(vnet.length, VNET_SIZE);
  const train = { vnet, frame: frame(NOBODY, macOf(a), [], 42 + 3900) };
  a.send(frame(NOBODY, macOf(a)), train, frame(NOBODY, macOf(a)));
  assert.equal(a.counters[LANE.txStormUnknownUnicast], 1, 'the train passes whole, the frame after it waits for it');
  network.pass(80);
  a.send(frame(NOBODY, macOf(a)));
  assert.equal(a.counters[LANE.txStormUnknownUnicast], 2, 'about 9 tokens are owed, and 8 have come');
  network.pass(30);
  a.send(frame(NOBODY, macOf(a)));
  assert.equal(a.counters[LANE.txStormUnknownUnicast], 2);
  assert.equal(b.counters[LANE.rxMalformed], 0);
});

const LIMIT = { moves: 3, windowMs: 10_000, holdMs: 5000 };

test('an address that moves too often is held where it was, and told of once', () => {
  const [network, a, b, c] = hosts(3);
  a.lane.state.macs.setMoveLimit(LIMIT);
  const station = macOf(b);
  const { hi, lo } = macNumbers(station);
  const forged = frame(macOf(a), station);
  // What c sends to a known address goes to a alone, three frames in one batch.
  a.send(frame(ALL, macOf(a)));
  network.pump();
  for (let i = 0; i < 20; i++) {
    b.send(frame(macOf(a), station));
    network.pump();
    c.send(forged, forged, forged);
    network.pump();
  }
  assert.equal(a.lane.state.macs.lookup(hi, lo, network.now), b.id);
  // Of the moves to c, b, c, b the fourth is one too many: twice c had its three frames in.
  assert.equal(a.counters[LANE.macMoved], 3);
  assert.equal(a.counters[LANE.macHeld], 1);
  assert.equal(a.take().length, 20 + 6);
  assert.equal(a.counters[LANE.rxMacHeld], 54);
  assert.equal(peerCounter(a, c, PEER.macsHeld), 54);
  assert.equal(peerCounter(a, b, PEER.macsHeld), 0);
  assert.deepEqual(a.alarms, [{ kind: 'move', mac: { hi, lo }, peer: b.id, other: c.id, stays: b.id }]);
  network.pass(LIMIT.holdMs);
  c.send(forged);
  network.pump();
  assert.equal(a.lane.state.macs.lookup(hi, lo, network.now), c.id, 'the hold is over');
});

test('nor at the right moment: who comes back as a window ends is still at home', () => {
  const [network, a, b, c] = hosts(3);
  a.lane.state.macs.setMoveLimit({ ...LIMIT, windowMs: 1000 });
  const station = macOf(b);
  const { hi, lo } = macNumbers(station);
  const claim = (host: Host, after: number) => {
    network.pass(after);
    host.send(frame(macOf(a), station));
    network.pump();
  };
  claim(b, 0);
  claim(c, 2000);
  claim(b, 400);
  claim(c, 500);
  claim(b, 200); // begins the next window, by a move away from c
  for (const host of [c, b, c]) claim(host, 10);
  assert.equal(a.counters[LANE.macHeld], 1);
  assert.equal(a.lane.state.macs.lookup(hi, lo, network.now), b.id);
});

test('forging does not take an address away: with an even number of moves too it goes back where it was', () => {
  const [network, a, b, c] = hosts(3);
  a.lane.state.macs.setMoveLimit({ ...LIMIT, moves: 2 });
  const station = macOf(b);
  const { hi, lo } = macNumbers(station);
  for (const host of [b, c, b, c]) {
    host.send(frame(macOf(a), station));
    network.pump();
  }
  assert.equal(a.lane.state.macs.lookup(hi, lo, network.now), b.id);
  assert.equal(a.take().length, 3, 'the frame of the move that was one too many does not pass');
  assert.equal(peerCounter(a, c, PEER.macsHeld), 1);
});
