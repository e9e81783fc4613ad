/** The search for the path MTU against paths of every size, that lose, delay and change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RttEstimator } from '../../src/core/link/rtt.js';
import { BASE_MTU, PATH_CONFIRMED, PATH_SEARCHING, PathMtu } from '../../src/core/path-mtu/search.js';
import { Random } from '../sim/random.js';

interface Answer {
  at: number;
  number: number;
  size: number;
  small: boolean;
}

/** A path with a search at one end. What holds is looked at after every step. */
class Path {
  readonly search: PathMtu;
  now = 1000;
  sent = 0;
  /** Share of round trips that are lost, whatever their size. */
  loss = 0;
  private readonly answers: Answer[] = [];

  constructor(
    public largest: number,
    readonly random: Random,
    readonly options: { floor: number; ceiling: number; rtt: number; jitter: number },
  ) {
    const rtt = new RttEstimator();
    for (let i = 0; i < 3; i++) rtt.sample(options.rtt + random.between(0, options.jitter));
    this.search = new PathMtu(rtt, options.floor, options.ceiling);
  }

  /** Lets time pass, from one event to the next. */
  run(milliseconds: number): void {
    const { search } = this;
    const end = this.now + milliseconds;
    for (;;) {
      const answer = this.answers[0];
      const next = Math.min(answer?.at ?? Number.POSITIVE_INFINITY, search.due);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      if (answer !== undefined && answer.at <= this.now) {
        this.answers.shift();
        if (answer.small) search.companionAnswered(answer.number, this.now);
        else search.answered(answer.number, answer.size, this.now);
      } else this.send(search.step(this.now));
    }
    this.now = end;
  }

  private send(size: number): void {
    const { ceiling, floor } = this.options;
    assert.ok(this.search.mtu >= Math.min(floor, ceiling) && this.search.mtu <= ceiling, `${this.search.mtu}`);
    if (size === 0) return;
    assert.ok(size > 0 && size <= ceiling, `a probe of ${size}`);
    this.sent++;
    const number = this.search.lastNumber;
    if (size <= this.largest) this.deliver({ at: 0, number, size, small: false });
    this.deliver({ at: 0, number, size, small: true });
  }

  private deliver(answer: Answer): void {
    if (this.random.chance(this.loss)) return;
    answer.at = this.now + this.options.rtt + this.random.between(0, this.options.jitter);
    this.answers.push(answer);
    this.answers.sort((a, b) => a.at - b.at);
  }
}

const LOSS_BOTH_WAYS = 1 - 0.8 * 0.8;

const paths = fc.record({
  v6: fc.boolean(),
  ceiling: fc.oneof(fc.constantFrom(1280, 1400, 1500, 9000, 65_535), fc.integer({ min: 600, max: 65_535 })),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  rtt: fc.constantFrom(0.2, 5, 60, 300),
  jitter: fc.constantFrom(0, 4, 30),
  seed: fc.nat(),
});
type Drawn = typeof paths extends fc.Arbitrary<infer T> ? T : never;

function pathOf({ v6, ceiling, share, rtt, jitter, seed }: Drawn): Path {
  const floor = Math.min(v6 ? 1280 : 576, ceiling);
  const largest = Math.round(floor + share * (ceiling - floor));
  return new Path(largest, new Random(seed), { floor, ceiling, rtt, jitter });
}

test('without loss the exact size is found, with few probes', () => {
  fc.assert(
    fc.property(paths, (drawn) => {
      const path = pathOf(drawn);
      path.search.start(path.now);
      path.run(20_000);
      assert.equal(path.search.state, PATH_CONFIRMED);
      assert.equal(path.search.mtu, path.largest);
      // Halving 65,535, the base, and tries of the sizes above; a jitter above the patience costs some again.
      if (drawn.jitter < 20) assert.ok(path.sent <= 16 + 1 + 16, `${path.sent} probes`);
      assert.ok(path.sent <= 120, `${path.sent} probes`);
    }),
    { numRuns: 300 },
  );
});

test('with a fifth lost each way never too much is found, and the right size in the end', () => {
  let wrong = 0;
  let all = 0;
  let blackHoles = 0;
  fc.assert(
    fc.property(paths, (drawn) => {
      const path = pathOf(drawn);
      path.loss = LOSS_BOTH_WAYS;
      path.search.start(path.now);
      path.run(50_000);
      assert.equal(path.search.state, PATH_CONFIRMED);
      assert.ok(path.search.mtu <= path.largest);
      assert.ok(path.sent <= 200, `${path.sent} probes`);
      all++;
      if (path.search.mtu !== path.largest) wrong++;
      path.run(600_000);
      assert.ok(path.search.mtu <= path.largest, 'loss alone raises nothing');
      assert.equal(path.search.mtu, path.largest, 'found within ten minutes');
      blackHoles += path.search.blackHoles;
    }),
    { numRuns: 200, seed: 11 },
  );
  assert.ok(blackHoles <= all / 50, `${blackHoles} times loss was taken for a black hole in ${11 * all} confirmations`);
  assert.ok(wrong <= all / 10, `${wrong} of ${all} not found at once`);
});

test('a path that changes is found out: smaller when it is doubted, larger within a minute', () => {
  fc.assert(
    fc.property(paths, fc.double({ min: 0, max: 1, noNaN: true }), (drawn, share) => {
      const path = pathOf(drawn);
      path.search.start(path.now);
      path.run(20_000);
      const before = path.largest;
      const { floor, ceiling } = path.options;
      path.largest = Math.round(floor + share * (ceiling - floor));
      if (path.largest < before) {
        path.search.doubt(path.now);
        assert.ok(path.search.doubtful);
        path.run(20_000);
        assert.equal(path.search.blackHoles, 1);
      } else path.run(85_000);
      if (path.largest !== before) {
        const took = path.now - path.search.since;
        assert.ok(took > 0 && took <= 85_000 - 39_000, `it began ${took} ms ago`);
      }
      assert.equal(path.search.mtu, path.largest);
      assert.equal(path.search.state, PATH_CONFIRMED);
      assert.ok(!path.search.doubtful);
    }),
    { numRuns: 200 },
  );
});

test('a dead path says nothing of its MTU, and probes get rare', () => {
  fc.assert(
    fc.property(paths, (drawn) => {
      const path = pathOf(drawn);
      path.search.start(path.now);
      path.run(20_000);
      const found = path.search.mtu;
      const { sent } = path;
      path.loss = 1;
      path.search.doubt(path.now);
      path.run(10_000);
      assert.equal(path.search.mtu, found);
      assert.equal(path.search.blackHoles, 0);
      assert.ok(path.sent - sent <= 100, `${path.sent - sent} probes in ten seconds`);
    }),
    { numRuns: 100 },
  );
});

test('the device shrinks and grows, kernels refuse, ICMP lies: never above the device, and right in the end', () => {
  const events = fc.array(
    fc.record({
      wait: fc.integer({ min: 0, max: 2000 }),
      what: fc.constantFrom('bounds', 'too large', 'hint', 'doubt', 'stop', 'start', 'unsent', 'forged'),
      size: fc.integer({ min: 0, max: 70_000 }),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(paths, events, (drawn, list) => {
      const path = pathOf(drawn);
      const { search, options } = path;
      search.start(path.now);
      for (const { wait, what, size } of list) {
        path.run(wait);
        if (what === 'bounds') {
          options.ceiling = Math.max(600, Math.min(size, 65_535));
          search.setBounds(options.floor, options.ceiling, path.now);
        } else if (what === 'too large') search.tooLarge(size, path.now);
        else if (what === 'hint') search.hint(size, path.now);
        else if (what === 'doubt') search.doubt(path.now);
        else if (what === 'stop') search.stop();
        else if (what === 'start') search.start(path.now);
        else if (what === 'unsent') search.unsent(path.now);
        else search.answered(size % 40, size, path.now);
        assert.ok(search.mtu <= options.ceiling && search.mtu >= Math.min(options.floor, options.ceiling));
      }
      search.start(path.now);
      path.run(100_000);
      assert.equal(
        search.mtu,
        Math.max(Math.min(options.floor, options.ceiling), Math.min(path.largest, options.ceiling)),
      );
      assert.equal(search.state, PATH_CONFIRMED);
    }),
    { numRuns: 300 },
  );
});

test('while a first search goes on, what passes nearly everywhere holds', () => {
  const path = new Path(1400, new Random(1), { floor: 576, ceiling: 9000, rtt: 50, jitter: 0 });
  assert.equal(path.search.mtu, 9000, 'nothing is searched for: what the device says holds');
  path.search.start(path.now);
  assert.equal(path.search.mtu, BASE_MTU);
  path.run(200);
  assert.equal(path.search.state, PATH_SEARCHING);
  assert.ok(path.search.mtu >= BASE_MTU && path.search.mtu <= 1400);
});

test('ICMP shortens the search, and can do no more', () => {
  const slow = new Path(1400, new Random(1), { floor: 576, ceiling: 9000, rtt: 20, jitter: 0 });
  slow.search.start(slow.now);
  const quick = new Path(1400, new Random(1), { floor: 576, ceiling: 9000, rtt: 20, jitter: 0 });
  quick.search.start(quick.now);
  quick.run(1);
  quick.search.hint(1400, quick.now);
  for (const path of [slow, quick]) path.run(10_000);
  assert.deepEqual([slow.search.mtu, quick.search.mtu], [1400, 1400]);
  assert.ok(quick.sent < slow.sent, `${quick.sent} < ${slow.sent}`);
  quick.search.hint(600, quick.now);
  quick.run(1000);
  assert.equal(quick.search.mtu, 1400, 'a lie costs one probe');
});

test('a queue that is full for long ends no search', () => {
  const path = new Path(1400, new Random(1), { floor: 576, ceiling: 1500, rtt: 1, jitter: 0 });
  const { search } = path;
  search.start(path.now);
  for (const until = path.now + 5000; path.now < until; path.now = search.due) {
    assert.ok(search.step(path.now) > 0);
    search.unsent(path.now);
    assert.deepEqual([search.state, search.mtu], [PATH_SEARCHING, BASE_MTU]);
  }
  path.run(5000);
  assert.deepEqual([search.state, search.mtu], [PATH_CONFIRMED, 1400]);
});

test('a tick that comes late is no evidence', () => {
  const path = new Path(1500, new Random(1), { floor: 576, ceiling: 1500, rtt: 1, jitter: 0 });
  path.search.start(path.now);
  path.run(1000);
  path.search.doubt(path.now);
  // The host stands still for longer than patience lasts, again and again; then the answers are read.
  for (let i = 0; i < 3; i++) {
    path.search.step(path.now);
    path.now += 300;
    path.search.step(path.now);
  }
  path.run(1000);
  assert.equal(path.search.blackHoles, 0);
  assert.equal(path.search.mtu, 1500);
});
