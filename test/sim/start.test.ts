/** How hosts find each other: both at once, one after the other, again after a crash, over bad links. */
import assert from 'node:assert/strict';
import type { Host } from './host.js';
import { scenario } from './scenario.js';
import type { Sim } from './sim.js';

/** Both send under the same keys. */
function assertOneSession(a: Host, b: Host): void {
  const mine = a.lane.state.peers[a.indexOf(b)]!.keys.current!;
  const theirs = b.lane.state.peers[b.indexOf(a)]!.keys.current!;
  assert.equal(mine.remoteIndex, theirs.localIndex, 'one session at both ends');
  assert.equal(theirs.remoteIndex, mine.localIndex, 'one session at both ends');
}

function pair(sim: Sim, options: Parameters<Sim['hosts']>[1] = {}): [Host, Host] {
  const [a, b] = sim.hosts(2, options);
  return [a!, b!];
}

scenario('both ends start at the very same instant: one session, and soon', { seeds: 200 }, (sim) => {
  const delay = sim.random.between(0.1, 60);
  const loss = sim.random.between(0, 0.2);
  sim.everywhere({ delay, jitter: sim.random.between(0, 20), loss });
  const [a, b] = pair(sim, { links: sim.random.int(1, 3) });
  sim.start(a, b);
  // One link that loses a fifth of everything may need several tries.
  const patience = a.endpoints.length > 1 ? 1500 : 3000;
  sim.runUntil(() => sim.joined(a, b), patience, `${delay.toFixed(0)} ms, loss ${loss.toFixed(2)}`);
  sim.run(3000);
  assertOneSession(a, b);
  const there = sim.stream(a, b, { every: 10 });
  const back = sim.stream(b, a, { every: 10 });
  sim.run(1000);
  for (const stream of [there.finish(), back.finish()]) {
    assert.ok(stream.lost.length < 0.4 * stream.frames.length, `${stream}`);
  }
});

scenario('without loss, starting together takes two round trips and a moment', { seeds: 30 }, (sim) => {
  const delay = sim.random.between(1, 40);
  sim.everywhere({ delay });
  const [a, b] = pair(sim);
  sim.start(a, b);
  const took = sim.runUntil(() => sim.joined(a, b), 1500, 'joined');
  assert.ok(took < 300 + 8 * delay, `${took} ms with ${delay.toFixed(1)} ms one way`);
});

scenario('one host starts long after the other', { seeds: 10 }, (sim) => {
  const [a, b] = pair(sim);
  sim.start(a);
  sim.run(sim.random.between(5000, 60_000));
  sim.start(b);
  sim.runUntil(() => sim.joined(a, b), 500, 'joined');
});

scenario('killed and started again: traffic is back in less than two seconds', { seeds: 25 }, (sim) => {
  sim.everywhere({ delay: sim.random.between(1, 40), loss: sim.random.between(0, 0.05) });
  const [a, b] = pair(sim, { policy: sim.random.pick(['passive', 'active', 'round-robin']) });
  sim.start(a, b);
  sim.run(2000);
  for (const victim of [b, a]) {
    const survivor = victim === a ? b : a;
    const stream = sim.stream(survivor, victim, { every: 5 });
    sim.run(300);
    victim.kill();
    sim.run(sim.random.between(10, 8000));
    victim.start();
    const begun = sim.now;
    sim.run(3000);
    stream.finish(500);
    const back = stream.arrivals.find((at) => at > begun) ?? Number.POSITIVE_INFINITY;
    assert.ok(back - begun < 2000, `${back - begun} ms`);
    // From then on at most what the links lose.
    const after = stream.frames.filter((frame) => frame.at > begun + 2000);
    assert.ok(stream.lost.filter((frame) => frame.at > begun + 2000).length < 0.15 * after.length);
    assertOneSession(a, b);
  }
});

scenario('both are killed at once and started again at once', { seeds: 40 }, (sim) => {
  const [a, b] = pair(sim);
  sim.start(a, b);
  sim.run(2000);
  a.kill();
  b.kill();
  sim.run(sim.random.between(1, 1000));
  sim.start(a, b);
  sim.runUntil(() => sim.joined(a, b), 1000, 'joined');
});

scenario('a crash in the middle of a fragmented frame mixes no old pieces into new frames', { seeds: 25 }, (sim) => {
  sim.everywhere({ delay: 2, loss: 0.4 });
  const [a, b] = pair(sim, { links: 1, settings: { interval: 20 } });
  sim.start(a, b);
  sim.run(3000);
  for (let crash = 0; crash < 3; crash++) {
    const stream = sim.stream(a, b, { every: 2, size: 4000 });
    sim.run(60);
    stream.stop();
    a.kill();
    a.start();
    sim.runUntil(() => sim.joined(a, b), 30_000, 'joined');
    const again = sim.stream(a, b, { every: 2, size: 4000 });
    sim.run(60);
    again.finish(200);
  }
});

scenario('an identity that changes on one side ends the session, and the old one back makes a new', {}, (sim) => {
  const [a, b] = pair(sim);
  sim.start(a, b);
  sim.run(1000);
  const identity = { hostId: b.id, network: 'lab', cipher: 'aes-256-gcm', networkPsk: null } as const;
  b.control(() => {
    b.lane.dropSession(0, sim.now);
    b.machine.setIdentity({ ...identity, secretKey: sim.random.bytes(32) });
  });
  sim.run(3000);
  assert.ok(!sim.joined(a, b));
  b.control(() => {
    b.lane.dropSession(0, sim.now);
    b.machine.setIdentity({ ...identity, secretKey: b.secretKey });
  });
  sim.runUntil(() => sim.joined(a, b), 6500, 'joined again');
});

scenario('a host that says goodbye is down at once, and back at once when it returns', {}, (sim) => {
  const [a, b] = pair(sim);
  sim.start(a, b);
  sim.run(1000);
  b.control(() => b.lane.close(sim.now));
  sim.run(20);
  assert.ok(!sim.joined(a, b));
  b.kill();
  sim.run(2000);
  b.start();
  sim.runUntil(() => sim.joined(a, b), 500, 'joined again');
});

scenario('a host that is restarted costs no frame that is for it: they wait for it', { seeds: 25 }, (sim) => {
  sim.everywhere({ delay: sim.random.between(0.5, 20) });
  const hosts = sim.hosts(3, { policy: sim.random.pick(['passive', 'active', 'round-robin']) });
  const [a, b] = hosts as [Host, Host];
  sim.start(...hosts);
  sim.run(2000);
  sim.send(b, a);
  const stream = sim.stream(a, b, { every: sim.random.between(0.5, 3), size: sim.random.pick([100, 1400, 3000]) });
  sim.run(300);
  let farewell = 0;
  b.control(() => {
    farewell = b.lane.close(sim.now);
  });
  // Messages to the lane take a moment; it listens on for as long as what was sent to it is on its way.
  sim.run(1);
  sim.run(farewell);
  b.kill();
  sim.run(sim.random.between(10, 900));
  b.start();
  sim.run(1000);
  stream.finish();
  assert.deepEqual([stream.lost.length, stream.overtaken], [0, 0], `${stream}`);
  assertOneSession(a, b);
});
