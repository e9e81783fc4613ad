/** Hosts come up and frames go where they belong: in order, once, and to nobody else. */
import assert from 'node:assert/strict';
import { LANE } from '../../src/core/counters.js';
import type { Host } from './host.js';
import { scenario } from './scenario.js';

for (const policy of ['passive', 'active', 'round-robin'] as const) {
  scenario(`${policy}: two hosts come up, frames flow both ways in order`, { aead: 'node' }, (sim) => {
    const [a, b] = sim.hosts(2, { policy }) as [Host, Host];
    sim.start(a, b);
    sim.run(500);
    const there = sim.stream(a, b, { every: 2 });
    const back = sim.stream(b, a, { every: 3, size: 1400 });
    sim.run(1000);
    for (const stream of [there.finish(), back.finish()]) {
      assert.equal(stream.lost.length, 0, `${stream}`);
      assert.equal(stream.overtaken, 0);
      assert.ok(stream.frames.length > 300);
    }
  });
}

scenario('four hosts: a broadcast reaches each exactly once', { seeds: 10 }, (sim) => {
  sim.everywhere({ delay: 3, jitter: 10 });
  const hosts = sim.hosts(4);
  sim.start(...hosts);
  sim.run(1000);
  for (const from of hosts) {
    const frame = sim.broadcast(from);
    sim.run(50);
    const others = hosts.filter((host) => host !== from).map(({ id }) => id);
    assert.deepEqual([...frame.arrivals.keys()].sort(), others);
  }
});

scenario('four hosts: an unknown address is flooded, a learned one goes to one host only', { seeds: 10 }, (sim) => {
  const hosts = sim.hosts(4);
  const [a, b] = hosts as [Host, Host];
  sim.start(...hosts);
  sim.run(1000);
  const unknown = sim.send(a, b);
  sim.run(50);
  assert.equal(unknown.arrivals.size, 3, 'nobody has heard of the address yet');
  const answer = sim.send(b, a);
  sim.run(50);
  assert.deepEqual([...answer.arrivals.keys()], [a.id], 'it was learned from the first frame');
  const known = sim.send(a, b);
  sim.run(50);
  assert.deepEqual([...known.arrivals.keys()], [b.id]);
});

scenario('nothing is passed on from one peer to another', {}, (sim) => {
  // A line, not a mesh: the middle knows both ends, the ends don't know each other.
  const [left, middle, right] = [sim.host(), sim.host(), sim.host()];
  sim.introduce(left, middle);
  sim.introduce(middle, right);
  sim.start(left, middle, right);
  sim.run(1000);
  const frame = sim.broadcast(left);
  sim.run(100);
  assert.deepEqual([...frame.arrivals.keys()], [middle.id]);
});

scenario('hosts of two networks that know each other exchange nothing', {}, (sim) => {
  const red = sim.hosts(2, { network: 'red' });
  const blue = sim.hosts(1, { network: 'blue' });
  for (const host of red) sim.introduce(host, blue[0]!);
  sim.start(...red, ...blue);
  sim.run(3000);
  assert.ok(sim.joined(red[0]!, red[1]!));
  for (const host of red) assert.ok(!sim.joined(host, blue[0]!));
  const frame = sim.broadcast(red[0]!);
  const other = sim.broadcast(blue[0]!);
  sim.run(100);
  assert.deepEqual([...frame.arrivals.keys()], [red[1]!.id]);
  assert.equal(other.arrivals.size, 0);
  assert.ok(blue[0]!.refusals.every((reason) => reason === 'authentication'));
  assert.ok(blue[0]!.refusals.length > 0);
});

scenario('a frame for a host behind whom nobody was heard of is counted, not sent', {}, (sim) => {
  const [alone] = sim.hosts(1);
  sim.start(alone!);
  sim.run(100);
  sim.broadcast(alone!);
  sim.run(100);
  assert.equal(alone!.lane.state.counters[LANE.txNoPeer], 1);
});
