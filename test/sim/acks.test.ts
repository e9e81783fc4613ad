/** Acknowledgements between whole hosts: who sends them, when, and what becomes of what was kept. */
import assert from 'node:assert/strict';
import { PEER } from '../../src/core/counters.js';
import type { Host } from './host.js';
import { scenario } from './scenario.js';
import type { Sim } from './sim.js';

function count(host: Host, name: keyof typeof PEER): number {
  return host.lane.state.counters[host.lane.state.peers[0]!.block + PEER[name]]!;
}

function pair(sim: Sim, policy: 'passive' | 'active' | 'round-robin', links = 2): [Host, Host] {
  const [a, b] = sim.hosts(2, { policy, links }) as [Host, Host];
  sim.start(a, b);
  sim.run(1500);
  return [a, b];
}

for (const policy of ['passive', 'round-robin'] as const) {
  scenario(`${policy}: data is acknowledged while it flows, and nothing is kept when it stops`, { seeds: 6 }, (sim) => {
    sim.everywhere({ delay: sim.random.between(0.2, 30), jitter: sim.random.pick([0, 10]) });
    const [a, b] = pair(sim, policy);
    assert.equal(count(b, 'acksTx'), 0, 'no data, no acknowledgements');
    const stream = sim.stream(a, b, { every: sim.random.pick([0.2, 1, 3]), size: 200 });
    sim.run(1000);
    assert.ok(a.lane.state.ring.used <= 3, `${a.lane.state.ring.used} chunks in use`);
    stream.finish();
    assert.equal(stream.lost.length, 0);
    const sent = count(b, 'acksTx');
    // On both links, where data comes in on both.
    assert.ok(sent >= 200 && sent <= 260, `${sent} acknowledgements in a second`);
    assert.equal(a.lane.state.ring.used, 0, 'all is acknowledged, to the last datagram');
    sim.run(2000);
    assert.equal(count(b, 'acksTx'), sent);
    assert.ok(count(a, 'acksRx') >= sent);
    assert.equal(count(a, 'acksTx'), 0, 'only the receiver of data sends any');
  });
}

scenario('bulk is acknowledged more often, so that a bitmap holds it', {}, (sim) => {
  const [a, b] = pair(sim, 'passive');
  for (let ms = 0; ms < 100; ms++) {
    for (let i = 0; i < 400; i++) sim.send(a, b, 60);
    sim.run(1);
  }
  sim.run(100);
  assert.equal(a.lane.state.ring.used, 0);
  assert.ok(count(b, 'acksTx') < 80, `${count(b, 'acksTx')} for 40,000 datagrams in 100 ms`);
});

scenario('lost acknowledgements are made up for by later ones', { seeds: 6 }, (sim) => {
  const [a, b] = pair(sim, 'passive');
  sim.network.path(b.id, a.id, 0).loss = 0.3;
  const stream = sim.stream(a, b, { every: 1 });
  sim.run(1000);
  sim.network.path(b.id, a.id, 0).loss = 0;
  sim.run(50);
  stream.stop();
  sim.run(50);
  assert.equal(a.lane.state.ring.used, 0);
});

scenario('what was sent right before a rekey is acknowledged after it', { seeds: 20 }, (sim) => {
  sim.everywhere({ delay: sim.random.between(1, 40), jitter: sim.random.between(0, 20) });
  const [a, b] = pair(sim, sim.random.pick(['passive', 'round-robin']));
  const stream = sim.stream(a, b, { every: 0.5 });
  for (let n = 0; n < 4; n++) {
    const host = sim.random.pick([a, b]);
    host.control(() => host.machine.rekey(0, sim.now));
    sim.run(400);
    // A datagram in 0.5 ms: what is kept is on its way, or its acknowledgement is.
    const kept = pendingOf(a);
    assert.ok(kept < 400, `${kept} datagrams are kept`);
  }
  stream.finish();
  assert.equal(stream.lost.length, 0);
  assert.equal(a.lane.state.ring.used, 0);
});

scenario('active, or a single link: nothing is kept and nothing acknowledged', {}, (sim) => {
  for (const [policy, links] of [
    ['active', 2],
    ['passive', 1],
  ] as const) {
    const [a, b] = sim.hosts(2, { policy, links, network: policy }) as [Host, Host];
    sim.start(a, b);
    sim.run(1000);
    const stream = sim.stream(a, b).finish(0);
    sim.run(200);
    stream.finish();
    assert.equal(count(b, 'acksTx'), 0);
    assert.equal(a.lane.state.ring.used, 0);
  }
});

scenario('what is never acknowledged is forgotten after two seconds', {}, (sim) => {
  const [a, b] = pair(sim, 'passive');
  b.lane.state.peers[0]!.agree(true, false);
  b.lane.state.peers[0]!.agree = () => {};
  const stream = sim.stream(a, b);
  sim.run(200);
  stream.finish(0);
  assert.ok(pendingOf(a) >= 200);
  sim.run(2600);
  assert.equal(a.lane.state.ring.used, 0);
});

function pendingOf(host: Host): number {
  const { ring } = host.lane.state;
  let count = 0;
  for (let record = ring.first(0); record >= 0; record = ring.next(record)) count += ring.pending(record);
  return count;
}
