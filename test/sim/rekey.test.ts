/** New keys under traffic: no frame is lost, none comes twice. */
import assert from 'node:assert/strict';
import { REKEY_AFTER_DATAGRAMS } from '../../src/core/wire/transport.js';
import type { Host } from './host.js';
import { scenario } from './scenario.js';
import type { ToyAead } from './toy-aead.js';

scenario('rekeys asked for again and again, by either end or both at once', { seeds: 25 }, (sim) => {
  sim.everywhere({ delay: sim.random.between(1, 30), jitter: sim.random.between(0, 15) });
  const policy = sim.random.pick(['passive', 'active', 'round-robin'] as const);
  const [a, b] = sim.hosts(2, { policy }) as [Host, Host];
  sim.start(a, b);
  sim.run(2000);
  const there = sim.stream(a, b, { every: 2 });
  const back = sim.stream(b, a, { every: 2 });
  for (let n = 0; n < 8; n++) {
    const who = sim.random.pick([[a], [b], [a, b]]);
    for (const host of who) host.control(() => host.machine.rekey(0, sim.now));
    sim.run(sim.random.between(150, 400));
  }
  for (const stream of [there.finish(), back.finish()]) assert.equal(stream.lost.length, 0, `${stream}`);
  const made = a.events.filter((event) => event.startsWith('established')).length;
  assert.ok(made >= 5, `${made} sessions`);
  assert.ok((a.aead as ToyAead).keys <= 6, 'previous, current and next, two keys each');
});

scenario('rekeys over lossy paths: a frame is lost only where its copies were', { seeds: 12 }, (sim) => {
  sim.everywhere({ delay: 10, jitter: 10 });
  const [a, b] = sim.hosts(2, { policy: 'active' }) as [Host, Host];
  // One link loses much, the other nothing: handshakes and confirmations try both.
  sim.network.path(a.id, b.id, 0).loss = 0.5;
  sim.network.path(b.id, a.id, 0).loss = 0.5;
  sim.start(a, b);
  sim.run(2000);
  const stream = sim.stream(a, b, { every: 2 });
  for (let n = 0; n < 5; n++) {
    const host = sim.random.pick([a, b]);
    host.control(() => host.machine.rekey(0, sim.now));
    sim.run(400);
  }
  stream.finish();
  assert.equal(stream.lost.length, 0, `${stream}`);
});

scenario('an hour of traffic: thirty sessions one after the other, no frame lost', {}, (sim) => {
  const [a, b] = sim.hosts(2, { links: 1, policy: 'passive', settings: { interval: 1000, hold: 5000 } }) as [
    Host,
    Host,
  ];
  sim.start(a, b);
  sim.run(5000);
  const there = sim.stream(a, b, { every: 100 });
  const back = sim.stream(b, a, { every: 100 });
  sim.run(3_600_000);
  for (const stream of [there.finish(), back.finish()]) assert.equal(stream.lost.length, 0, `${stream}`);
  const made = a.events.filter((event) => event.startsWith('established')).length;
  assert.ok(made >= 30 && made <= 34, `${made} sessions`);
});

scenario('keys that are nearly used up are replaced in time', { seeds: 5 }, (sim) => {
  const [a, b] = sim.hosts(2, { policy: 'active' }) as [Host, Host];
  sim.start(a, b);
  sim.run(1000);
  const old = a.lane.state.peers[0]!.keys.current!;
  old.counter = REKEY_AFTER_DATAGRAMS - 100;
  const stream = sim.stream(a, b);
  sim.run(1000);
  stream.finish();
  assert.equal(stream.lost.length, 0, `${stream}`);
  assert.notEqual(a.lane.state.peers[0]!.keys.current, old);
});

scenario('cut off for longer than keys live: both forget them, and find each other again', { seeds: 5 }, (sim) => {
  const [a, b] = sim.hosts(2, { settings: { interval: 1000, hold: 3000 } }) as [Host, Host];
  sim.start(a, b);
  sim.run(10_000);
  for (const link of [0, 1]) sim.cut(a, b, link);
  sim.run(400_000);
  for (const host of [a, b]) {
    assert.equal(host.lane.state.peers[0]!.keys.current, null);
    assert.equal(host.lane.state.byIndex.size, 0, 'no key outlives its time');
  }
  sim.mend(a, b, 1);
  // A try every 5 s, give or take a fifth.
  sim.runUntil(() => sim.joined(a, b), 6500, 'joined again');
});

scenario(
  'a peer is removed: it is out at once, and the frames of the others go on without loss',
  { seeds: 6 },
  (sim) => {
    const [a, b, gone] = sim.hosts(3, { policy: 'active' }) as [Host, Host, Host];
    sim.start(a, b, gone);
    sim.run(2000);
    const streams = [sim.stream(a, b), sim.stream(b, a)];
    sim.run(300);
    const index = a.indexOf(gone);
    a.control(() => {
      a.lane.removePeer(index, sim.now);
      a.machine.removePeer(index);
    });
    sim.run(1);
    assert.equal(a.lane.state.peers[index], null);
    assert.equal((a.aead as ToyAead).keys, 2 * a.lane.state.byIndex.size, 'its keys are wiped');
    assert.equal(a.lane.state.byIndex.size, 1, 'the other one has its session');
    const late = sim.stream(gone, a, { every: 5 });
    sim.run(8000);
    late.finish();
    for (const stream of streams) assert.equal(stream.finish().lost.length, 0, `${stream}`);
    assert.equal(late.lost.length, late.frames.length, 'nothing of the removed peer came through');
    assert.ok(a.refusals.includes('unknown-key'), 'its handshakes are those of a stranger');
  },
);
