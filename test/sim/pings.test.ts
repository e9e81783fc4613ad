/** Pings of an operator in a whole network: they time links, whatever their state, and change nothing. */
import assert from 'node:assert/strict';
import { LINK } from '../../src/core/counters.js';
import { PING_NUMBERS } from '../../src/core/pings.js';
import type { Host } from './host.js';
import { scenario } from './scenario.js';

const DELAY = 7;

scenario('pings time each link, and are neither losses nor path MTU probes', { seeds: 3 }, (sim) => {
  sim.everywhere({ delay: DELAY });
  const [a, b] = sim.hosts(2, { links: 2, policy: 'passive' }) as [Host, Host];
  const told: (readonly [number, string, number])[] = [];
  const ping = (number: number, link: number, size: number, whole = false): void => {
    a.lane.ping(a.indexOf(b), link, PING_NUMBERS + number, size, whole, sim.now);
  };
  sim.start(a, b);
  sim.run(6000);
  const index = a.indexOf(b);
  a.lane.pings.tell = (number, outcome, ms) => told.push([number - PING_NUMBERS, outcome, Math.round(ms)]);
  const links = a.lane.state.peers[index]!.links;
  const sent = (): number[] => [0, 1].map((link) => a.lane.state.counters[links[link]!.block + LINK.txDatagrams]!);
  const before = sent();
  ping(1, 0, 100);
  ping(2, 1, 1500, true);
  ping(3, 1, 3000);
  ping(4, 1, 1501, true);
  ping(5, 1, 67);
  ping(6, 5, 100);
  assert.deepEqual(sent(), before);
  sim.run(100);
  assert.deepEqual(told.slice(0, 3), [
    [4, 'too-large', 0],
    [5, 'too-small', 0],
    [6, 'no-way', 0],
  ]);
  assert.deepEqual(
    told.slice(3).map(([number, outcome]) => [number, outcome]),
    [1, 2, 3].map((number) => [number, 'answered']),
  );
  for (const [, , ms] of told.slice(3)) assert.ok(ms >= 2 * DELAY && ms < 2 * DELAY + 10, `${ms} ms`);
  for (let number = 100; number < 400; number++) {
    ping(number, 0, 1400, true);
    sim.run(20);
  }
  assert.equal(told.length, 306);
  for (const link of [0, 1]) {
    for (const host of [a, b]) {
      const { block, path } = host.lane.state.peers[0]!.links[link]!;
      const { counters } = host.lane.state;
      assert.deepEqual([counters[block + LINK.lossTx], counters[block + LINK.lossRx], path.mtu], [0, 0, 1500]);
    }
  }
  // A link that is cut is pinged all the same; nobody else may answer for it.
  sim.network.path(a.id, b.id, 0).largest = 0;
  ping(500, 0, 100);
  sim.run(3000);
  assert.equal(told.length, 306);
});
