/** A flood of initiations that are good as far as a stranger can make them. */
import assert from 'node:assert/strict';
import { LANE } from '../../src/core/counters.js';
import { mac1, mac1Key } from '../../src/core/session/key-schedule.js';
import { INITIATION_MAC1, INITIATION_SIZE } from '../../src/core/wire/handshake.js';
import { hostAddress, publicAddress } from './address.js';
import type { Host } from './host.js';
import { scenario } from './scenario.js';
import type { Sim } from './sim.js';

/** Addresses with a port each: `publicAddress` counts ports first. */
const PORTS = 4096;

/** Ten a millisecond for so long, at both links of a host, from the sources that `source` numbers. */
function flood(sim: Sim, host: Host, duration: number, source: (n: number) => number): void {
  const noise = sim.random.bytes(INITIATION_SIZE);
  noise.set([1, 0, 0, 0]);
  noise.set(mac1(sim.primitives, mac1Key(sim.primitives, host.publicKey), noise, INITIATION_MAC1), INITIATION_MAC1);
  for (let n = 0; n < duration * 10; n++) {
    const [from, to] = [publicAddress(source(n)), hostAddress(host.id, n & 1)];
    sim.after(n / 10, () => sim.network.inject(from, to, noise));
  }
}

for (const [name, source] of [
  ['one source', () => 0],
  ['many ports', (n: number) => n % PORTS],
  ['forged addresses', (n: number) => (n % 50_000) * PORTS],
] as const) {
  scenario(`a flood of initiations with good mac1 from ${name} disturbs nobody`, { seeds: 2 }, (sim) => {
    const [a, b, c] = sim.hosts(3, { policy: 'active' }) as [Host, Host, Host];
    sim.start(a, b);
    sim.run(2000);
    const streams = [sim.stream(a, b, { every: 5 }), sim.stream(b, a, { every: 5 })];
    flood(sim, a, 4000, source);
    sim.run(500);
    c.start();
    sim.runUntil(() => sim.joined(a, c), 3000, 'a host that starts meanwhile connects');
    a.control(() => a.machine.rekey(a.indexOf(b), sim.now));
    const index = a.lane.state.peers[a.indexOf(b)]!.keys.current!.localIndex;
    const isNew = () => a.lane.state.peers[a.indexOf(b)]!.keys.current!.localIndex !== index;
    sim.runUntil(isNew, 2000, 'a session is followed by a new one');
    sim.run(1000);
    for (const stream of streams) assert.equal(stream.finish().lost.length, 0, `${stream}`);
    assert.ok(a.lane.state.counters[LANE.handshakeOverload]! > 20_000);
    assert.ok(a.refusals.length < 2000, `${a.refusals.length} came to the handshakes`);
  });
}
