/**
 * The resequencer between a sender that spreads datagrams over links and what takes them: whatever links lose,
 * delay and repeat, everything that comes is released once; in order, where no link is later than the wait.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PEER } from '../../src/core/counters.js';
import { Peer } from '../../src/core/peer.js';
import { ENTRIES } from '../../src/core/resequence/hold.js';
import { LONGEST_WAIT, Order, SPAN } from '../../src/core/resequence/order.js';
import { Resequencer } from '../../src/core/resequence/resequencer.js';
import { type KeyPair, KeyRing } from '../../src/core/session/key-ring.js';
import { LaneState } from '../../src/core/state.js';
import { giveBack, takeMemory } from '../sim/memory-pool.js';
import { ToyAead } from '../sim/toy-aead.js';

/** Where datagrams are received in turn: their bytes don't stay. */
const RX = 5000;

class Bench {
  readonly memory = takeMemory();
  readonly state = new LaneState({
    arena: this.memory.arena,
    counters: this.memory.counters,
    aead: new ToyAead(this.memory.arena),
    sink: {} as never,
    seed: 1,
  });
  readonly peer = new Peer(0, 2, 'round-robin', new KeyRing(this.state.aead, this.state.byIndex), this.state.counters);
  readonly pair: KeyPair;
  private clock = 0;
  readonly released: number[] = [];
  readonly releasedAt: number[] = [];
  readonly resequencer = new Resequencer(this.state, {
    released: (_peer, at, length, now) => this.take(at, length, now),
  });

  constructor(links: number) {
    this.state.counters.fill(0);
    this.peer.usable = (1 << links) - 1;
    this.peer.order = new Order();
    const key = new Uint8Array(32).fill(9);
    const keys = { peer: 0, localIndex: 7, remoteIndex: 7, sendKey: key, receiveKey: key.slice(), initiator: true };
    this.peer.keys.install(keys, 'aes-256-gcm');
    this.pair = this.peer.keys.current!;
    this.state.peers[0] = this.peer;
  }

  get order(): Order {
    return this.peer.order!;
  }

  count(name: 'resequenced' | 'resequenceTimeouts'): number {
    return this.state.counters[this.peer.block + PEER[name]]!;
  }

  /** A datagram comes; without data it is a heartbeat, say. `length` makes it fill the hold sooner. */
  comes(link: number, counter: number, now: number, hasData = true, length = 100): void {
    const { view } = this.state.arena;
    this.clock = now;
    assert.equal(this.pair.window.check(counter), 0);
    this.pair.window.mark(counter);
    view.setInt32(RX, counter, true);
    view.setInt32(RX + length - 4, ~counter, true);
    if (this.resequencer.waits(this.peer, this.order, this.pair, link, counter, hasData, RX, length, now)) {
      view.setInt32(RX, -1, true);
      return;
    }
    if (hasData) this.take(RX, length, now);
    this.resequencer.follow(this.peer, this.order, now);
  }

  /** Time goes by: what has its time up to then comes. */
  runTo(now: number): void {
    for (;;) {
      const at = this.state.deadlines.next();
      if (at > now) return;
      this.state.deadlines.pop(at);
      this.clock = Math.max(this.clock, at);
      this.resequencer.timeout(this.peer, this.clock);
      this.resequencer.written();
    }
  }

  private take(at: number, length: number, now: number): void {
    const { view } = this.state.arena;
    const counter = view.getInt32(at, true);
    assert.equal(view.getInt32(at + length - 4, true), ~counter, 'the bytes are those that came');
    this.released.push(counter);
    this.releasedAt[counter] = now;
  }
}

function bench(links: number, work: (bench: Bench) => void): void {
  const made = new Bench(links);
  try {
    work(made);
  } finally {
    giveBack(made.memory);
  }
}

/** What becomes of datagrams 0, 1, 2 … sent every `every` ms over links with delays: events in order of time. */
interface Sent {
  link: number;
  hasData: boolean;
  lost: boolean;
}

function arrivals(sent: readonly Sent[], delays: readonly number[], every: number) {
  return sent
    .map((each, counter) => ({ ...each, counter, at: 1000 + counter * every + delays[each.link]! }))
    .filter(({ lost }) => !lost)
    .sort((a, b) => a.at - b.at || a.counter - b.counter);
}

const LINKS = 3;
const sents = fc.array(
  fc.record({
    link: fc.nat(LINKS - 1),
    hasData: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
    lost: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
  }),
  { minLength: 1, maxLength: 400 },
);
const delayed = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: LINKS, maxLength: LINKS });

test('everything that comes is released, once, with its bytes, and soon', () => {
  fc.assert(
    fc.property(sents, delayed, fc.constantFrom(0.05, 0.3, 2), (sent, delays, every) => {
      bench(LINKS, (b) => {
        const all = arrivals(sent, delays, every);
        for (const { link, counter, at, hasData } of all) {
          b.runTo(at);
          b.comes(link, counter, at, hasData);
          b.resequencer.written();
        }
        b.runTo((all.at(-1)?.at ?? 0) + LONGEST_WAIT);
        const data = all.filter(({ hasData }) => hasData);
        assert.deepEqual(
          [...b.released].sort((x, y) => x - y),
          data.map(({ counter }) => counter).sort((x, y) => x - y),
        );
        assert.equal(b.order.held, 0);
        // Never longer than the links differ, and the margin.
        const differ = Math.max(...delays) - Math.min(...delays);
        const most = differ + Math.max(2, differ / 8) + 0.5;
        for (const { counter, at } of data) {
          const waited = b.releasedAt[counter]! - at;
          assert.ok(waited >= 0 && waited <= most, `${counter} waited ${waited} ms where ${most} is the most`);
        }
      });
    }),
    { numRuns: 50 },
  );
});

test('in order as soon as the difference was measured, though one link loses', () => {
  bench(2, (b) => {
    const sent = Array.from({ length: 3000 }, (_, i) => ({
      link: i % 40 < 20 ? 0 : 1,
      hasData: i % 97 !== 0,
      lost: i % 53 === 0,
    }));
    for (const { link, counter, at, hasData } of arrivals(sent, [2, 20], 0.06)) {
      b.runTo(at);
      b.comes(link, counter, at, hasData);
      b.resequencer.written();
    }
    b.runTo(5000);
    const later = b.released.filter((counter) => counter > 700);
    assert.deepEqual(
      later,
      [...later].sort((x, y) => x - y),
    );
    assert.ok(b.count('resequenced') > 1000);
  });
});

test('queues that come and go: a link is waited for as long as the other was late', () => {
  bench(2, (b) => {
    b.order.wasLate(1, 3);
    b.comes(1, 0, 1000);
    b.comes(0, 1, 1000);
    // Now it is link 0 whose queue is longer.
    b.comes(1, 3, 1001);
    b.runTo(1003.9);
    b.comes(0, 2, 1003.9);
    assert.deepEqual(b.released, [0, 1, 2, 3]);
    assert.equal(b.count('resequenceTimeouts'), 0);
  });
});

test('how late a link was that carries nothing any more does not count', () => {
  bench(2, (b) => {
    b.order.wasLate(1, 50);
    for (let period = 0; period < 3; period++) {
      b.comes(0, 2 * period, 1000 + 500 * period);
      b.comes(0, 2 * period + 1, 1001 + 500 * period);
      b.order.turn();
    }
    b.comes(0, 7, 3000); // 6 is lost
    assert.deepEqual(b.released, [0, 1, 2, 3, 4, 5, 7]);
  });
});

test('equal links: what comes in one round is put in order without a millisecond of waiting', () => {
  bench(2, (b) => {
    for (let round = 0; round < 50; round++) {
      const now = 1000 + round;
      // First all that waits on one socket, then what waits on the other.
      for (const link of [0, 1]) {
        for (let i = 0; i < 40; i++) if (i % 20 < 10 === (link === 0)) b.comes(link, round * 40 + i, now);
      }
      b.runTo(now);
      b.resequencer.written();
    }
    assert.deepEqual(b.released, [...b.released.keys()]);
    b.comes(0, 2001, 2000); // 2000 is lost
    b.runTo(2000);
    assert.equal(b.releasedAt[2001], 2000);
  });
});

test('a gap that every link has passed is lost: nothing waits for it', () => {
  bench(2, (b) => {
    b.order.wasLate(0, 50);
    b.order.wasLate(1, 50);
    b.comes(0, 0, 1000);
    b.comes(0, 2, 1000);
    assert.deepEqual(b.released, [0]);
    b.comes(1, 3, 1001);
    assert.deepEqual(b.released, [0, 2, 3]);
    assert.equal(b.count('resequenceTimeouts'), 0);
  });
});

test('a link that is suspect or down is not waited for', () => {
  bench(2, (b) => {
    b.order.wasLate(1, 50);
    b.peer.suspects = 0b10;
    b.comes(0, 0, 1000);
    b.comes(0, 2, 1000);
    assert.deepEqual(b.released, [0, 2]);
    b.peer.suspects = 0;
    b.peer.usable = 0b01;
    b.comes(0, 4, 1000);
    assert.deepEqual(b.released, [0, 2, 4]);
  });
});

test('gaps that move on, and what comes from behind, make nothing wait for longer', () => {
  bench(2, (b) => {
    b.order.wasLate(1, 90);
    b.comes(0, 0, 1000);
    b.comes(0, 50, 1001);
    for (let k = 1; k < 20; k++) {
      b.runTo(1000 + 60 * k);
      b.comes(0, 50 - k, 1000 + 60 * k);
      b.comes(0, k, 1001 + 60 * k);
    }
    b.runTo(5000);
    for (let k = 0; k < 20; k++) {
      const waited = b.releasedAt[50 - k]! - 1000 - 60 * k;
      assert.ok(waited <= 1 + LONGEST_WAIT, `${50 - k} waited ${waited} ms`);
    }
  });
});

test('what waits is bounded: in counters, and in bytes', () => {
  for (const [length, most] of [
    [100, Math.min(SPAN, ENTRIES)],
    [60_000, 140],
  ] as const) {
    bench(2, (b) => {
      b.order.wasLate(1, 90);
      b.comes(0, 0, 1000);
      let largest = 0;
      for (let i = 2; i < 3 * SPAN; i++) {
        b.comes(0, i, 1000, true, length);
        b.resequencer.written();
        largest = Math.max(largest, b.order.held);
      }
      assert.ok(largest <= most, `${largest} waited`);
      b.runTo(2000);
      assert.equal(b.released.length, 3 * SPAN - 1);
      assert.equal(b.order.held, 0);
    });
  }
});

test('a new key begins anew; what comes late under the old one does not wait', () => {
  bench(2, (b) => {
    b.order.wasLate(1, 50);
    b.comes(0, 0, 1000);
    b.comes(0, 2, 1000);
    assert.deepEqual(b.released, [0]);
    const old = b.pair;
    const key = new Uint8Array(32).fill(4);
    const keys = { peer: 0, localIndex: 8, remoteIndex: 8, sendKey: key, receiveKey: key.slice(), initiator: true };
    b.peer.keys.install(keys, 'aes-256-gcm');
    (b as { pair: KeyPair }).pair = b.peer.keys.current!;
    b.comes(0, 5, 1001);
    assert.deepEqual(b.released, [0, 2, 5]);
    (b as { pair: KeyPair }).pair = old;
    b.comes(1, 1, 1002);
    b.comes(1, 7, 1002);
    assert.deepEqual(b.released, [0, 2, 5, 1, 7]);
  });
});

test('a peer that is removed leaves nothing behind', () => {
  bench(2, (b) => {
    b.order.wasLate(1, 50);
    b.comes(0, 0, 1000);
    for (let i = 2; i < 50; i++) b.comes(0, i, 1000);
    b.resequencer.forget(b.peer);
    assert.equal(b.peer.order, null);
    assert.equal(b.state.deadlines.next(), Number.POSITIVE_INFINITY);
    b.peer.order = new Order();
    b.comes(0, 100, 1001);
    assert.deepEqual(b.released, [0, 100]);
  });
});

test('waiting ends when the peer says that it spreads nothing any more', () => {
  bench(2, (b) => {
    b.order.wasLate(1, 50);
    b.comes(0, 0, 1000);
    b.comes(0, 2, 1000);
    b.peer.setSpreads(false);
    b.comes(0, 3, 1001);
    assert.deepEqual(b.released, [0, 2, 3]);
    assert.equal(b.peer.order, null);
  });
});
