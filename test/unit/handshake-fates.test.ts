/**
 * Two ends that both want a session, through every fate of the network that can be thought of. Whatever
 * was lost, late or out of order: soon after the network works again both ends use the same session,
 * they have seen all sessions in the same order, and then it is quiet.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type End, type Fate, generator, Pair } from './handshake-pair.js';
import { toyPrimitives } from './toy-primitives.js';

/** Longest pause between tries, with jitter; then both may have to give way once. */
const SOON = 6000 + 4000;

/** Names of the sessions that `end` knows, in its order. */
function order(end: End): string[] {
  return end.keys.map((keys) =>
    keys.initiator
      ? `${end.side}:${keys.localIndex}-${keys.remoteIndex}`
      : `${1 - end.side}:${keys.remoteIndex}-${keys.localIndex}`,
  );
}

function assertSameOrder(pair: Pair, message: string): void {
  const [first, second] = pair.ends.map(order);
  assert.ok(first && second);
  const common = new Set(first.filter((name) => second.includes(name)));
  assert.deepEqual(
    first.filter((name) => common.has(name)),
    second.filter((name) => common.has(name)),
    `sessions in one order ${message}`,
  );
}

/** The network works from now on. */
function assertComesToRest(pair: Pair, message: string): void {
  pair.fate = () => [10];
  pair.runUntil(pair.now + SOON);
  pair.assertAgreed(message);
  assertSameOrder(pair, message);
  // Number, key, last answer, four sessions and one initiation.
  for (const end of pair.ends) assert.ok(end.handshakes.tableSize <= 8, `${end.handshakes.tableSize} entries`);
  const count = pair.ends.map((end) => end.keys.length);
  const undeliverable = pair.ends.map((end) => end.undeliverable);
  pair.runUntil(pair.now + 20_000);
  assert.deepEqual(
    pair.ends.map((end) => end.keys.length),
    count,
    `no further handshake ${message}`,
  );
  assert.deepEqual(
    pair.ends.map((end) => end.undeliverable),
    undeliverable,
    `nothing undeliverable ${message}`,
  );
  pair.assertAgreed(message);
}

test('both open, at any distance in time, and any of the first six datagrams are lost', () => {
  for (const distance of [0, 5, 25, 260, 1500]) {
    for (let lost = 0; lost < 64; lost++) {
      for (const first of [0, 1] as const) {
        let count = 0;
        const fate: Fate = () => ((lost >> count++) & 1 ? [] : [10]);
        const pair = new Pair({ primitives: toyPrimitives, fate, seed: lost });
        pair.ends[first].connect();
        pair.at(distance, () => pair.ends[1 - first]?.connect());
        pair.runUntil(4000);
        assertComesToRest(pair, `(lost ${lost.toString(2)}, ${distance} ms apart, end ${first} first)`);
      }
    }
  }
});

test('one way only: nothing passes one direction for a while', () => {
  for (const blocked of [0, 1] as const) {
    for (let time = 0; time <= 9000; time += 250) {
      const pair = new Pair({
        primitives: toyPrimitives,
        links: 2,
        fate: (from) => (from === blocked ? [] : [10]),
        seed: time,
      });
      for (const end of pair.ends) end.connect();
      pair.runUntil(time);
      assertComesToRest(pair, `(end ${blocked} unheard for ${time} ms)`);
    }
  }
});

test('loss, delay, reordering, duplication, restarts and rekeys at random, 100 seeds', () => {
  for (let seed = 0; seed < 100; seed++) {
    const next = generator(seed);
    const loss = next() * 0.9;
    const delay = [5, 50, 400, 2500, 7000][seed % 5] ?? 5;
    const fate: Fate = () => {
      const copies: number[] = [];
      while (next() >= loss && copies.length < 3) copies.push(next() * delay);
      return copies;
    };
    const pair = new Pair({ primitives: toyPrimitives, links: 1 + (seed % 3), fate, seed });
    for (const end of pair.ends) pair.at(next() * 1000, () => end.connect());
    for (let i = 0; i < 6; i++) {
      pair.at(next() * 30_000, () => {
        const end = pair.ends[next() < 0.5 ? 0 : 1];
        const what = next();
        if (what < 0.6) end.handshakes.rekey(0, pair.now);
        else if (what < 0.9) end.connect();
        else end.identify();
      });
    }
    pair.runUntil(30_000);
    // What is still on its way may come in during the quiet time and cause a handshake more.
    pair.fate = () => [10];
    pair.runUntil(40_000);
    assertComesToRest(pair, `(seed ${seed})`);
  }
});

test('rekeys from both ends in the same moment, 50 seeds: no datagram is lost on a good network', () => {
  for (let seed = 0; seed < 50; seed++) {
    const next = generator(seed);
    const pair = new Pair({ primitives: toyPrimitives, fate: () => [10 + next() * 3], seed });
    const [a, b] = pair.ends;
    a.connect();
    pair.runUntil(1000);
    a.handshakes.rekey(0, pair.now);
    pair.at(1000 + next() * 40, () => b.handshakes.rekey(0, pair.now));
    pair.runUntil(2000);
    pair.assertAgreed(`(seed ${seed})`);
    assert.equal(a.undeliverable + b.undeliverable, 0, `seed ${seed}`);
    assertComesToRest(pair, `(seed ${seed})`);
  }
});
