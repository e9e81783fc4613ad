/** What strangers and bad peers send: dropped, counted by reason, never answered, and nothing grows. */
import assert from 'node:assert/strict';
import { LANE, LANE_COUNTERS } from '../../src/core/counters.js';
import { hostAddress, publicAddress } from './address.js';
import type { Host } from './host.js';
import { nonsense, sendPlaintext } from './insider.js';
import type { Tapped } from './network.js';
import { scenario } from './scenario.js';
import type { Sim } from './sim.js';
import type { ToyAead } from './toy-aead.js';

/** Sizes of everything that could grow. */
function sizes(host: Host): Record<string, number> {
  const { state } = host.lane;
  return {
    keys: (host.aead as ToyAead).keys,
    sessions: state.byIndex.size,
    deadlines: state.deadlines.size,
    macs: state.macs.countOf(0),
    reassembly: state.reassembler.countOf(0),
    handshakes: host.machine.tableSize,
  };
}

/** Datagrams dropped, in all. */
function dropped(host: Host): number {
  const { counters } = host.lane.state;
  const reasons = LANE_COUNTERS.filter((name) => name.startsWith('rx') && name !== 'rxTruncated');
  const refused = [...reasons, 'handshakeOverload'];
  const byLane = refused.reduce((sum, name) => sum + counters[LANE[name as keyof typeof LANE]]!, 0);
  return byLane + host.refusals.length;
}

/** Two hosts with a session, a wiretap on all they ever said, and a stranger who listens for answers. */
function stage(sim: Sim): { a: Host; b: Host; heard: Tapped[]; stranger: number; answers: () => number } {
  const heard: Tapped[] = [];
  sim.network.wiretap = (datagram) => heard.push({ ...datagram, bytes: datagram.bytes.slice() });
  const [a, b] = sim.hosts(2, { policy: 'active' }) as [Host, Host];
  sim.start(a, b);
  sim.run(1000);
  const stream = sim.stream(a, b, { every: 10 });
  const back = sim.stream(b, a, { every: 10, size: 4000 });
  sim.run(300);
  stream.stop();
  back.finish();
  sim.run(6000); // copies of the first initiation are no more answered
  sim.network.wiretap = null;
  sim.run(100); // and nothing that was heard is still on its way: a copy that comes first is no copy
  let answers = 0;
  const stranger = publicAddress(77);
  sim.network.attach(stranger, { host: -7, receive: () => answers++ });
  return { a, b, heard, stranger, answers: () => answers };
}

/** After all that, the two speak as before. */
function assertUnharmed(sim: Sim, a: Host, b: Host): void {
  const session = a.lane.state.peers[0]!.keys.current;
  const there = sim.stream(a, b, { every: 5 });
  const back = sim.stream(b, a, { every: 5 });
  sim.run(500);
  for (const stream of [there.finish(), back.finish()]) assert.equal(stream.lost.length, 0, `${stream}`);
  assert.equal(a.lane.state.peers[0]!.keys.current, session);
  for (const link of [0, 1]) assert.ok(sim.up(a, b, link) && sim.up(b, a, link));
}

scenario('random, truncated and oversized datagrams from a stranger', { seeds: 10 }, (sim) => {
  const { a, b, heard, stranger, answers } = stage(sim);
  const before = sizes(a);
  const droppedBefore = dropped(a);
  const some = Array.from({ length: 400 }, () => sim.random.pick(heard).bytes);
  let sent = 0;
  const throwAt = (bytes: Uint8Array): void => {
    sim.network.inject(stranger, hostAddress(a.id, sim.random.int(0, 1)), bytes);
    sent++;
    if (sent % 50 === 0) sim.run(1);
  };
  for (let n = 0; n < 400; n++) throwAt(sim.random.bytes(sim.random.int(1, 2000)));
  for (let n = 0; n < 400; n++) {
    // The four true types, then chance.
    const bytes = sim.random.bytes(sim.random.pick([1, 15, 16, 31, 32, 33, 64, 1188, 1336, 9000, 65_000]));
    bytes[0] = sim.random.int(1, 4);
    if (bytes.length > 3) bytes.fill(0, 1, 4);
    throwAt(bytes);
  }
  for (const bytes of some) throwAt(bytes.slice(0, sim.random.int(1, bytes.length - 1)));
  for (const bytes of some) {
    const longer = sim.random.bytes(bytes.length + sim.random.int(1, 500));
    longer.set(bytes);
    throwAt(longer);
  }
  for (const bytes of some) {
    const flipped = bytes.slice();
    const at = sim.random.int(0, bytes.length - 1);
    flipped[at] = flipped[at]! ^ (1 << sim.random.int(0, 7));
    throwAt(flipped);
  }
  sim.run(10);
  assert.equal(answers(), 0, 'a stranger hears nothing');
  assert.deepEqual(sizes(a), before);
  assert.equal(dropped(a) - droppedBefore, sent, 'each is counted, by reason');
  assertUnharmed(sim, a, b);
});

scenario('datagrams without any bytes', {}, (sim) => {
  const { a, b, stranger, answers } = stage(sim);
  const droppedBefore = dropped(a);
  for (let n = 0; n < 20; n++) sim.network.inject(stranger, hostAddress(a.id, 0), new Uint8Array(0));
  sim.run(10);
  assert.equal(answers(), 0);
  assert.equal(dropped(a) - droppedBefore, 20);
  assertUnharmed(sim, a, b);
});

scenario('everything that was ever said is said again, on this link and on the other', { seeds: 5 }, (sim) => {
  const { a, b, heard, stranger, answers } = stage(sim);
  const all = heard;
  const before = [a, b].map(sizes);
  const droppedBefore = dropped(a) + dropped(b);
  let sent = 0;
  for (const { to, source, bytes } of all) {
    for (const link of [0, 1]) {
      for (const from of [source, stranger]) {
        sim.network.inject(from, hostAddress(to, link), bytes);
        sent++;
      }
    }
    if (sent % 100 === 0) sim.run(0.5);
  }
  sim.run(10);
  assert.equal(answers(), 0);
  assert.deepEqual([a, b].map(sizes), before);
  // A response that made this very session is known again, and dropped without a word.
  const known = 4 * all.filter(({ bytes }) => bytes[0] === 2).length;
  const count = dropped(a) + dropped(b) - droppedBefore;
  assert.ok(count >= sent - known && count <= sent, `${count} of ${sent}`);
  assertUnharmed(sim, a, b);
});

scenario('everything is sent back to who said it', { seeds: 5 }, (sim) => {
  const { a, b, heard, stranger, answers } = stage(sim);
  const all = heard;
  const before = [a, b].map(sizes);
  for (const { from, link, destination, bytes } of all) {
    for (const source of [destination, stranger]) sim.network.inject(source, hostAddress(from, link), bytes);
    sim.run(0.05);
  }
  assert.equal(answers(), 0);
  assert.deepEqual([a, b].map(sizes), before);
  assertUnharmed(sim, a, b);
});

scenario('reflection and replay while it happens', { seeds: 20 }, (sim) => {
  const [a, b] = sim.hosts(2, { policy: 'active' }) as [Host, Host];
  sim.network.wiretap = ({ bytes, source, destination, from, to, link }) => {
    const copy = bytes.slice();
    const delay = sim.random.between(0, 20);
    if (sim.random.chance(0.3)) sim.after(delay, () => sim.network.inject(destination, hostAddress(from, link), copy));
    if (sim.random.chance(0.3)) sim.after(delay, () => sim.network.inject(source, hostAddress(to, 1 - link), copy));
  };
  sim.start(a, b);
  sim.runUntil(() => sim.joined(a, b), 1500, 'joined');
  sim.run(1000);
  assertUnharmed(sim, a, b);
});

scenario('a peer with a good key sends nonsense of every kind', { seeds: 10 }, (sim) => {
  const [a, b, bad] = sim.hosts(3, { policy: 'active' }) as [Host, Host, Host];
  a.delivered = () => {}; // what the bad peer calls a frame may come through: frames are opaque
  sim.start(a, b, bad);
  sim.run(1500);
  const stream = sim.stream(a, b, { every: 2 });
  const { state } = a.lane;
  for (let n = 0; n < 3000; n++) {
    sendPlaintext(bad, a, sim.random.int(0, 1), nonsense(sim.random));
    if (n % 10 === 0) sim.run(1);
  }
  sim.run(100);
  const { counters } = state;
  for (const reason of ['rxUnknownKind', 'rxMalformed', 'rxWrongLink', 'rxFragmentMalformed'] as const) {
    assert.ok(counters[LANE[reason]]! > 20, `${reason}: ${counters[LANE[reason]]}`);
  }
  assert.ok(state.reassembler.countOf(a.indexOf(bad)) <= 128);
  for (const link of state.peers[a.indexOf(bad)]!.links) {
    if (link !== null) assert.ok(Number.isFinite(link.health.rtt.srtt) && link.health.rtt.srtt < 1e6, 'no such time');
  }
  stream.finish();
  assert.equal(stream.lost.length, 0, `${stream}`);
  sim.run(2000);
  assert.equal(state.reassembler.countOf(a.indexOf(bad)), 0);
  const peers = sim.stream(b, bad, { every: 5 });
  sim.run(100);
  assert.equal(peers.finish().lost.length, 0);
});

scenario('a peer that claims to be everybody fills its own share of the MAC table only', {}, (sim) => {
  const [a, b, bad] = sim.hosts(3, { policy: 'passive', links: 1 }) as [Host, Host, Host];
  a.delivered = () => {};
  sim.start(a, b, bad);
  sim.run(1500);
  const plaintext = new Uint8Array(8 + 60);
  plaintext[0] = 1;
  for (let n = 0; n < 30_000; n++) {
    plaintext.set([2, 9, 9, n >> 16, n >> 8, n], 8 + 6);
    sendPlaintext(bad, a, 0, plaintext);
    if (n % 500 === 0) sim.run(1);
  }
  sim.run(50);
  const { macs } = a.lane.state;
  assert.equal(macs.countOf(a.indexOf(bad)), 16_384);
  assert.ok(a.lane.state.counters[LANE.macRefused]! > 10_000);
  const hello = sim.send(b, a);
  sim.run(50);
  assert.equal(macs.countOf(a.indexOf(b)), 1, 'others are learned all the same');
  const answer = sim.send(a, b);
  sim.run(50);
  assert.deepEqual([...answer.arrivals.keys()], [b.id]);
  assert.equal(hello.to, a.id);
});
