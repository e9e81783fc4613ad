/**
 * Attacks on the data path: guessed indices, counters at their limits, datagrams over another link, back to
 * their sender or once more, and fragments that point beyond their frame. Some come from strangers, some
 * from a peer with a good key; none is answered, believed or lets anything grow.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { LANE } from '../../src/core/counters.js';
import { peerAddress } from '../../src/core/layout.js';
import { DOWN, UP } from '../../src/core/link/health.js';
import { REJECT_AFTER_DATAGRAMS, REKEY_AFTER_DATAGRAMS, SEAL_OVERHEAD } from '../../src/core/wire/transport.js';
import { LaneStage, PEERS } from '../fuzz/lane-stage.js';
import { PLAINTEXTS } from '../fuzz/plaintexts.js';
import { hostAddress, publicAddress, readAddress } from '../sim/address.js';
import { Random } from '../sim/random.js';

const random = new Random(7);
const PING = 3;
const CLOSE = 8;
/** Of peer 0. */
const HOME = hostAddress(2, 0);

let lane: LaneStage;
beforeEach(() => {
  lane = new LaneStage(random);
  lane.bringUp();
});
afterEach(() => lane.end());

/** Gives a datagram to the lane; it is refused for `reason`, once, in silence, and changes nothing. */
function refused(bytes: Uint8Array, reason: keyof typeof LANE, link = 0, source = HOME): void {
  lane.clear();
  const before = { ...lane.standing(), received: 0 };
  const [all, this_] = [lane.refused(), lane.counter(reason)];
  lane.receive(link, source, bytes);
  assert.equal(lane.counter(reason) - this_, 1, reason);
  assert.equal(lane.refused() - all, 1, 'counted once');
  assert.deepEqual({ ...lane.standing(), received: 0 }, before);
}

function frames(peer = 0): number {
  return lane.ofPeer(peer, 'rxFrames');
}

/** A plaintext that no other has been, every time. */
function frame(): Uint8Array {
  const bytes = PLAINTEXTS.find((each) => each[0] === 1 && each[1] === 0)!.slice();
  bytes.set(random.bytes(16), bytes.length - 16);
  return bytes;
}

function taken(bytes: Uint8Array, link = 0): void {
  const before = frames();
  lane.receive(link, HOME, bytes);
  assert.equal(frames() - before, 1, 'a true datagram');
}

function heartbeat(kind: number, link: number, downMask = 0): Uint8Array {
  const bytes = new Uint8Array(24);
  bytes.set([kind, link, downMask]);
  new DataView(bytes.buffer).setFloat64(8, lane.now, true);
  return bytes;
}

function stateOf(link: number): number {
  return lane.lane.state.peers[0]!.links[link]!.health.state;
}

function withIndex(bytes: Uint8Array, index: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(4, index, true);
  return copy;
}

test('guessing the index of a session: all near the true ones, many others', () => {
  const known = new Set(lane.remotes.map(({ localIndex }) => localIndex));
  const near = [...known].flatMap((index) => Array.from({ length: 400 }, (_, n) => (index + n - 200) >>> 0));
  const edges = [0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
  const true_ = lane.seal(0, frame());
  for (const guess of [...near, ...edges, ...Array.from({ length: 2000 }, () => random.word())]) {
    if (!known.has(guess)) refused(withIndex(true_, guess), 'rxUnknownIndex', 0, publicAddress(9));
  }
  // The right one, of another session.
  refused(withIndex(true_, lane.remotes[1]!.localIndex), 'rxBadSeal');
  taken(true_);
});

test('counters at their limits are refused before the tag is looked at, and move no window', () => {
  const highest = lane.lane.state.peers[0]!.keys.current!.window.highest;
  for (const counter of [REJECT_AFTER_DATAGRAMS, REJECT_AFTER_DATAGRAMS + 1, 2 ** 31 - 1]) {
    refused(lane.seal(0, frame(), counter), 'rxCounterLimit');
  }
  const true_ = lane.seal(0, frame());
  const counters = [
    2n ** 28n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 32n + 5n,
    2n ** 53n,
    2n ** 63n,
    2n ** 64n - 1n,
  ];
  for (const counter of counters) {
    const bytes = true_.slice();
    new DataView(bytes.buffer).setBigUint64(8, counter);
    refused(bytes, 'rxCounterLimit');
  }
  assert.equal(lane.lane.state.peers[0]!.keys.current!.window.highest, highest);
  // Where only the tag is wrong, the counter counts for nothing either.
  const forged = lane.seal(0, frame(), REJECT_AFTER_DATAGRAMS - 1);
  forged[forged.length - 1]! ^= 1;
  refused(forged, 'rxBadSeal');
  assert.equal(lane.lane.state.peers[0]!.keys.current!.window.highest, highest);
  taken(true_);
  // The last one that a key has, from a peer that says so: all before the window are too old then.
  taken(lane.seal(0, frame(), REJECT_AFTER_DATAGRAMS - 1));
  refused(lane.seal(0, frame()), 'rxTooOld');
});

test('a key that sealed 2^26 datagrams asks for another, once; at 2^28 it seals nothing any more', () => {
  const { keys } = lane.lane.state.peers[0]!;
  const vnetAndFrame = new Uint8Array(10 + 60).fill(255, 10, 16);
  vnetAndFrame[16] = 2;
  lane.remotes[1]!.counter = 0;
  keys.current!.counter = REKEY_AFTER_DATAGRAMS - 1;
  lane.frame(vnetAndFrame, 0);
  assert.deepEqual(lane.needed, []);
  lane.frame(vnetAndFrame, 0);
  lane.frame(vnetAndFrame, 0);
  assert.deepEqual(lane.needed, ['rekey']);
  keys.current!.counter = REJECT_AFTER_DATAGRAMS - 1;
  lane.clear();
  lane.frame(vnetAndFrame, 0);
  const sentTo = (peer: number): number => lane.sent.filter((each) => each.peer === peer).length;
  assert.deepEqual(PEERS.map(sentTo), [1, 1]);
  lane.clear();
  lane.frame(vnetAndFrame, 0);
  lane.receive(0, HOME, lane.seal(0, heartbeat(PING, 0)));
  lane.pass(100);
  assert.equal(sentTo(0), 0, 'neither frames nor heartbeats');
  assert.equal(lane.counter('txKeyExhausted'), 1);
  assert.equal(keys.current!.counter, REJECT_AFTER_DATAGRAMS);
  assert.ok(sentTo(1) > 0, 'the other peer is none the worse');
});

test('replays: over the same link, over each other, from elsewhere', () => {
  const heard = [frame(), heartbeat(PING, 0), heartbeat(4, 0), PLAINTEXTS.find((each) => each[0] === 2)!].map((each) =>
    lane.seal(0, each),
  );
  for (const bytes of heard) lane.receive(0, HOME, bytes);
  for (const bytes of heard) {
    for (const link of [0, 1, 2, 3]) {
      refused(bytes, 'rxDuplicate', link);
      refused(bytes, 'rxDuplicate', link, publicAddress(3));
    }
  }
});

test('a ping that comes over another link than it names is not answered and moves no endpoint, whatever it names', () => {
  const before = [0, 1, 2].map((link) => readAddress(lane.lane.state.arena.bytes, peerAddress(0, link)));
  for (const link of [0, 1, 2, 3]) {
    for (let named = 0; named < 256; named++) {
      if (named !== link || link === 3) {
        for (const kind of [PING, 4]) refusedInside(lane.seal(0, heartbeat(kind, named)), 'rxWrongLink', link);
      }
    }
  }
  assert.deepEqual(
    [0, 1, 2].map((link) => readAddress(lane.lane.state.arena.bytes, peerAddress(0, link))),
    before,
  );
});

/** Authentic, so it counts for the link; but what it says is refused. */
function refusedInside(bytes: Uint8Array, reason: keyof typeof LANE, link: number): void {
  lane.clear();
  const count = lane.counter(reason);
  lane.receive(link, publicAddress(4), bytes);
  assert.equal(lane.counter(reason) - count, 1, reason);
  assert.deepEqual([lane.sent.length, lane.delivered.length], [0, 0]);
}

test('reflection: what the lane sent, sent back to it, even when both ends chose the same index', () => {
  for (const remoteIndex of [12345, null]) {
    lane.install(0, remoteIndex);
    lane.clear();
    lane.pass(100);
    const pings = lane.sent.filter((each) => each.peer === 0).map(({ bytes }) => bytes);
    assert.ok(pings.length >= 3);
    for (const bytes of pings) {
      for (const link of [0, 1]) refused(bytes, remoteIndex === null ? 'rxBadSeal' : 'rxUnknownIndex', link);
    }
  }
  taken(lane.seal(0, frame()));
});

test('datagrams under keys that are gone, and under those of another pair', () => {
  const old = [lane.seal(0, frame()), lane.seal(0, frame())];
  const ofOther = lane.seal(1, frame());
  refused(withIndex(ofOther, lane.remotes[0]!.localIndex), 'rxBadSeal');
  lane.install(0);
  taken(old[0]!); // the keys before these: on their way when they changed
  lane.install(0);
  refused(old[1]!, 'rxUnknownIndex');
  taken(lane.seal(0, frame()));
});

test('a close counts once, under the present keys only', () => {
  const close = lane.seal(0, Uint8Array.of(CLOSE));
  const late = lane.seal(0, Uint8Array.of(CLOSE));
  const before = lane.needed.length;
  lane.receive(0, HOME, close);
  assert.equal(lane.lane.state.peers[0]!.keys.current, null);
  assert.equal(lane.needed.length - before, 1);
  refused(close, 'rxUnknownIndex');
  lane.install(0);
  refused(late, 'rxUnknownIndex');
  // One that was held back until the keys had changed.
  const held = lane.seal(0, Uint8Array.of(CLOSE));
  lane.install(0);
  lane.receive(1, HOME, held);
  assert.notEqual(lane.lane.state.peers[0]!.keys.current, null);
  refused(held, 'rxDuplicate');
  taken(lane.seal(0, frame()));
});

test('a heartbeat with an old down mask, held back or once more, brings no link down', () => {
  const condemns = lane.seal(0, heartbeat(PING, 0, 0b10));
  const late = lane.seal(0, heartbeat(PING, 1, 0b11));
  const absolves = lane.seal(0, heartbeat(PING, 0, 0));
  lane.receive(0, HOME, condemns);
  assert.deepEqual([stateOf(0), stateOf(1)], [UP, DOWN]);
  lane.receive(0, HOME, absolves);
  lane.receive(1, hostAddress(2, 1), lane.seal(0, pongNow(1)));
  assert.deepEqual([stateOf(0), stateOf(1)], [UP, UP]);
  refused(condemns, 'rxDuplicate');
  lane.receive(1, hostAddress(2, 1), late);
  assert.deepEqual([stateOf(0), stateOf(1)], [UP, UP], 'the newest word counts, not the last that came');
});

/** An answer to the last ping on a link. */
function pongNow(link: number): Uint8Array {
  const bytes = heartbeat(4, link);
  new DataView(bytes.buffer).setUint32(4, lane.lane.state.peers[0]!.links[link]!.health.sequence, true);
  return bytes;
}

test('a fragment number beyond the count: every pair of the two is refused, and nothing is written', () => {
  const piece = new Uint8Array(12 + 10).fill(9);
  const { reassembler, arena } = lane.lane.state;
  const slots = reassembler.offsetOf(0);
  const around = arena.bytes.slice(slots - 4096, slots + 300_000);
  for (let count = 0; count < 256; count++) {
    for (let index = count; index < 256; index += count < 4 || count > 250 ? 1 : 17) {
      piece.set([2, index, count, 0, 1, 0, 0, 0]);
      new DataView(piece.buffer).setUint32(8, 10 * Math.max(1, count), true);
      const before = lane.counter('rxFragmentMalformed');
      lane.receive(0, HOME, lane.seal(0, piece));
      assert.equal(lane.counter('rxFragmentMalformed') - before, 1, `${index} of ${count}`);
    }
  }
  assert.equal(reassembler.countOf(0), 0);
  assert.ok(Buffer.compare(arena.bytes.subarray(slots - 4096, slots + 300_000), around) === 0);
});

test('every truncation of a datagram, and extensions of it', () => {
  const bytes = lane.seal(0, heartbeat(PING, 0));
  for (let length = 0; length < bytes.length; length++) {
    const short = length < 16 || length <= SEAL_OVERHEAD;
    refused(bytes.slice(0, length), short ? 'rxShort' : 'rxBadSeal', 0, publicAddress(1));
  }
  for (const more of [1, 2, 15, 16, 17, 1000, 60_000]) {
    const longer = new Uint8Array(bytes.length + more);
    longer.set(bytes);
    refused(longer, 'rxBadSeal', 0, publicAddress(1));
  }
  for (let bit = 0; bit < 24; bit++) {
    const bad = bytes.slice();
    bad[1 + (bit >> 3)]! ^= 1 << (bit & 7);
    refused(bad, 'rxBadHeader');
  }
  lane.clear();
  lane.receive(0, HOME, bytes);
  assert.equal(lane.sent.length, 1, 'the true one is answered');
});

test('every byte of a datagram changed: refused, and the true one is taken', () => {
  const bytes = lane.seal(0, frame());
  for (let at = 16; at < bytes.length; at++) {
    const bad = bytes.slice();
    bad[at]! ^= 1 << (at & 7);
    refused(bad, 'rxBadSeal');
  }
  for (let at = 8; at < 16; at++) {
    const bad = bytes.slice();
    bad[at]! ^= 0x40;
    refused(bad, at < 13 ? 'rxCounterLimit' : 'rxBadSeal');
  }
  taken(bytes);
});
