/** Shares under round-robin: from queues and losses, or set by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNTERS_LENGTH } from '../../src/core/counters.js';
import { LINKS } from '../../src/core/limits.js';
import { Link } from '../../src/core/link/link.js';
import { Spread } from '../../src/core/link/spread.js';

const counters = new Float64Array(COUNTERS_LENGTH);
const ACK_EVERY = 5;

interface Path {
  /** Milliseconds of a round trip. */
  trip: number;
  /** Bytes a millisecond that it carries; what comes beyond that waits. */
  rate: number;
  loss?: number;
}

/** A sender that offers `load` bytes a millisecond to links that each have a queue of their own. */
class Model {
  readonly links: Link[];
  /** The same by number, as a peer has them. */
  private readonly slots: (Link | null)[];
  readonly spread = new Spread();
  now = 10_000;
  /** Links that are up. */
  up: number;
  private readonly waiting: number[];

  constructor(
    readonly paths: Path[],
    weights: number[] = paths.map(() => 1),
  ) {
    this.waiting = paths.map(() => 0);
    this.up = (1 << paths.length) - 1;
    this.links = paths.map((_, id) => {
      const timers = { interval: 100, hold: 500, pongCount: 3 };
      return new Link(0, id, { ...timers, dynamic: false, priority: 100, weight: weights[id]!, mtu: 0 }, counters, 0);
    });
    this.slots = Array.from({ length: LINKS }, (_, id) => this.links[id] ?? null);
    this.begin(true);
  }

  begin(measures: boolean): void {
    this.spread.begin(this.slots, measures);
  }

  get all(): number {
    return (1 << this.links.length) - 1;
  }

  run(milliseconds: number, load: number): void {
    for (const end = this.now + milliseconds; this.now < end; this.now += ACK_EVERY) {
      const mask = this.spread.narrow(this.up);
      const used = this.links.filter(({ id }) => (mask & (1 << id)) !== 0);
      const pulls = used.reduce((sum, { pull }) => sum + pull, 0);
      for (const { id, pace, pull } of this.links) {
        const { rate, trip, loss = 0 } = this.paths[id]!;
        const given = (mask & (1 << id)) === 0 ? 0 : (load * ACK_EVERY * pull) / pulls;
        const carried = Math.min(this.waiting[id]! + given, rate * ACK_EVERY);
        this.waiting[id] = Math.min(40 * rate, this.waiting[id]! + given - carried);
        const since = this.now - trip - this.waiting[id]! / rate;
        if (carried === 0) pace.drain(this.now);
        else pace.acked(carried * (1 - loss), since, loss, this.now);
        if (this.now % 100 !== 0 || (this.up & (1 << id)) === 0) continue;
        pace.ponged(trip + this.waiting[id]! / rate, this.now);
        pace.settle(loss, this.now);
        this.spread.compare(this.slots, this.up);
      }
      this.spread.measured(this.slots, this.up, this.now);
    }
  }

  share(id: number): number {
    return this.links[id]!.pull / this.links.reduce((sum, { pull }) => sum + pull, 0);
  }
}

test('what is offered beyond a slow link goes over the fast one', () => {
  const model = new Model([
    { trip: 10, rate: 6250 },
    { trip: 10, rate: 25_000 },
  ]);
  model.run(3000, 30_000);
  assert.ok(Math.abs(model.share(0) - 0.2) < 0.06, `${model.share(0)}`);
  assert.ok(Math.abs(model.links[0]!.pace.capacity - 6250) < 700);
});

test('too much for both: shares are as capacities', () => {
  const model = new Model([
    { trip: 10, rate: 10_000 },
    { trip: 12, rate: 5000 },
    { trip: 9, rate: 20_000 },
  ]);
  model.run(5000, 40_000);
  for (const [id, wanted] of [10 / 35, 5 / 35, 20 / 35].entries()) {
    assert.ok(Math.abs(model.share(id) - wanted) < 0.1, `link ${id}: ${model.share(id)}`);
  }
});

test('equal links share equally', () => {
  const model = new Model([
    { trip: 10, rate: 10_000 },
    { trip: 10, rate: 10_000 },
  ]);
  for (const load of [1000, 15_000, 25_000, 3000]) {
    model.run(1500, load);
    assert.ok(Math.abs(model.share(0) - 0.5) < 0.05, `${load}: ${model.share(0)}`);
  }
});

test('a link that loses gets less', () => {
  const model = new Model([
    { trip: 10, rate: 10_000, loss: 0.05 },
    { trip: 10, rate: 10_000 },
  ]);
  model.run(2000, 8000);
  assert.ok(model.share(0) < 0.1, `${model.share(0)}`);
});

test('little traffic keeps to the fast link; much takes both, until it is little again', () => {
  const model = new Model([
    { trip: 4, rate: 10_000 },
    { trip: 40, rate: 10_000 },
  ]);
  model.run(1000, 2000);
  assert.equal(model.spread.narrow(model.all), 0b01);
  model.run(1000, 15_000);
  assert.equal(model.spread.narrow(model.all), 0b11);
  model.run(3000, 15_000);
  assert.equal(model.spread.narrow(model.all), 0b11);
  model.run(4000, 2000);
  assert.equal(model.spread.narrow(model.all), 0b01);
  assert.equal(model.spread.narrow(0b10), 0b10, 'what there is');
});

test('while the fastest link is down, the fastest of the others carries', () => {
  const model = new Model([
    { trip: 4, rate: 10_000 },
    { trip: 40, rate: 10_000 },
    { trip: 90, rate: 10_000 },
  ]);
  model.run(1000, 2000);
  assert.equal(model.spread.narrow(model.all), 0b001);
  model.up = 0b110;
  model.run(200, 2000);
  assert.equal(model.spread.narrow(model.up), 0b010);
  model.up = model.all;
  model.run(200, 2000);
  assert.equal(model.spread.narrow(model.all), 0b001);
});

test('weights that were set by hand say it all', () => {
  const model = new Model(
    [
      { trip: 4, rate: 5000 },
      { trip: 40, rate: 10_000, loss: 0.2 },
    ],
    [1, 3],
  );
  model.run(2000, 12_000);
  assert.deepEqual(
    model.links.map(({ pull }) => pull),
    [1, 3],
  );
  assert.equal(model.spread.narrow(model.all), 0b11);
});

test('without acknowledgements nothing is measured', () => {
  const model = new Model([
    { trip: 4, rate: 5000 },
    { trip: 4, rate: 10_000 },
  ]);
  model.begin(false);
  model.run(1000, 12_000);
  assert.deepEqual(
    model.links.map(({ pull }) => pull),
    [1, 1],
  );
});
