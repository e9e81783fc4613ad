/** A link that a drill has made silent: both ends find out as of a silent cut, nothing is lost, and it comes back. */
import assert from 'node:assert/strict';
import { LANE, LINK, PEER } from '../../src/core/counters.js';
import { DOWN, UP } from '../../src/core/link/health.js';
import type { Host } from './host.js';
import { scenario } from './scenario.js';

const link = (host: Host, id: number) => host.lane.state.peers[0]!.links[id]!;
const lane = (host: Host, name: keyof typeof LANE): number => host.lane.state.counters[LANE[name]]!;

for (const policy of ['passive', 'active', 'round-robin'] as const) {
  scenario(`${policy}: a muted link goes down at both ends, loses nothing, and is up again`, { seeds: 3 }, (sim) => {
    sim.everywhere({ delay: 5 });
    const [a, b] = sim.hosts(2, { policy, links: 2 }) as [Host, Host];
    sim.start(a, b);
    sim.run(1500 + sim.random.between(0, 150));
    const streams = [sim.stream(a, b, { every: 0.5 }), sim.stream(b, a, { every: 0.7, size: 2000 })];
    sim.run(100);
    a.lane.mute(0, 0, 60_000, sim.now);
    sim.run(1500);
    for (const host of [a, b]) {
      assert.equal(link(host, 0).health.state, DOWN);
      assert.equal(link(host, 1).health.state, UP, 'the other link is not touched');
      assert.ok(host.failovers.some((report) => report.link === 0 && report.lost === 0 && report.cause !== 'none'));
    }
    assert.ok(lane(a, 'txMuted') > 0 && lane(a, 'rxMuted') > 0);
    assert.equal(lane(b, 'txMuted') + lane(b, 'rxMuted'), 0);
    const [report] = a.failovers;
    assert.equal(report?.kept, policy !== 'active');
    assert.ok(report.decidedAt <= report.at);
    a.lane.mute(0, 0, 0, sim.now);
    sim.run(1500);
    for (const host of [a, b]) {
      assert.equal(link(host, 0).health.state, UP);
      const { counters } = host.lane.state;
      assert.equal(counters[link(host, 0).block + LINK.failovers], 1);
      assert.equal(counters[host.lane.state.peers[0]!.block + PEER.failovers], 1);
    }
    for (const stream of streams) assert.equal(stream.finish().lost.length, 0, `${stream}`);
  });
}

scenario('a muted link comes back by itself, and only the peer in question is not heard', { seeds: 2 }, (sim) => {
  const [a, b, c] = sim.hosts(3, { links: 2 }) as [Host, Host, Host];
  sim.start(a, b, c);
  sim.run(1500);
  a.lane.mute(0, 0, 800, sim.now);
  a.lane.mute(1, 0, 0, sim.now); // another link: lifts nothing
  sim.run(790);
  assert.equal(link(a, 0).health.state, DOWN);
  assert.equal(a.lane.state.peers[1]!.links[0]!.health.state, UP);
  sim.run(1500);
  assert.equal(link(a, 0).health.state, UP);
  const muted = lane(a, 'txMuted');
  sim.run(500);
  assert.equal(lane(a, 'txMuted'), muted);
  assert.ok(c.failovers.length === 0, 'nobody else noticed');
});

scenario('a link that is taken away is a failover of its own, and ends its drill', {}, (sim) => {
  sim.everywhere({ delay: 5 });
  const [a, b] = sim.hosts(2, { policy: 'passive', links: 2 }) as [Host, Host];
  sim.start(a, b);
  sim.run(1500);
  const stream = sim.stream(a, b, { every: 0.5 });
  sim.run(100);
  a.lane.mute(0, 0, 60_000, sim.now);
  a.lane.removeLink(0, 0, sim.now);
  assert.equal(a.lane.state.mute.links, 0);
  sim.run(300);
  assert.deepEqual(
    a.failovers.map((report) => [report.link, report.cause]),
    [[0, 'shutdown']],
  );
  assert.equal(stream.finish().lost.length, 0);
});
