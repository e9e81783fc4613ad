/** Every policy against every way in which a link can end, seen from the first host: `a` sends to `b`. */
import assert from 'node:assert/strict';
import { LINK } from '../../src/core/counters.js';
import type { Host } from './host.js';
import { scenario } from './scenario.js';
import { DEFAULT_SETTINGS, type Sim } from './sim.js';

const POLICIES = ['passive', 'active', 'round-robin'] as const;
const { interval } = DEFAULT_SETTINGS;
const DELAY = 5;
const EVERY = 1;

interface Cut {
  readonly name: string;
  make(sim: Sim, a: Host, b: Host): void;
  undo(sim: Sim, a: Host, b: Host): void;
  /** Longest time without a frame from a to b, in ms. None is lost, under no policy. */
  readonly outage: number;
}

/**
 * Data that is not acknowledged in the usual time plus 20 ms, and 5 ms that the receiver may take, makes a link
 * suspect; then what it lost goes over the other link.
 */
const SILENT = 2 * DELAY + 20 + 5 + 4 + 2 * DELAY;

const CUTS: readonly Cut[] = [
  {
    name: 'interface down here',
    make: (sim, a) => sim.unplug(a, 0),
    undo: (sim, a) => sim.plug(a, 0),
    outage: 0,
  },
  {
    name: 'no route here, told only by the send call',
    make: (_sim, a) => {
      a.endpoints[0]!.sendError = 'send-error';
    },
    undo: (_sim, a) => {
      a.endpoints[0]!.sendError = null;
    },
    outage: 0,
  },
  {
    name: 'interface down there',
    make: (sim, _a, b) => sim.unplug(b, 0),
    undo: (sim, _a, b) => sim.plug(b, 0),
    // What was on its way, and then the word of it on the other link.
    outage: 2 * DELAY + 5,
  },
  {
    name: 'silent, both ways',
    make: (sim, a, b) => sim.cut(a, b, 0),
    undo: (sim, a, b) => sim.mend(a, b, 0),
    outage: SILENT,
  },
  {
    name: 'silent, on the way there',
    make: (sim, a, b) => sim.cutOneWay(a, b, 0),
    undo: (sim, a, b) => sim.mend(a, b, 0),
    outage: SILENT,
  },
  {
    name: 'silent, on the way back',
    make: (sim, a, b) => sim.cutOneWay(b, a, 0),
    undo: (sim, a, b) => sim.mend(a, b, 0),
    outage: SILENT,
  },
];

for (const policy of POLICIES) {
  for (const cut of CUTS) {
    scenario(`${policy}: ${cut.name}`, { seeds: 4 }, (sim) => {
      sim.everywhere({ delay: DELAY });
      const [a, b] = sim.hosts(2, { policy }) as [Host, Host];
      sim.start(a, b);
      // Two seconds after the start: who takes a new link's word for longer than its hold time is found out.
      sim.run(2000 + sim.random.between(0, 200));
      assert.ok(sim.up(a, b, 0) && sim.up(b, a, 0));
      const there = sim.stream(a, b, { every: EVERY });
      const back = sim.stream(b, a, { every: EVERY });
      sim.run(200);
      const cutAt = sim.now;
      cut.make(sim, a, b);
      sim.run(2000);
      assert.ok(!sim.up(a, b, 0) && !sim.up(b, a, 0), 'both ends know of it');
      cut.undo(sim, a, b);
      const took = sim.runUntil(() => sim.up(a, b, 0) && sim.up(b, a, 0), 5000, 'up again');
      assert.ok(took <= interval * (DEFAULT_SETTINGS.pongCount + 3) + 4 * DELAY, `up again after ${took} ms`);
      sim.run(1000);
      there.finish();
      back.finish();
      const limit = policy === 'active' ? 0 : cut.outage;
      assert.equal(there.lost.length, 0, `${there}`);
      assert.equal(back.lost.length, 0, `${back}`);
      const gap = there.longestGap(cutAt);
      assert.ok(gap <= limit + EVERY + 0.01, `${gap} ms without a frame; ${there}`);
      assert.ok(back.longestGap(cutAt) <= (policy === 'active' ? 0 : SILENT) + EVERY + 0.01);
    });
  }
}

scenario(
  'passive: two of three links fall silent at once, and the third carries as soon as one would',
  { seeds: 12 },
  (sim) => {
    sim.everywhere({ delay: DELAY });
    const [a, b] = sim.hosts(2, { policy: 'passive', links: 3 }) as [Host, Host];
    sim.start(a, b);
    sim.run(2000 + sim.random.between(0, 200));
    const there = sim.stream(a, b, { every: EVERY });
    const back = sim.stream(b, a, { every: EVERY });
    sim.run(200);
    const cutAt = sim.now;
    sim.cut(a, b, 0);
    sim.cut(a, b, 1);
    sim.run(2000);
    for (const stream of [there, back]) {
      stream.finish();
      assert.equal(stream.lost.length, 0, `${stream}`);
      const gap = stream.longestGap(cutAt);
      assert.ok(gap <= SILENT + EVERY + 0.01, `${gap} ms without a frame; ${stream}`);
    }
  },
);

scenario(
  'passive: a link that becomes much longer than its equal is left, and gone back to when it is as it was',
  { seeds: 4 },
  (sim) => {
    sim.everywhere({ delay: DELAY });
    const [a, b] = sim.hosts(2, { policy: 'passive' }) as [Host, Host];
    sim.start(a, b);
    sim.run(2000 + sim.random.between(0, 200));
    const streams = [sim.stream(a, b, { every: EVERY }), sim.stream(b, a, { every: EVERY })];
    sim.run(200);
    const from = sim.now;
    const long = (delay: number) => {
      for (const [x, y] of [
        [a, b],
        [b, a],
      ] as const) {
        sim.network.path(x.id, y.id, 0).delay = delay;
      }
    };
    const first = () => a.lane.state.peers[0]!.choose(sim.now);
    assert.equal(first(), 1);
    long(DELAY + 300);
    sim.run(8000);
    assert.equal(first(), 2, 'it is up, but its equal is faster');
    assert.ok(sim.up(a, b, 0));
    long(DELAY);
    sim.run(60_000);
    assert.equal(first(), 1, 'the lowest number again');
    for (const stream of streams) {
      stream.finish();
      assert.equal(stream.lost.length, 0, `${stream}`);
      const gap = stream.longestGap(from);
      assert.ok(gap <= SILENT + EVERY + 0.01, `${gap} ms without a frame; ${stream}`);
    }
  },
);

scenario('passive: a link that was much longer a second ago is doubted as fast as before', { seeds: 4 }, (sim) => {
  sim.everywhere({ delay: DELAY });
  const [a, b] = sim.hosts(2, { policy: 'passive' }) as [Host, Host];
  sim.tune(a, b, 0, { priority: 200 });
  sim.tune(b, a, 0, { priority: 200 });
  sim.start(a, b);
  const both = [sim.network.path(a.id, b.id, 0), sim.network.path(b.id, a.id, 0)];
  for (const path of both) path.delay = DELAY + 150;
  sim.run(6000);
  for (const path of both) path.delay = DELAY;
  sim.run(1000 + sim.random.between(0, 200));
  const stream = sim.stream(a, b, { every: EVERY });
  sim.run(200);
  const cutAt = sim.now;
  sim.cut(a, b, 0);
  sim.run(1500);
  stream.finish();
  assert.equal(stream.lost.length, 0, `${stream}`);
  const gap = stream.longestGap(cutAt);
  assert.ok(gap <= SILENT + EVERY + 0.01, `${gap} ms without a frame; ${stream}`);
});

scenario('passive goes back to the better link without losing a frame', {}, (sim) => {
  const [a, b] = sim.hosts(2, { policy: 'passive' }) as [Host, Host];
  for (const [host, peer] of [
    [a, b],
    [b, a],
  ] as const) {
    sim.tune(host, peer, 1, { priority: 200 });
  }
  sim.start(a, b);
  sim.run(2000);
  const stream = sim.stream(a, b);
  sim.run(100);
  sim.unplug(a, 1);
  sim.run(500);
  sim.plug(a, 1);
  sim.run(2000);
  stream.finish();
  assert.equal(stream.lost.length, 0, `${stream}`);
  const onBetter = a.lane.state.peers[0]!.links[1]!;
  assert.ok(onBetter.health.state === 2 && sim.up(a, b, 0));
});

scenario('the last link is tried on when it falls silent: what only is late is not lost', { seeds: 12 }, (sim) => {
  sim.everywhere({ delay: DELAY });
  const policy = sim.random.pick(POLICIES);
  const [a, b] = sim.hosts(2, { policy }) as [Host, Host];
  sim.start(a, b);
  sim.run(2000);
  sim.cut(a, b, 0);
  sim.run(2000);
  const streams = [sim.stream(a, b, { every: EVERY }), sim.stream(b, a, { every: EVERY })];
  sim.run(200);
  // A queue of half a second and more fills at once: pongs stay away for longer than the hold time, and come.
  for (const path of [sim.network.path(a.id, b.id, 1), sim.network.path(b.id, a.id, 1)]) {
    path.delay = sim.random.between(280, 380);
  }
  sim.run(3000);
  for (const stream of streams) {
    stream.finish();
    assert.equal(stream.lost.length, 0, `${policy}: ${stream}`);
  }
  assert.ok(sim.up(a, b, 1) && sim.up(b, a, 1));
  const downs = a.lane.state.counters[a.lane.state.peers[0]!.links[1]!.block + LINK.downs]!;
  sim.cut(a, b, 1);
  const took = sim.runUntil(() => a.lane.state.peers[0]!.usable === 0, 5000, 'nothing carries');
  assert.ok(took <= 2 * DEFAULT_SETTINGS.hold + interval + 1000, `${took} ms`);
  const { block } = a.lane.state.peers[0]!.links[1]!;
  assert.equal(a.lane.state.counters[block + LINK.downs], downs + 1, 'it went down once');
});

scenario('all links fail at once: traffic is back soon after any one of them', { seeds: 20 }, (sim) => {
  const policy = sim.random.pick(POLICIES);
  const [a, b] = sim.hosts(2, { links: 3, policy }) as [Host, Host];
  sim.start(a, b);
  sim.run(2000);
  const stream = sim.stream(a, b, { every: 2 });
  for (let link = 0; link < 3; link++) sim.cut(a, b, link);
  sim.run(sim.random.between(600, 20_000));
  const mended = sim.now;
  sim.mend(a, b, sim.random.int(0, 2));
  sim.run(1000);
  stream.finish();
  const back = stream.arrivals.find((at) => at > mended);
  assert.ok(back !== undefined && back - mended <= interval + 4 * DELAY, `${(back ?? 0) - mended} ms`);
});

scenario('active: one link full, slow or refusing never holds back the others', { seeds: 9 }, (sim) => {
  sim.everywhere({ delay: 2 });
  const [a, b] = sim.hosts(2, { links: 3, policy: 'active' }) as [Host, Host];
  sim.start(a, b);
  sim.run(1000);
  const stream = sim.stream(a, b, { every: 1, size: 1400 });
  sim.run(100);
  const sick = a.endpoints[sim.random.int(0, 2)]!;
  const disease = sim.random.pick(['full', 'slow', 'error'] as const);
  if (disease === 'full') sick.full = true;
  else if (disease === 'error') sick.sendError = 'send-error';
  else sick.rate = 50; // 50 kB/s for 1.4 MB/s
  sim.run(1500);
  stream.finish(100);
  assert.equal(stream.lost.length, 0, `${stream}`);
  assert.equal(stream.overtaken, 0);
  for (const frame of stream.frames) assert.ok(frame.arrivals.get(b.id)! - frame.at < 2.6, 'not later than its path');
});

scenario('a slow path delays no one but itself', { seeds: 10 }, (sim) => {
  const [a, b] = sim.hosts(2, { links: 2, policy: 'active' }) as [Host, Host];
  sim.network.path(a.id, b.id, 0).delay = sim.random.between(50, 200);
  sim.start(a, b);
  sim.run(2000);
  const stream = sim.stream(a, b).finish(0);
  sim.run(1000);
  stream.finish();
  for (const frame of stream.frames) assert.ok(frame.arrivals.get(b.id)! - frame.at < 6);
});

scenario('a stall of 300 ms of one host takes no link down', { seeds: 12 }, (sim) => {
  sim.everywhere({ delay: sim.random.between(1, 20) });
  const [a, b, c] = sim.hosts(3) as [Host, Host, Host];
  sim.start(a, b, c);
  sim.run(2000 + sim.random.between(0, 100));
  const stream = sim.stream(b, c);
  a.stall(300);
  sim.run(1000);
  stream.finish();
  assert.equal(stream.lost.length, 0, `${stream}`);
  for (const [host, peer] of [
    [a, b],
    [b, a],
    [a, c],
    [c, a],
  ] as const) {
    for (const link of [0, 1]) {
      const downs = host.lane.state.peers[host.indexOf(peer)]!.links[link]!;
      assert.ok(sim.up(host, peer, link));
      assert.ok(!downs.health.condemned, 'and was not down meanwhile');
    }
  }
});

scenario('a stall longer than the hold time: our own clockwork condemns nobody', { seeds: 20 }, (sim) => {
  const [a, b] = sim.hosts(2) as [Host, Host];
  sim.start(a, b);
  sim.run(2000 + sim.random.between(0, 100));
  a.stall(sim.random.between(700, 3000));
  sim.run(3100);
  assert.ok(sim.joined(a, b));
  sim.run(1500);
  for (const link of [0, 1]) assert.ok(sim.up(a, b, link) && sim.up(b, a, link));
});
