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

/** Two hosts; `away` ends their session, `back` gives them another. */
function two(): { network: LaneNetwork; a: Host; b: Host; away: () => void; back: () => void } {
  const network = new LaneNetwork(2);
  const [a, b] = network.hosts as [Host, Host];
  b.send(frame(a, b, 0));
  network.pump();
  a.take();
  const away = (): void => {
    a.lane.dropSession(b.id, network.now);
    b.lane.dropSession(a.id, network.now);
  };
  const back = (): void => {
    network.shake(a, b);
    network.shake(b, a);
    for (let step = 0; step < 40; step++) network.pass(10);
  };
  return { network, a, b, away, back };
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

test('a peer that is removed takes what waits for it along', () => {
  const { a, b, network, away } = two();
  away();
  a.send(frame(b, a, 1));
  a.lane.removePeer(b.id, network.now);
  assert.equal(a.counters[LANE.txNoSession], 1);
  for (let step = 0; step < 40; step++) network.pass(10);
});
