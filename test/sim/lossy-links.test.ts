/** Links that lose a part of everything: what sending again repairs, and what it costs. */
import assert from 'node:assert/strict';
import { LINK, PEER } from '../../src/core/counters.js';
import type { Host } from './host.js';
import { scenario } from './scenario.js';

function sentOn(host: Host, link: number): number {
  const { counters, peers } = host.lane.state;
  return counters[peers[0]!.links[link]!.block + LINK.txDatagrams]!;
}

for (const policy of ['passive', 'round-robin'] as const) {
  for (const loss of [0.01, 0.05, 0.2]) {
    scenario(
      `${policy}: a link that loses ${loss * 100} %: no frame is lost, at a bounded cost`,
      { seeds: 4 },
      (sim) => {
        sim.everywhere({ delay: 8, jitter: 1 });
        const [a, b] = sim.hosts(2, { policy }) as [Host, Host];
        sim.start(a, b);
        sim.run(1500);
        sim.network.path(a.id, b.id, 0).loss = loss;
        sim.network.path(b.id, a.id, 0).loss = loss;
        const before = [sentOn(a, 0), sentOn(a, 1)] as const;
        const stream = sim.stream(a, b, { every: 0.5, size: 200 });
        sim.run(4000);
        const sent = [sentOn(a, 0) - before[0], sentOn(a, 1) - before[1]] as const;
        stream.finish(2500);
        assert.equal(stream.lost.length, 0, `${stream}`);
        const cost = (sent[0] + sent[1]) / stream.frames.length;
        assert.ok(cost < 2.2, `${cost.toFixed(2)} datagrams for each frame, heartbeats and all`);
        if (loss <= 0.01)
          assert.ok(cost < 1.15, `${cost.toFixed(2)} datagrams for each frame where one in 100 is lost`);
        const again = a.lane.state.counters[a.lane.state.peers[0]!.block + PEER.resent]!;
        assert.ok(again <= stream.frames.length * 0.3, `${again} sent again`);
      },
    );
  }
}

scenario('both links lose a tenth: nothing comes twice, and nothing is sent a third time', { seeds: 6 }, (sim) => {
  sim.everywhere({ delay: 8, jitter: 3, loss: 0.1 });
  const policy = sim.random.pick(['passive', 'round-robin'] as const);
  const [a, b] = sim.hosts(2, { policy }) as [Host, Host];
  sim.start(a, b);
  sim.run(2500);
  const before = sentOn(a, 0) + sentOn(a, 1);
  const stream = sim.stream(a, b, { every: 0.5, size: 200 });
  sim.run(3000);
  const sent = sentOn(a, 0) + sentOn(a, 1) - before;
  stream.finish(2500);
  assert.ok(sent <= 2.1 * stream.frames.length, `${sent} datagrams for ${stream.frames.length} frames`);
  // Lost is what both copies were lost of, and what went when there was no sound link to send it again over.
  assert.ok(stream.lost.length <= 0.05 * stream.frames.length, `${stream}`);
});

for (const policy of ['passive', 'round-robin'] as const) {
  scenario(`${policy}: what one link lost, and then another, goes over the third`, { seeds: 4 }, (sim) => {
    sim.everywhere({ delay: 8, jitter: 1 });
    const [a, b] = sim.hosts(2, { policy, links: 3 }) as [Host, Host];
    sim.tune(a, b, 2, { priority: 50 });
    for (const link of [0, 1]) sim.network.path(a.id, b.id, link).loss = 0.15;
    sim.start(a, b);
    sim.run(1500);
    const stream = sim.stream(a, b, { every: 1, size: 200 });
    sim.run(2000);
    stream.finish(2500);
    assert.equal(stream.lost.length, 0, `${stream}`);
  });

  scenario(`${policy}: of the last frame some pieces are lost, and no other follows`, { seeds: 4 }, (sim) => {
    const [a, b] = sim.hosts(2, { policy }) as [Host, Host];
    sim.start(a, b);
    sim.run(1500);
    sim.network.path(a.id, b.id, 0).loss = 0.1;
    sim.send(b, a);
    sim.run(50);
    // Often enough for the link not to be idle, too seldom for anything to come right after.
    const stream = sim.stream(a, b, { every: 300, size: 9000 });
    sim.run(15_000);
    stream.finish(2500);
    assert.equal(stream.lost.length, 0, `${stream}`);
  });
}

scenario('what is lost goes over the link that loses least, not from one bad one to the next', { seeds: 4 }, (sim) => {
  sim.everywhere({ delay: 20 });
  const [a, b] = sim.hosts(2, { policy: 'passive', links: 6 }) as [Host, Host];
  sim.tune(a, b, 5, { priority: 10 });
  for (const link of [0, 1, 2, 3, 4]) sim.network.path(a.id, b.id, link).loss = 0.08;
  sim.start(a, b);
  sim.run(5000); // heartbeats show what each link loses
  const stream = sim.stream(a, b, { every: 1, size: 200 });
  sim.run(4000);
  stream.finish(2500);
  assert.equal(stream.lost.length, 0, `${stream}`);
  const late = stream.frames.map((frame) => frame.arrivals.get(b.id)! - frame.at).sort((x, y) => x - y);
  assert.ok(late.at(-1)! < 250, `${late.at(-1)} ms for the last of them`);
});

scenario('a peer that does not speak of acknowledgements: nothing is kept, nothing is sent again', {}, (sim) => {
  const [a, b] = sim.hosts(2, { policy: 'passive' }) as [Host, Host];
  sim.start(a, b);
  sim.run(1500);
  const peer = a.lane.state.peers[0]!;
  peer.agree(false, false);
  peer.agree = () => {};
  const stream = sim.stream(a, b, { every: 0.5 });
  sim.run(500);
  assert.equal(a.lane.state.ring.used, 0);
  const cutAt = sim.now;
  sim.cut(a, b, 0);
  sim.run(2000);
  stream.finish();
  assert.ok(stream.lost.length > 0, 'what went into the dark before the first late pong');
  assert.ok(stream.longestGap(cutAt) <= 100 + 40, 'but a late pong is noticed');
  assert.equal(a.lane.state.counters[peer.block + PEER.resent], 0);
});

scenario('more than the buffer holds is lost, and counted', { seeds: 3 }, (sim) => {
  const [a, b] = sim.hosts(2, { policy: 'passive' }) as [Host, Host];
  sim.start(a, b);
  sim.run(1500);
  a.control(() => a.lane.setPeer(0, b.id, 'passive', 1 << 20));
  sim.run(10);
  const stream = sim.stream(a, b, { every: 0.02, size: 1400 });
  sim.run(60);
  sim.cut(a, b, 0);
  sim.run(200);
  stream.finish(3000);
  const lost = a.lane.state.counters[a.lane.state.peers[0]!.block + PEER.resendLost]!;
  assert.ok(stream.lost.length > 0 && lost >= stream.lost.length, `${stream}, counted ${lost}`);
  assert.equal(
    a.failovers.reduce((sum, report) => sum + report.lost, 0),
    lost,
  );
});

scenario('two rekeys before it could be sent again: it is lost, and counted', { seeds: 4 }, (sim) => {
  const [a, b] = sim.hosts(2, { policy: 'passive' }) as [Host, Host];
  sim.start(a, b);
  sim.run(1500);
  sim.unplug(a, 1);
  sim.run(600);
  const stream = sim.stream(a, b, { every: 2 });
  sim.run(50);
  // No other link is there to doubt this one for: what it loses waits in the buffer.
  sim.cutOneWay(a, b, 0);
  sim.run(20);
  sim.mend(a, b, 0);
  const waiting = (): number => a.lane.state.ring.used;
  const rekey = (): void => {
    const before = a.lane.state.peers[0]!.keys.current;
    a.control(() => a.machine.rekey(0, sim.now));
    sim.runUntil(() => a.lane.state.peers[0]!.keys.current !== before, 700, 'new keys');
  };
  rekey();
  sim.run(550);
  rekey();
  sim.plug(a, 1);
  sim.runUntil(() => sim.up(a, b, 1) && sim.up(b, a, 1), 600, 'the other link up');
  assert.ok(waiting() > 0);
  sim.unplug(a, 0);
  stream.finish(3000);
  const lost = a.lane.state.counters[a.lane.state.peers[0]!.block + PEER.resendLost]!;
  assert.ok(stream.lost.length >= 10, `what was on its way then, too: ${stream}`);
  assert.equal(lost, stream.lost.length);
  assert.equal(
    a.failovers.reduce((sum, report) => sum + report.lost, 0),
    lost,
  );
});
