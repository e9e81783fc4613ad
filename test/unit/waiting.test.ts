/** What becomes of frames for a peer that can't be reached for a moment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LANE } from '../../src/core/counters.js';
import { VNET_NEEDS_CSUM } from '../../src/core/wire/inner.js';
import { type Host, LaneNetwork } from './lane-network.js';

const macOf = (host: Host): number[] => [2, 0, 0, 0, host.id, 0];

function frame(to: Host, from: Host, number: number, length = 60): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 73 + number) & 255);
  bytes.set([...macOf(to), ...macOf(from), 0x12, 0x34, number >> 8, number & 255]);
  return bytes;
}

/** Ends the session of two hosts. */
function part(network: LaneNetwork, one: Host, other: Host): void {
  one.lane.dropSession(other.id, network.now);
  other.lane.dropSession(one.id, network.now);
}

/** Gives two hosts a session, and the time to use it. */
function join(network: LaneNetwork, one: Host, other: Host): void {
  network.shake(one, other);
  network.shake(other, one);
  for (let step = 0; step < 40; step++) network.pass(10);
}

/** Hosts all of which know where the others live. */
function mesh(count: number): { network: LaneNetwork; hosts: Host[] } {
  const network = new LaneNetwork(count);
  for (const from of network.hosts) for (const to of network.hosts) if (from !== to) from.send(frame(to, from, 0));
  network.pump();
  for (const host of network.hosts) host.take();
  return { network, hosts: network.hosts };
}

/** Two hosts; `away` ends their session, `back` gives them another. */
function two(): { network: LaneNetwork; a: Host; b: Host; away: () => void; back: () => void } {
  const { network, hosts } = mesh(2);
  const [a, b] = hosts as [Host, Host];
  return { network, a, b, away: () => part(network, a, b), back: () => join(network, a, b) };
}

test('they wait, and go their way in order with whatever belongs to them, before those that come later', () => {
  const { a, b, network, away } = two();
  away();
  const waiting = Array.from({ length: 300 }, (_, n) => frame(b, a, n, n % 50 === 0 ? 4000 : 60 + n));
  const [needsSum] = waiting.splice(7, 1) as [Uint8Array];
  a.send(...waiting);
  a.send({ vnet: Uint8Array.of(VNET_NEEDS_CSUM, 0, 0, 0, 0, 0, 34, 0, 6, 0), frame: needsSum });
  assert.deepEqual(b.take(), []);
  // What comes before their turn goes behind.
  network.shake(b, a);
  network.shake(a, b);
  assert.equal(b.delivered.length, 0);
  const late = frame(b, a, 999);
  a.send(late);
  for (let step = 0; step < 40; step++) network.pass(10);
  const { vnet } = b.delivered.at(-2)!;
  assert.deepEqual(b.take(), [...waiting, needsSum, late]);
  assert.deepEqual([vnet[0], vnet[6], vnet[8]], [VNET_NEEDS_CSUM, 34, 6]);
  assert.deepEqual([a.counters[LANE.txWaited], a.counters[LANE.txNoSession]], [301, 0]);
  a.send(late);
  network.pump();
  assert.deepEqual(b.take(), [late]);
  assert.equal(a.counters[LANE.txWaited], 301, 'nobody waits any more');
});

test('only so many wait, and only for a moment; the next time it is away they wait again', () => {
  const { a, b, network, away, back } = two();
  away();
  for (let n = 0; n < 9000; n++) a.send(frame(b, a, n));
  assert.equal(a.counters[LANE.txNoSession], 9000 - 8192);
  for (let step = 0; step < 300; step++) network.pass(10);
  assert.equal(a.counters[LANE.txNoSession], 9000);
  a.send(frame(b, a, 1));
  assert.equal(a.counters[LANE.txNoSession], 9001, 'away for too long');
  back();
  assert.deepEqual(b.take(), []);
  away();
  a.send(frame(b, a, 2));
  back();
  assert.deepEqual(b.take(), [frame(b, a, 2)]);
});

test('one that is away takes half of the room at most: the frames of others find some', () => {
  const { network, hosts } = mesh(3);
  const [a, b, c] = hosts as [Host, Host, Host];
  part(network, a, b);
  part(network, a, c);
  for (let n = 0; n < 9000; n++) a.send(frame(b, a, n));
  assert.equal(a.counters[LANE.txNoSession], 9000 - 8192);
  const others = Array.from({ length: 300 }, (_, n) => frame(c, a, n, n % 50 === 0 ? 4000 : 60));
  a.send(...others);
  assert.equal(a.counters[LANE.txNoSession], 9000 - 8192, 'none of these');
  join(network, a, c);
  assert.deepEqual(c.take(), others);
  assert.equal(a.counters[LANE.txWaited], others.length);
});

test('those that are away together get the same', () => {
  const { network, hosts } = mesh(4);
  const [a, ...others] = hosts as [Host, Host, Host, Host];
  for (const other of others) part(network, a, other);
  for (let n = 0; n < 5000; n++) for (const other of others) a.send(frame(other, a, n));
  assert.equal(a.counters[LANE.txNoSession], 3 * (5000 - 4096));
  for (const other of others) join(network, a, other);
  for (const other of others) assert.equal(other.take().length, 4096);
});

test('a frame that waits for long keeps no room but its own', () => {
  const { network, hosts } = mesh(3);
  const [a, b, c] = hosts as [Host, Host, Host];
  part(network, a, b);
  a.send(frame(b, a, 1));
  for (let turn = 0; turn < 4; turn++) {
    part(network, a, c);
    for (let n = 0; n < 6000; n++) a.send(frame(c, a, n));
    join(network, a, c);
    assert.equal(c.take().length, 6000, `turn ${turn}`);
  }
  assert.equal(a.counters[LANE.txNoSession], 0);
  join(network, a, b);
  assert.deepEqual(b.take(), [frame(b, a, 1)]);
});

test('a peer that is removed takes what waits for it along', () => {
  const { a, b, network, away } = two();
  away();
  a.send(frame(b, a, 1));
  a.lane.removePeer(b.id, network.now);
  assert.equal(a.counters[LANE.txNoSession], 1);
  for (let step = 0; step < 40; step++) network.pass(10);
});
