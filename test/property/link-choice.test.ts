/** The policies: who carries the next run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { COUNTERS_LENGTH } from '../../src/core/counters.js';
import { LINKS } from '../../src/core/limits.js';
import { book, choose } from '../../src/core/link/choice.js';
import { Link } from '../../src/core/link/link.js';

/** What a link may carry more than its share, to catch up after it was idle: bytes times weight. */
const MOST_ARREARS = 256 * 1024;
const counters = new Float64Array(COUNTERS_LENGTH);

interface Given {
  priority: number;
  weight: number;
}

function linksOf(given: readonly (Given | null)[]): (Link | null)[] {
  return Array.from({ length: LINKS }, (_, id) => {
    const one = given[id] ?? null;
    const timers = { interval: 100, hold: 500, pongCount: 3 };
    return one === null ? null : new Link(0, id, { ...timers, ...one, dynamic: false, mtu: 0 }, counters, 0);
  });
}

function maskOf(links: readonly (Link | null)[]): number {
  return links.reduce((mask, link, id) => (link === null ? mask : mask | (1 << id)), 0);
}

const given = fc.record({ priority: fc.oneof(fc.nat(255), fc.nat(2)), weight: fc.integer({ min: 1, max: 255 }) });
const links = fc.array(fc.option(given), { minLength: LINKS, maxLength: LINKS });

test('passive: the highest priority, among equals the lowest id', () => {
  fc.assert(
    fc.property(links, fc.nat(255), (given, wanted) => {
      const all = linksOf(given);
      const candidates = maskOf(all) & wanted;
      const [best] = all
        .filter((link) => link !== null && (candidates & (1 << link.id)) !== 0)
        .sort((a, b) => b!.settings.priority - a!.settings.priority || a!.id - b!.id);
      assert.equal(choose('passive', all, candidates, 0), best ? 1 << best.id : 0);
    }),
  );
});

test('active: all of them', () => {
  const all = linksOf(new Array<Given>(LINKS).fill({ priority: 1, weight: 1 }));
  for (let candidates = 0; candidates < 256; candidates++) {
    assert.equal(choose('active', all, candidates, 0), candidates);
  }
});

test('whatever the policy: one candidate is chosen, none chooses none', () => {
  const all = linksOf(new Array<Given>(LINKS).fill({ priority: 0, weight: 1 }));
  for (const policy of ['passive', 'active', 'round-robin'] as const) {
    assert.equal(choose(policy, all, 0, 0), 0);
    for (let id = 0; id < LINKS; id++) assert.equal(choose(policy, all, 1 << id, 0), 1 << id);
  }
});

test('round-robin: no link is ever further ahead of its share than by one run', () => {
  const runs = fc.array(fc.integer({ min: 60, max: 65_000 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(links, runs, (given, sizes) => {
      const all = linksOf(given);
      const candidates = maskOf(all);
      if (candidates === 0) return;
      const carried = new Array<number>(LINKS).fill(0);
      for (const size of sizes) {
        const mask = choose('round-robin', all, candidates, 0);
        const id = 31 - Math.clz32(mask);
        assert.equal(mask, 1 << id);
        assert.ok((mask & candidates) !== 0);
        carried[id]! += size;
        book(all, mask, size, 0);
      }
      const shares = all.flatMap((link, id) => (link === null ? [] : [carried[id]! / link.settings.weight]));
      assert.ok(Math.max(...shares) - Math.min(...shares) <= Math.max(...sizes) + 1e-6);
    }),
  );
});

test('round-robin: equal links alternate, in order of their ids', () => {
  const all = linksOf([null, { priority: 0, weight: 1 }, { priority: 9, weight: 1 }, { priority: 5, weight: 1 }]);
  const chosen = Array.from({ length: 9 }, () => {
    const mask = choose('round-robin', all, 0b1110, 0);
    book(all, mask, 1500, 0);
    return mask;
  });
  assert.deepEqual(chosen, [2, 4, 8, 2, 4, 8, 2, 4, 8]);
});

test('round-robin: weights come out as shares', () => {
  const weights = [1, 2, 5, 12];
  const all = linksOf(weights.map((weight) => ({ priority: 0, weight })));
  const carried = [0, 0, 0, 0];
  for (let run = 0; run < 20_000; run++) {
    const mask = choose('round-robin', all, 0b1111, 0);
    const size = 1000 + ((run * 7919) % 40_000);
    carried[31 - Math.clz32(mask)]! += size;
    book(all, mask, size, 0);
  }
  const total = carried.reduce((sum, bytes) => sum + bytes, 0);
  weights.forEach((weight, id) => {
    assert.ok(Math.abs(carried[id]! / total - weight / 20) < 0.001, `link ${id} carried ${carried[id]! / total}`);
  });
});

test('round-robin: a link that was away catches up a little, and not on all that it missed', () => {
  const away = fc.record({
    weights: fc.tuple(given, given),
    megabytes: fc.integer({ min: 1, max: 500 }),
    later: fc.boolean(),
  });
  fc.assert(
    fc.property(away, ({ weights, megabytes, later }) => {
      const all = linksOf(weights);
      const run = 50_000;
      // First one carries alone, then (in half of the cases) the other, so that either may be behind.
      for (let i = 0; i < megabytes * 20; i++) book(all, choose('round-robin', all, 0b01, 0), run, 0);
      for (let i = 0; later && i < 400; i++) book(all, choose('round-robin', all, 0b10, 0), run, 0);
      const streak = [0, 0];
      const carried = [0, 0];
      let last = -1;
      for (let i = 0; i < 3000; i++) {
        const id = choose('round-robin', all, 0b11, 0) - 1;
        carried[id]! += run;
        streak[id] = id === last ? streak[id]! + run : run;
        last = id;
        const most = Math.max(MOST_ARREARS, run) * weights[id]!.weight + 2 * run * 255;
        assert.ok(streak[id]! <= most, `link ${id} carried ${streak[id]} bytes in a row`);
        book(all, 1 << id, run, 0);
      }
      const shares = carried.map((bytes, id) => bytes / weights[id]!.weight);
      assert.ok(Math.abs(shares[0]! - shares[1]!) <= MOST_ARREARS + 2 * run);
    }),
    { numRuns: 50 },
  );
});
