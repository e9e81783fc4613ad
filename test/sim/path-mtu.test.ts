/** Path MTU discovery in whole networks: every link has its own, packets above it vanish or are refused, and it changes. */
import assert from 'node:assert/strict';
import { LINK, PEER } from '../../src/core/counters.js';
import { DOWN, UP } from '../../src/core/link/health.js';
import { PATH_CONFIRMED } from '../../src/core/path-mtu/search.js';
import { FLAG_ANSWERS_PROBES, HEARTBEAT_FLAGS, HEARTBEAT_SIZE } from '../../src/core/wire/heartbeat.js';
import { KIND_PING } from '../../src/core/wire/transport.js';
import type { Host } from './host.js';
import { sendPlaintext } from './insider.js';
import { scenario } from './scenario.js';
import type { Sim } from './sim.js';

/** IPv4 and UDP. */
const HEADERS = 28;
const POLICIES = ['passive', 'active', 'round-robin'] as const;

/** From now on a link between two hosts drops larger packets. `solid`: only those that may not be fragmented. */
function limit(sim: Sim, a: Host, b: Host, link: number, mtu: number, solid = false): void {
  for (const path of [sim.network.path(a.id, b.id, link), sim.network.path(b.id, a.id, link)]) {
    path[solid ? 'whole' : 'largest'] = mtu - HEADERS;
  }
}

function linkOf(from: Host, to: Host, link: number) {
  return from.lane.state.peers[from.indexOf(to)]!.links[link]!;
}

function found(from: Host, to: Host): (number | null)[] {
  const { peers } = from.lane.state;
  return peers[from.indexOf(to)]!.links.filter((link) => link !== null).map(({ path }) =>
    path.state === PATH_CONFIRMED ? path.mtu : null,
  );
}

function counted(from: Host, to: Host, link: number, name: keyof typeof LINK): number {
  return from.lane.state.counters[linkOf(from, to, link).block + LINK[name]]!;
}

scenario('each link of each pair finds its own, while it comes up, and with few probes', { seeds: 10 }, (sim) => {
  const devices = [1500, 9000, 1400];
  const mtus = devices.map((device) => sim.random.int(576, device));
  sim.everywhere({ delay: sim.random.pick([0.1, 5, 40]), jitter: sim.random.pick([0, 2]) });
  const [a, b] = sim.hosts(2, { links: 3, policy: sim.random.pick(POLICIES) }) as [Host, Host];
  for (const host of [a, b]) for (const [i, endpoint] of host.endpoints.entries()) endpoint.mtu = devices[i]!;
  for (const [i, mtu] of mtus.entries()) limit(sim, a, b, i, mtu, sim.random.chance(0.5));
  sim.start(a, b);
  sim.run(6000);
  assert.deepEqual(found(a, b), mtus);
  assert.deepEqual(found(b, a), mtus);
  for (const link of [0, 1, 2]) {
    assert.ok(counted(a, b, link, 'probesTx') <= 60, `${counted(a, b, link, 'probesTx')} probes`);
    assert.equal(counted(a, b, link, 'lossTx'), 0, 'probes that vanish are no loss');
    assert.equal(counted(a, b, link, 'suspicions'), 0);
  }
  assert.deepEqual(
    a.pathMtus.map(({ mtu, blackHole }) => ({ mtu, blackHole })).sort((x, y) => x.mtu - y.mtu),
    [...mtus.map((mtu) => ({ mtu, blackHole: false })).sort((x, y) => x.mtu - y.mtu)],
  );
  // What fits the smallest goes in one datagram, one byte more in two.
  const least = Math.min(...mtus) - HEADERS - 32 - 8;
  const before = a.lane.state.counters[a.lane.state.peers[0]!.block + PEER.fragmentsTx]!;
  const frames = [sim.send(a, b, least), sim.send(a, b, least + 1)];
  sim.run(500);
  assert.equal(a.lane.state.counters[a.lane.state.peers[0]!.block + PEER.fragmentsTx]! - before, 2);
  assert.ok(frames.every((frame) => frame.arrivals.has(b.id)));
});

for (const policy of POLICIES) {
  for (const how of ['vanish', 'are refused by routers'] as const) {
    scenario(`${policy}: a link shrinks under traffic, larger packets ${how}: nothing is lost`, { seeds: 3 }, (sim) => {
      sim.everywhere({ delay: sim.random.pick([0.5, 5, 20]), jitter: sim.random.pick([0, 1]) });
      const [a, b] = sim.hosts(2, { policy }) as [Host, Host];
      sim.start(a, b);
      sim.run(2000);
      assert.deepEqual(found(a, b), [1500, 1500]);
      const streams = [
        sim.stream(a, b, { every: 2, size: 1400 }),
        sim.stream(a, b, { every: 6, size: 100 }),
        sim.stream(b, a, { every: 4, size: 1400 }),
      ];
      sim.run(300);
      const mtu = sim.random.int(600, 1400);
      limit(sim, a, b, 0, mtu, how !== 'vanish');
      sim.run(1500);
      for (const stream of streams) assert.equal(stream.finish().lost.length, 0, `${stream}`);
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        assert.ok(linkOf(from, to, 0).health.state === UP, 'the link lives, and nobody doubts it');
        assert.equal(counted(from, to, 0, 'downs'), 0);
        assert.equal(from.lane.state.counters[from.lane.state.peers[0]!.block + PEER.resendLost], 0);
        // Under policy active each datagram comes over the other link, too; loss is told by pongs. What routers fragment
        // is not missed by anybody.
        if (how === 'vanish') assert.deepEqual(found(from, to), [mtu, 1500]);
      }
      sim.run(70_000);
      assert.deepEqual(found(a, b), [mtu, 1500], 'a confirmation finds out in any case');
    });
  }
}

scenario(
  'the only link swallows large datagrams: it stays up, and large frames pass again soon',
  { seeds: 5 },
  (sim) => {
    sim.everywhere({ delay: 5 });
    const [a, b] = sim.hosts(2, { links: 1, policy: 'passive' }) as [Host, Host];
    sim.start(a, b);
    sim.run(2000);
    const stream = sim.stream(a, b, { every: 5, size: 1400 });
    sim.run(500);
    const mtu = sim.random.int(600, 1400);
    limit(sim, a, b, 0, mtu);
    sim.run(3000);
    const { lost, frames } = stream.finish();
    assert.deepEqual(found(a, b), [mtu]);
    assert.equal(counted(a, b, 0, 'downs'), 0);
    assert.equal(counted(a, b, 0, 'blackHoles'), 1);
    assert.ok(lost.length > 0 && lost.length < 200, `${lost.length} of ${frames.length}`);
    assert.deepEqual(
      a.pathMtus.slice(1).map((report) => [report.mtu, report.blackHole]),
      [
        [1280, true],
        [mtu, false],
      ],
    );
  },
);

scenario('the other link is down when the last one shrinks: what it swallowed counts as lost', { seeds: 5 }, (sim) => {
  sim.everywhere({ delay: 5 });
  const [a, b] = sim.hosts(2, { policy: 'passive' }) as [Host, Host];
  sim.start(a, b);
  sim.run(2000);
  sim.cut(a, b, 1);
  sim.run(1000);
  const stream = sim.stream(a, b, { every: 5, size: 1400 });
  sim.run(500);
  limit(sim, a, b, 0, 1000);
  sim.run(3000);
  const { lost } = stream.finish();
  const told = a.lane.state.counters[a.lane.state.peers[0]!.block + PEER.resendLost]!;
  assert.ok(lost.length > 0);
  assert.ok(
    told >= lost.length && told <= 2 * lost.length + 40,
    `${told} datagrams told of, ${lost.length} frames lost`,
  );
  assert.deepEqual(found(a, b)[0], 1000);
});

scenario('what a device shrinks to holds at once, and what it grows to soon', { seeds: 5 }, (sim) => {
  const [a, b] = sim.hosts(2, { policy: 'round-robin' }) as [Host, Host];
  sim.start(a, b);
  sim.run(2000);
  for (const [mtu, patience] of [
    [1300, 5],
    [900, 5],
    [9000, 2000],
    [1500, 5],
  ] as const) {
    for (const host of [a, b]) {
      // What is on its way from the kernel would be fragmented by the device.
      host.endpoints[0]!.strictMtu = false;
      host.endpoints[0]!.mtu = mtu;
      host.tellLocal(0, 'none');
    }
    const took = sim.runUntil(() => linkOf(a, b, 0).path.mtu === mtu, patience, `MTU ${mtu}`);
    assert.ok(took >= 0);
    sim.run(1000);
    assert.deepEqual(found(a, b), [mtu, 1500]);
  }
  assert.equal(counted(a, b, 0, 'downs'), 0);
});

scenario('much loss and long delays are no sign of a small path', { seeds: 3 }, (sim) => {
  sim.everywhere({ delay: sim.random.pick([5, 100]), jitter: sim.random.pick([0, 30]), loss: 0.2 });
  const [a, b] = sim.hosts(2, { policy: 'passive', settings: { hold: 3000 } }) as [Host, Host];
  sim.start(a, b);
  sim.stream(a, b, { every: 20, size: 1300 });
  sim.run(65_000);
  for (const link of [0, 1]) {
    if (linkOf(a, b, link).health.state === DOWN) continue;
    assert.equal(counted(a, b, link, 'blackHoles'), 0);
    assert.equal(linkOf(a, b, link).path.mtu, 1500);
  }
});

scenario('a link that comes back looks first whether what it had still passes', { seeds: 3 }, (sim) => {
  const [a, b] = sim.hosts(2) as [Host, Host];
  limit(sim, a, b, 0, 1234);
  sim.start(a, b);
  sim.run(2000);
  const first = counted(a, b, 0, 'probesTx');
  sim.unplug(a, 0);
  sim.run(1000);
  sim.plug(a, 0);
  sim.run(3000);
  assert.deepEqual(found(a, b), [1234, 1500]);
  const again = counted(a, b, 0, 'probesTx') - first;
  assert.ok(
    again <= 10 && again < first,
    `${again} probes: a confirmation and one byte more, should it fall once more while it comes up; ${first} before`,
  );
});

for (const policy of POLICIES) {
  scenario(
    `${policy}: a device shrinks under traffic at one end, and a little later at the other`,
    { seeds: 3 },
    (sim) => {
      sim.everywhere({ delay: sim.random.pick([0.5, 5]), jitter: sim.random.pick([0, 1]) });
      const [a, b] = sim.hosts(2, { policy, links: 3 }) as [Host, Host];
      limit(sim, a, b, 1, 1400);
      for (const host of [a, b]) for (const endpoint of host.endpoints) endpoint.strictMtu = false;
      sim.start(a, b);
      sim.run(2000);
      const streams = [a, b].map((from) => sim.stream(from, from === a ? b : a, { every: 1, size: 1318 }));
      sim.run(300);
      // What is larger does not get into a device either.
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        from.endpoints[0]!.mtu = 1300;
        sim.network.path(to.id, from.id, 0).largest = 1300 - HEADERS;
        from.tellLocal(0, 'none');
        sim.run(sim.random.pick([0, 1, 10, 50]));
      }
      sim.run(1500);
      for (const stream of streams) assert.equal(stream.finish().lost.length, 0, `${stream}`);
      assert.deepEqual(found(a, b), [1300, 1400, 1500]);
      assert.deepEqual(found(b, a), [1300, 1400, 1500]);
    },
  );
}

scenario('a peer that takes back again and again that it answers probes starts no search each time', {}, (sim) => {
  const [a, b] = sim.hosts(2) as [Host, Host];
  sim.start(a, b);
  sim.run(2000);
  const told = a.pathMtus.length;
  for (let i = 0; i < 100; i++) {
    const ping = new Uint8Array(HEARTBEAT_SIZE);
    ping[0] = KIND_PING;
    ping[HEARTBEAT_FLAGS] = i % 2 === 0 ? 0 : FLAG_ANSWERS_PROBES;
    b.control(() => sendPlaintext(b, a, 0, ping));
    sim.run(5);
  }
  assert.equal(a.pathMtus.length, told);
  assert.deepEqual(found(a, b), [1500, 1500]);
});
