/** Bad paths: whatever they do to datagrams, a frame comes once, whole, or not at all. */
import assert from 'node:assert/strict';
import { LANE, PEER } from '../../src/core/counters.js';
import { REASSEMBLY_SLOTS } from '../../src/core/layout.js';
import type { Host } from './host.js';
import { scenario } from './scenario.js';
import type { Sim } from './sim.js';

function pair(sim: Sim, options: Parameters<Sim['hosts']>[1] = {}): [Host, Host] {
  const [a, b] = sim.hosts(2, options);
  sim.start(a!, b!);
  sim.run(3000);
  return [a!, b!];
}

for (const policy of ['passive', 'active', 'round-robin'] as const) {
  scenario(`${policy}: heavy loss, reordering and duplication`, { seeds: 8 }, (sim) => {
    sim.everywhere({ delay: 5, jitter: 80, loss: 0.3, duplicates: 0.3 });
    const [a, b] = pair(sim, { policy, links: 3 });
    const there = sim.stream(a, b, { every: 2, size: 300 });
    const back = sim.stream(b, a, { every: 2, size: 60 });
    sim.run(1500);
    for (const stream of [there.finish(), back.finish()]) {
      // Half the pongs are lost, so links go down now and then, and not every frame has three copies.
      const limit = policy === 'active' ? 0.5 : 0.7;
      assert.ok(stream.lost.length < limit * stream.frames.length, `${stream}`);
    }
    const { counters } = b.lane.state;
    assert.ok(counters[LANE.rxDuplicate]! > 100, 'second copies were seen and dropped');
    assert.equal(counters[LANE.rxBadSeal], 0);
  });
}

scenario('reordering and duplication without loss lose nothing', { seeds: 20 }, (sim) => {
  sim.everywhere({ delay: 5, jitter: 60, duplicates: 0.5 });
  const policy = sim.random.pick(['passive', 'active', 'round-robin'] as const);
  const [a, b] = pair(sim, { policy, links: sim.random.int(1, 4) });
  const stream = sim.stream(a, b, { every: 1, size: sim.random.int(60, 1400) });
  sim.run(1000);
  stream.finish();
  assert.equal(stream.lost.length, 0, `${stream}`);
});

scenario('a TAP MTU of 9000 over links of 1500: fragments complete under reordering', { seeds: 15 }, (sim) => {
  sim.everywhere({ delay: 5, jitter: 30, duplicates: 0.2 });
  const [a, b] = pair(sim, { policy: sim.random.pick(['passive', 'active', 'round-robin']) });
  const stream = sim.stream(a, b, { every: 5, size: 9014 });
  sim.run(1000);
  stream.finish(200);
  assert.equal(stream.lost.length, 0, `${stream}`);
  assert.ok(b.lane.state.counters[b.lane.state.peers[0]!.block + PEER.fragmentsRx]! >= 7 * stream.frames.length);
});

scenario('links of 576 bytes: frames of every size', { seeds: 5 }, (sim) => {
  const [a, b] = sim.hosts(2, { policy: 'active' }) as [Host, Host];
  for (const host of [a, b]) for (const endpoint of host.endpoints) endpoint.mtu = 576;
  sim.everywhere({ delay: 3, jitter: 10 });
  sim.start(a, b);
  sim.run(1000);
  const frames = Array.from({ length: 300 }, () => {
    sim.run(2);
    return sim.send(a, b, sim.random.int(26, 9022));
  });
  for (let size = 500; size < 520; size++) frames.push(sim.send(a, b, size));
  sim.run(500);
  for (const frame of frames) assert.ok(frame.arrivals.has(b.id), `${frame.bytes.length} bytes`);
});

scenario('links of different MTU: every datagram fits the link it goes over', { seeds: 10 }, (sim) => {
  const [a, b] = sim.hosts(2, { links: 3, policy: sim.random.pick(['passive', 'active', 'round-robin']) });
  for (const endpoint of a!.endpoints) endpoint.mtu = sim.random.pick([576, 1280, 1500, 9000]);
  sim.start(a!, b!);
  sim.run(1000);
  const stream = sim.stream(a!, b!, { every: 2, size: 3000 });
  sim.run(200);
  // The device's MTU changes under traffic; the endpoint complains of what is larger.
  a!.endpoints[0]!.mtu = 700;
  a!.tellLocal(0, 'none');
  sim.run(200);
  stream.finish(200);
  assert.equal(stream.lost.length, 0, `${stream}`);
});

scenario('fragments under loss: bounded, aged out, and later frames complete', { seeds: 5 }, (sim) => {
  const [a, b] = pair(sim, { links: 1, policy: 'passive' });
  const path = sim.network.path(a.id, b.id, 0);
  path.loss = 0.3;
  const stream = sim.stream(a, b, { every: 1, size: 6000 });
  sim.run(1500);
  const { reassembler } = b.lane.state;
  assert.ok(reassembler.countOf(0) <= REASSEMBLY_SLOTS / 2);
  assert.ok(reassembler.dropped > 100);
  path.loss = 0;
  stream.finish(2000);
  assert.equal(reassembler.countOf(0), 0, 'what never completes is forgotten');
  const after = sim.stream(a, b, { every: 2, size: 6000 });
  sim.run(300);
  after.finish(100);
  assert.equal(after.lost.length, 0, `${after}`);
});
