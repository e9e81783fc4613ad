/** Where runs go under round-robin: by queues, lengths and losses of links, or by weights set by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNTERS_LENGTH } from '../../src/core/counters.js';
import { LINKS } from '../../src/core/limits.js';
import { book, choose } from '../../src/core/link/choice.js';
import { Link } from '../../src/core/link/link.js';
import { Spread } from '../../src/core/link/spread.js';

const counters = new Float64Array(COUNTERS_LENGTH);
const ACK_EVERY = 4;
const RUN_BYTES = 5000;
/** Milliseconds that a path's queue is long at most: what comes then is lost. */
const LONGEST_QUEUE = 40;

interface Path {
  /** Milliseconds of a round trip. */
  trip: number;
  /** Bytes a millisecond that it carries; what comes beyond that waits. */
  rate: number;
  loss?: number;
}

/** A run on its way. */
interface Run {
  bytes: number;
  sentAt: number;
  booked: number;
  /** When the sender knows at the earliest that it has come. */
  knownAt: number;
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
  /** Bytes that came in on each link, so far. */
  came = 0;
  /** In the order in which they were sent: when each came. */
  arrivals: number[] = [];
  private readonly carried: number[];
  private readonly freeAt: number[];
  private readonly underWay: Run[][];
  private owed = 0;

  constructor(
    readonly paths: Path[],
    weights: number[] = paths.map(() => 1),
  ) {
    this.carried = paths.map(() => 0);
    this.freeAt = paths.map(() => 0);
    this.underWay = paths.map(() => []);
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

  /** What is told of the time before is forgotten. @param acknowledges whether the other end does */
  run(milliseconds: number, load: number, acknowledges = true): void {
    this.carried.fill(0);
    this.arrivals = [];
    for (const end = this.now + milliseconds; this.now < end; this.now++) {
      if (this.now % 100 === 0) this.ping();
      for (this.owed += load; this.owed >= RUN_BYTES; this.owed -= RUN_BYTES) this.send();
      if (acknowledges && this.now % ACK_EVERY === 0) this.acknowledge();
    }
  }

  private send(): void {
    const mask = choose('round-robin', this.slots, this.up, this.now);
    book(this.slots, mask, RUN_BYTES, this.now);
    const id = 31 - Math.clz32(mask);
    const { rate, trip } = this.paths[id]!;
    this.carried[id]! += RUN_BYTES;
    const from = Math.max(this.now, this.freeAt[id]!);
    if (from - this.now > LONGEST_QUEUE) return;
    this.freeAt[id] = from + RUN_BYTES / rate;
    const comesAt = this.freeAt[id]! + trip / 2;
    this.arrivals.push(comesAt);
    // Acknowledgements go back over the fastest link, too.
    const knownAt = comesAt + Math.min(...this.paths.map((path) => path.trip)) / 2;
    this.underWay[id]!.push({ bytes: RUN_BYTES, sentAt: this.now, booked: this.links[id]!.pace.booked, knownAt });
  }

  private acknowledge(): void {
    for (const { id, pace } of this.links) {
      const runs = this.underWay[id]!;
      const count = runs.findIndex(({ knownAt }) => knownAt > this.now);
      const known = runs.splice(0, count < 0 ? runs.length : count);
      const newest = known.at(-1);
      if (newest === undefined) continue;
      const { loss = 0 } = this.paths[id]!;
      const bytes = known.reduce((sum, run) => sum + run.bytes, 0) * (1 - loss);
      pace.acked(bytes, newest.sentAt, newest.booked, loss, this.came, this.now);
    }
    this.spread.measured(this.slots, this.now);
  }

  private ping(): void {
    for (const { id, pace } of this.links) {
      if ((this.up & (1 << id)) === 0) continue;
      const { trip, loss = 0 } = this.paths[id]!;
      pace.ponged(trip + Math.max(0, this.freeAt[id]! - this.now), this.now);
      pace.settle(loss, this.now);
    }
    this.spread.compare(this.slots, this.up);
  }

  /** Of what was sent in the last run. */
  share(id: number): number {
    return this.carried[id]! / this.carried.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Milliseconds by which something came after what was sent later, at most. */
  get disorder(): number {
    let latest = Number.NEGATIVE_INFINITY;
    let most = 0;
    for (const at of this.arrivals) {
      most = Math.max(most, latest - at);
      latest = Math.max(latest, at);
    }
    return most;
  }
}

test('what is offered beyond a slow link goes over the fast one', () => {
  const model = new Model([
    { trip: 10, rate: 6250 },
    { trip: 10, rate: 25_000 },
  ]);
  model.run(500, 30_000);
  model.run(1000, 30_000);
  assert.ok(Math.abs(model.share(0) - 0.2) < 0.03, `${model.share(0)}`);
  assert.ok(Math.abs(model.links[0]!.pace.capacity - 6250) < 700, `${model.links[0]!.pace.capacity}`);
  model.run(300, 40_000);
  model.run(100, 0);
  model.run(500, 10_000);
  assert.ok(Math.abs(model.share(0) - 0.2) < 0.03, `where neither is full, too: ${model.share(0)}`);
});

test('a queue that turns out to be shorter than was thought', () => {
  const { links } = new Model([{ trip: 10, rate: 1000 }]);
  const { pace } = links[0]!;
  let now = 10_000;
  for (const end = now + 200; now < end; now += 4) pace.acked(4000, now - (now < 10_050 ? 10 : 30), 0, 0, 0, now);
  assert.ok(Math.abs(pace.capacity - 1000) < 100, `${pace.capacity}`);
  now += 100;
  pace.book(50_000, now);
  assert.ok(pace.due(now) > 40, `${pace.due(now)}`);
  now += 10;
  const before = pace.due(now);
  pace.acked(50_000, now - 10, pace.booked, 0, 0, now);
  assert.ok(pace.due(now) - 10 < 0.6 * (before - 10), `${pace.due(now)} after ${before}`);
});

test('too much for all: shares are as capacities', () => {
  const model = new Model([
    { trip: 10, rate: 10_000 },
    { trip: 12, rate: 5000 },
    { trip: 9, rate: 20_000 },
  ]);
  model.run(500, 34_000);
  model.run(1000, 34_000);
  for (const [id, wanted] of [10 / 35, 5 / 35, 20 / 35].entries()) {
    assert.ok(Math.abs(model.share(id) - wanted) < 0.03, `link ${id}: ${model.share(id)}`);
  }
});

test('equal links share equally', () => {
  const model = new Model([
    { trip: 10, rate: 10_000 },
    { trip: 10, rate: 10_000 },
  ]);
  for (const load of [1000, 15_000, 20_500, 3000]) {
    model.run(1500, load);
    assert.ok(Math.abs(model.share(0) - 0.5) < 0.05, `${load}: ${model.share(0)}`);
  }
});

test('a link that was full for long is used again as soon as pings tell that it is empty', () => {
  const model = new Model([
    { trip: 1, rate: 12_500 },
    { trip: 1, rate: 12_500 },
  ]);
  model.run(20_000, 30_000); // its queue was never empty: the least time is that of a queue
  model.run(200, 0);
  model.up = 0b01;
  model.run(100, 1000);
  model.up = 0b11;
  model.run(200, 0);
  model.run(200, 20_000);
  assert.ok(Math.abs(model.share(0) - 0.5) < 0.1, `${model.share(0)}`);
});

test('a link that loses gets less', () => {
  const model = new Model([
    { trip: 10, rate: 10_000, loss: 0.05 },
    { trip: 10, rate: 10_000 },
  ]);
  model.run(2000, 8000);
  assert.ok(model.share(0) < 0.1, `${model.share(0)}`);
});

test('little traffic keeps to the fast link; much takes both, and comes in order; then it is little again', () => {
  const model = new Model([
    { trip: 4, rate: 10_000 },
    { trip: 40, rate: 10_000 },
  ]);
  model.run(1000, 2000);
  assert.equal(model.share(0), 1);
  model.run(1000, 16_000);
  model.run(1000, 16_000);
  assert.ok(Math.abs(model.share(1) - 0.375) < 0.05, `the long link carries the rest: ${model.share(1)}`);
  assert.ok(model.disorder < 6, `${model.disorder} ms, where links differ by 18`);
  model.run(500, 2000);
  model.run(2000, 2000);
  assert.equal(model.share(0), 1);
});

test('a link of another capacity than before: shares follow, down and up', () => {
  const model = new Model([
    { trip: 10, rate: 10_000 },
    { trip: 10, rate: 10_000 },
  ]);
  model.run(1000, 19_000);
  model.paths[0]!.rate = 2500;
  model.run(500, 12_000);
  model.run(1000, 12_000);
  assert.ok(Math.abs(model.share(0) - 0.2) < 0.05, `${model.share(0)}`);
  model.paths[0]!.rate = 10_000;
  model.run(1500, 19_000);
  model.run(1000, 19_000);
  assert.ok(Math.abs(model.share(0) - 0.5) < 0.05, `${model.share(0)}`);
});

test('acknowledgements that wait behind what comes in are no measure of a capacity', () => {
  const model = new Model([
    { trip: 4, rate: 10_000 },
    { trip: 4, rate: 10_000 },
  ]);
  model.run(200, 400);
  for (const path of model.paths) path.trip = 30;
  for (let step = 0; step < 200; step++) {
    model.came += 50_000;
    model.run(5, 400);
  }
  for (const { pace } of model.links) assert.equal(pace.capacity, 0);
});

test('while the fastest link is down, the fastest of the others carries', () => {
  const model = new Model([
    { trip: 4, rate: 10_000 },
    { trip: 40, rate: 10_000 },
    { trip: 90, rate: 10_000 },
  ]);
  model.run(1000, 2000);
  assert.equal(model.share(0), 1);
  model.up = 0b110;
  model.run(200, 2000);
  assert.equal(model.share(1), 1);
  model.up = 0b111;
  model.run(200, 2000);
  assert.equal(model.share(0), 1);
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
  assert.ok(Math.abs(model.share(1) - 0.75) < 0.01, `${model.share(1)}`);
});

test('without acknowledgements nothing is measured', () => {
  const model = new Model([
    { trip: 4, rate: 5000 },
    { trip: 4, rate: 10_000 },
  ]);
  model.begin(false);
  model.run(1000, 12_000, false);
  assert.ok(Math.abs(model.share(0) - 0.5) < 0.01, `${model.share(0)}`);
});
