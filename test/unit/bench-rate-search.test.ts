/** The search for the highest rate with at most 1 % lost, against systems with a known limit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RateSearch, type Trial } from '../../lab/bench-rate-search.js';

/** Carries `limit` and loses the rest; the sender manages `most`. */
function trialOf(limit: number, most = Infinity): (rate: number) => Trial {
  return (asked) => {
    const sent = Math.min(asked, most);
    const received = Math.min(sent, limit);
    return { sent, received, rate: received, sentRate: sent };
  };
}

function search(first: number, known: boolean, precision: number, trial: (rate: number) => Trial) {
  const made = new RateSearch(first, known, precision);
  let trials = 0;
  for (let rate = made.next(); rate !== null; rate = made.next()) {
    made.record(rate, trial(rate));
    trials += 1;
  }
  return { best: made.best, passed: made.passed, trials };
}

describe('the search for the highest rate', () => {
  it('finds any limit as closely as it was asked to, from anywhere', () => {
    const rate = fc.integer({ min: 1000, max: 1_000_000 });
    fc.assert(
      fc.property(rate, rate, fc.boolean(), (limit, first, known) => {
        const { best, passed } = search(first, known, 0.05, trialOf(limit));
        assert.ok(best <= limit, `${best} is more than ${limit}`);
        assert.ok(passed >= limit / 1.05 - 1, `${passed} is far below ${limit}`);
      }),
    );
  });

  it('takes few trials from a rate that is known', () => {
    for (const limit of [90_000, 95_000, 100_000, 105_000, 110_000]) {
      assert.ok(search(100_000, true, 0.05, trialOf(limit)).trials <= 6);
    }
  });

  it('ends at what the sender manages', () => {
    const { best, trials } = search(40_000, false, 0.05, trialOf(Infinity, 100_000));
    assert.equal(best, 100_000);
    assert.ok(trials < 10);
  });

  it('gives the figure of what arrived, not of what was asked for', () => {
    const lossy = (rate: number): Trial => ({ sent: rate, received: rate * 0.995, rate: rate * 0.9, sentRate: rate });
    const made = new RateSearch(1000, false, 0.05);
    made.record(1000, lossy(1000));
    assert.equal(made.best, 900);
  });

  it('does a trial again that lost a little, once', () => {
    const made = new RateSearch(1000, false, 0.05);
    const little: Trial = { sent: 1000, received: 970, rate: 970, sentRate: 1000 };
    made.record(1000, little);
    assert.equal(made.next(), 1000);
    made.record(1000, little);
    assert.equal(made.next(), 500);
  });

  it('forgives a hiccup', () => {
    const made = new RateSearch(1000, false, 0.05);
    made.record(1000, { sent: 1000, received: 970, rate: 970, sentRate: 1000 });
    made.record(1000, { sent: 1000, received: 1000, rate: 1000, sentRate: 1000 });
    assert.equal(made.next(), 2000);
  });

  it('goes on where the sender is held up a little at every rate', () => {
    const { best } = search(40_000, false, 0.05, (rate) => trialOf(200_000)(rate * 0.7));
    assert.ok(best > 190_000 / 1.05, `${best} is far below 200000`);
  });

  it('does a trial again in which the sender was no faster than before, once', () => {
    const made = new RateSearch(1000, false, 0.05);
    const sent = (rate: number): Trial => ({ sent: rate, received: rate, rate, sentRate: rate });
    made.record(1000, sent(1000));
    made.record(2000, sent(900));
    assert.equal(made.next(), 2000);
    made.record(2000, sent(1900));
    assert.equal(made.next(), 4000);
  });

  it('gives up where nothing passes', () => {
    const { best, trials } = search(40_000, false, 0.05, () => ({ sent: 100, received: 0, rate: 0, sentRate: 100 }));
    assert.equal(best, 0);
    assert.ok(trials < 10);
  });

  it('ends even if trials contradict each other', () => {
    let n = 0;
    const { trials } = search(40_000, false, 0.001, (rate) => trialOf(n++ % 3 === 0 ? 0 : rate)(rate));
    assert.ok(trials <= 24);
  });
});
