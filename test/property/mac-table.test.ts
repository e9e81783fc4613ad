import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  MAC_HELD,
  MAC_HOLD_BEGAN,
  MAC_KNOWN,
  MAC_LEARNED,
  MAC_MOVED,
  MAC_REFUSED_FULL,
  MAC_REFUSED_PEER,
  MacTable,
} from '../../src/core/switch/mac-table.js';

interface Row {
  hi: number;
  lo: number;
  peer: number;
  seen: number;
}

/** Moves of a row: when, in order, since the last window or hold began; and its home (null: gone since). */
interface Moves {
  since: number;
  times: number[];
  last: number;
  home: number | null;
}

const HOLD_MS = 40;
const WINDOW_MS = 60;

/** A list of rows, the longest unseen first, searched from end to end. */
class NaiveTable {
  rows: Row[] = [];
  mostMoves = 0;
  readonly own = new Map<number, number>();
  readonly moves = new Map<string, Moves>();
  readonly heldUntil = new Map<string, number>();

  constructor(
    public limit: number,
    readonly perPeerLimit: number,
    public aging: number,
  ) {}

  isFull(peer: number): boolean {
    return this.countOf(peer) >= (this.own.get(peer) || this.perPeerLimit);
  }

  /** What becomes of a row that is about to move: a result if it doesn't. */
  damp(row: Row, now: number): number | null {
    const key = `${row.hi} ${row.lo}`;
    if (this.mostMoves === 0) return null;
    const moves = this.moves.get(key) ?? { since: now, times: [], last: now, home: null };
    this.moves.set(key, moves);
    if (now - moves.since > WINDOW_MS) moves.times = [];
    if (moves.times.length === 0) moves.since = now;
    const home = moves.home === null || now - moves.last > WINDOW_MS ? row.peer : moves.home;
    moves.home = home;
    moves.last = now;
    moves.times.push(now);
    if (moves.times.length <= this.mostMoves) return null;
    moves.times = [];
    this.heldUntil.set(key, now + HOLD_MS);
    if (home !== row.peer && !this.isFull(home)) row.peer = home;
    return MAC_HOLD_BEGAN;
  }

  /** What is known of addresses that are no longer there. */
  forgetMoves(): void {
    const kept = new Set(this.rows.map(({ hi, lo }) => `${hi} ${lo}`));
    for (const map of [this.moves, this.heldUntil]) for (const key of map.keys()) if (!kept.has(key)) map.delete(key);
  }

  countOf(peer: number): number {
    return this.rows.filter((row) => row.peer === peer).length;
  }

  expire(now: number): number {
    const before = this.rows.length;
    this.rows = this.rows.filter((row) => now - row.seen < this.aging);
    this.forgetMoves();
    return before - this.rows.length;
  }

  learn(hi: number, lo: number, peer: number, now: number): number {
    this.expire(now);
    const row = this.rows.find((other) => other.hi === hi && other.lo === lo);
    if (row === undefined && this.rows.length >= this.limit) return MAC_REFUSED_FULL;
    const held = now < (this.heldUntil.get(`${hi} ${lo}`) ?? 0);
    if (row !== undefined && row.peer !== peer && held) return MAC_HELD;
    if (row?.peer !== peer && this.isFull(peer)) return MAC_REFUSED_PEER;
    const damped = row === undefined || row.peer === peer ? null : this.damp(row, now);
    if (damped !== null) return damped;
    this.rows = [...this.rows.filter((other) => other !== row), { hi, lo, peer, seen: now }];
    if (row === undefined) return MAC_LEARNED;
    return row.peer === peer ? MAC_KNOWN : MAC_MOVED;
  }

  lookup(hi: number, lo: number, now: number): number {
    const row = this.rows.find((other) => other.hi === hi && other.lo === lo);
    return row === undefined || now - row.seen >= this.aging ? -1 : row.peer;
  }

  forgetPeer(peer: number): number {
    const before = this.rows.length;
    this.rows = this.rows.filter((row) => row.peer !== peer);
    for (const moves of this.moves.values()) if (moves.home === peer) moves.home = null;
    this.forgetMoves();
    return before - this.rows.length;
  }
}

const PEERS = 4;

function rowsOf(table: MacTable): Row[] {
  const rows: Row[] = [];
  table.forEach((hi, lo, peer, seen) => {
    rows.push({ hi, lo, peer, seen });
  });
  return rows;
}

type Step =
  | { do: 'learn' | 'lookup'; mac: number; peer: number; wait: number }
  | { do: 'expire' | 'clear'; wait: number }
  | { do: 'forget'; peer: number; wait: number }
  | { do: 'own'; peer: number; value: number; wait: number }
  | { do: 'aging' | 'limit' | 'moves'; value: number; wait: number };

function steps(macs: number, capacity: number, maxLength: number): fc.Arbitrary<Step[]> {
  const wait = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 12 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 150 }) },
  );
  const mac = fc.integer({ min: 0, max: macs - 1 });
  const peer = fc.integer({ min: 0, max: PEERS - 1 });
  return fc.array(
    fc.oneof(
      { weight: 30, arbitrary: fc.record({ do: fc.constant('learn' as const), mac, peer, wait }) },
      { weight: 10, arbitrary: fc.record({ do: fc.constant('lookup' as const), mac, peer, wait }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const), wait }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), wait }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('forget' as const), peer, wait }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('own' as const), peer, value: fc.nat(8), wait }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('moves' as const), value: fc.nat(4), wait }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('aging' as const), value: fc.integer({ min: 1, max: 200 }), wait }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant('limit' as const),
          value: fc.integer({ min: 0, max: capacity + 5 }),
          wait,
        }),
      },
    ),
    { maxLength, size: 'max' },
  );
}

function agrees(macs: number, capacity: number, perPeerLimit: number, seed: number, list: Step[]): void {
  const table = new MacTable({ capacity, perPeerLimit, agingMs: 100, maxPeers: PEERS, seed });
  const naive = new NaiveTable(capacity, perPeerLimit, 100);
  // Addresses that differ in every part, with lower halves of both signs.
  const hi = (mac: number) => (mac * 0x0301) & 0xffff;
  const lo = (mac: number) => Math.imul(mac >> 1, 0x9e3779b9) | 0;
  let now = 0.5;
  for (const step of list) {
    now += step.wait;
    switch (step.do) {
      case 'learn':
        assert.equal(
          table.learn(hi(step.mac), lo(step.mac), step.peer, now),
          naive.learn(hi(step.mac), lo(step.mac), step.peer, now),
        );
        break;
      case 'lookup':
        assert.equal(table.lookup(hi(step.mac), lo(step.mac), now), naive.lookup(hi(step.mac), lo(step.mac), now));
        break;
      case 'expire':
        assert.equal(table.expire(now), naive.expire(now));
        break;
      case 'clear':
        table.clear();
        naive.rows = [];
        naive.forgetMoves();
        break;
      case 'forget':
        assert.equal(table.forgetPeer(step.peer), naive.forgetPeer(step.peer));
        break;
      case 'aging':
        table.setAging(step.value);
        naive.aging = step.value;
        break;
      case 'own':
        table.setPeerLimit(step.peer, step.value);
        naive.own.set(step.peer, step.value);
        break;
      case 'moves':
        table.setMoveLimit({ moves: step.value, windowMs: WINDOW_MS, holdMs: HOLD_MS });
        naive.mostMoves = step.value;
        if (step.value === 0) naive.heldUntil.clear();
        break;
      case 'limit':
        table.setLimit(step.value);
        naive.limit = Math.min(step.value, capacity);
        break;
    }
    assert.equal(table.size, naive.rows.length);
  }
  assert.deepEqual(rowsOf(table), naive.rows);
  for (let peer = 0; peer < PEERS; peer++) assert.equal(table.countOf(peer), naive.countOf(peer));
  for (let mac = 0; mac < macs; mac++) {
    assert.equal(table.lookup(hi(mac), lo(mac), now), naive.lookup(hi(mac), lo(mac), now));
  }
}

test('a small crowded MAC table agrees with a list', () => {
  fc.assert(
    fc.property(steps(24, 8, 200), fc.integer({ min: 1, max: 8 }), fc.integer(), (list, perPeer, seed) => {
      agrees(24, 8, perPeer, seed, list);
    }),
    { numRuns: 300 },
  );
});

test('a larger MAC table agrees with a list', () => {
  fc.assert(
    fc.property(steps(200, 100, 800), fc.integer(), (list, seed) => {
      agrees(200, 100, 60, seed, list);
    }),
    { numRuns: 40 },
  );
});
