/** Some of the random trials of `npm run sim`, and that these find what they look for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sim } from './sim.js';
import { parseOptions } from './trials/options.js';
import { draw, type Plan } from './trials/plan.js';
import { data, failureText, render } from './trials/report.js';
import { Tally } from './trials/tally.js';
import { runPlan, runTrial } from './trials/trial.js';

const SEEDS = 30;

test(`${SEEDS} random trials`, () => {
  const tally = new Tally();
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      tally.add({ outcome: runTrial(seed) });
    } catch (error) {
      throw new Error(failureText({ seed, what: (error as Error).message }), { cause: error });
    }
  }
  assert.ok(tally.sums.promised > tally.sums.frames / 3, 'the promise is about something');
  assert.match(render(tally, 1), /^30 trials in 1\.0 s \(30\.0 a second\)/m);
});

/** Trials that have lost a frame once, by their numbers. */
for (const [seed, why] of [
  [3514, 'a socket had room for some of what was sent again of a row, and not for the rest'],
] as const) {
  test(`trial ${seed}: ${why}`, () => {
    assert.equal(runTrial(seed).promised > 0, true);
  });
}

test('a seed is the same trial again', () => {
  assert.deepEqual(draw(7), draw(7));
  assert.deepEqual(runTrial(7), runTrial(7));
});

/** A link falls silent between two hosts that send each other frames over it. */
function silence(): Plan {
  const path = { delay: 5, jitter: 0, loss: 0, duplicates: 0, largest: 65_535, whole: 65_535 };
  const either = { policy: 'passive' as const, buffer: 16 << 20, priorities: [100, 100], weights: [1, 1] };
  const each = <T>(value: T): T[][] => [
    [value, value],
    [value, value],
  ];
  return {
    seed: 1,
    hosts: 2,
    links: 2,
    interval: 100,
    hold: 500,
    mtu: each(1500),
    rate: each(Number.POSITIVE_INFINITY),
    lateness: [0, 0],
    directions: [
      { ...either, paths: [path, path], from: 0, to: 1 },
      { ...either, paths: [path, path], from: 1, to: 0 },
    ],
    streams: [{ from: 0, to: 1, every: 1, size: 100 }],
    faults: [{ kind: 'silent both ways', at: 100, lasts: 800, host: 0, other: 1, links: [0] }],
    rekeys: [],
    attack: 0,
    duration: 1500,
  };
}

test('a promise that is broken is found', () => {
  const { promised, frames, gaps } = runPlan(silence());
  assert.equal(promised, frames);
  assert.ok(gaps[0]!.gap > 20 && gaps[0]!.gap < 60);

  const forgetting = (sim: Sim): void => sim.after(120, () => sim.all[0]!.lane.state.ring.forget(0));
  assert.throws(() => runPlan(silence(), { upset: forgetting }), /kept: \d\d of 1 to 2: \d\d of 15\d\d lost though/);

  const cut = (sim: Sim): void => sim.cutOneWay(sim.all[0]!, sim.all[1]!, 1);
  assert.throws(() => runPlan({ ...silence(), faults: [] }, { upset: cut }), /calm: link 1 of 1 to 2 went down/);

  const replay = (sim: Sim): void => {
    sim.network.wiretap = ({ bytes }) => {
      if (bytes.length > 100) sim.ledger.arrived(1, 'lab', bytes.slice(), sim.now);
    };
  };
  assert.throws(() => runPlan(silence(), { upset: replay }), /host 1 got a frame that nobody sent|changed/);
});

test('what comes of many trials is added up, and failures are told at once', () => {
  const told: number[] = [];
  const tally = new Tally(({ seed }) => told.push(seed));
  const outcome = runPlan(silence());
  tally.add({ outcome });
  tally.add({ outcome: { ...outcome, seed: 2, gaps: [{ policy: 'passive', kind: 'flap', gap: 9 }] } });
  tally.add({ seed: 3, what: 'kept: something' });
  assert.deepEqual(told, [3]);
  assert.equal(tally.sums.frames, 2 * outcome.frames);
  assert.equal(tally.rows().find(({ fault }) => fault === 'silent both ways')!.count, 2);
  assert.equal(tally.rows().find(({ fault }) => fault === 'flap')!.costs[0]!.worstMs, 9);
  const options = parseOptions(['--json'], 2)!;
  assert.deepEqual((data(tally, options, 2) as { failures: unknown }).failures, [{ seed: 3, what: 'kept: something' }]);
  assert.match(render(tally, 2), /1 TRIALS FAILED: 3$/);
});

test('the command line', () => {
  assert.deepEqual(parseOptions(['--seeds', '5000', '--from', '9'], 2), {
    from: 9,
    seeds: 5000,
    jobs: 2,
    verbose: false,
    json: false,
  });
  assert.deepEqual(parseOptions(['--seed', '17', '--verbose'], 2)!.seeds, 1);
  assert.equal(parseOptions(['--help'], 2), null);
  assert.throws(() => parseOptions(['--seeds', '0'], 2), /--seeds takes a whole number from 1 to 10000000, not '0'/);
  assert.throws(() => parseOptions(['--verbose'], 2), /give --seed N/);
});
