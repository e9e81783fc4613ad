/** What the relay does to a datagram of one path. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CLEAN, GONE, NOW, RelayPath, WAITING } from '../../lab/relay-path.js';
import { Random } from '../sim/random.js';

function pathWith(impairment: Partial<typeof CLEAN>, seed = 1): RelayPath {
  const path = new RelayPath(new Random(seed));
  path.impairment = { ...CLEAN, ...impairment };
  return path;
}

describe('a path of the relay', () => {
  it('forwards everything at once, if nothing else was said', () => {
    const path = pathWith({});
    for (const length of [0, 1200, 1472]) assert.equal(path.arrives(length, 5), NOW);
    assert.deepEqual(path.counts, { forwarded: 3, silent: 0, large: 0, lost: 0, overrun: 0 });
    assert.equal(path.dueAt, Number.POSITIVE_INFINITY);
  });

  it('drops what is larger than the largest, and not what is as large', () => {
    const path = pathWith({ largest: 1200 });
    assert.equal(path.arrives(1200, 0), NOW);
    assert.equal(path.arrives(1201, 0), GONE);
    assert.equal(path.counts.large, 1);
  });

  it('drops all when it is silent, and forgets that when it no longer is', () => {
    const path = pathWith({ silent: true });
    assert.equal(path.arrives(100, 0), GONE);
    path.impairment = CLEAN;
    assert.equal(path.arrives(100, 0), NOW);
    assert.equal(path.counts.silent, 1);
  });

  it('loses the same datagrams with the same seed, others with another', () => {
    const fates = (seed: number) => {
      const path = pathWith({ lossPercent: 50 }, seed);
      return Array.from({ length: 1000 }, () => (path.arrives(100, 0) === GONE ? '-' : '+')).join('');
    };
    assert.equal(fates(7), fates(7));
    assert.notEqual(fates(7), fates(8));
    const lost = fates(7).split('-').length - 1;
    assert.ok(lost > 400 && lost < 600, `${lost} of 1000`);
  });

  it('keeps delayed datagrams in order until they are due', () => {
    const path = pathWith({ delayMs: 300 });
    assert.equal(path.arrives(10, 1000), 0);
    assert.equal(path.arrives(20, 1001), 1);
    assert.equal(path.dueAt, 1300);
    assert.deepEqual(path.take(), { place: 0, length: 10 });
    assert.equal(path.dueAt, 1301);
    assert.deepEqual(path.take(), { place: 1, length: 20 });
    assert.equal(path.dueAt, Number.POSITIVE_INFINITY);
  });

  it('lets datagrams overtake those that still wait when a delay ends', () => {
    const path = pathWith({ delayMs: 300 });
    path.arrives(10, 0);
    path.impairment = CLEAN;
    assert.equal(path.arrives(10, 1), NOW);
    assert.equal(path.dueAt, 300);
  });

  it('counts what it has no room for, and uses places again', () => {
    const path = pathWith({ delayMs: 1 });
    for (let i = 0; i < WAITING; i++) assert.equal(path.arrives(i % 1000, 0), i);
    assert.equal(path.arrives(1, 0), GONE);
    assert.equal(path.counts.overrun, 1);
    assert.equal(path.take().place, 0);
    assert.equal(path.arrives(77, 0), 0);
    for (let i = 1; i < WAITING; i++) assert.equal(path.take().length, i % 1000);
    assert.deepEqual(path.take(), { place: 0, length: 77 });
  });
});
