/**
 * A thousand rekeys under a stream both ways, over paths with delay and reordering, asked for by either end
 * or by both at once: no frame is lost, none comes twice (the ledger sees to that).
 */
import assert from 'node:assert/strict';
import { SETTLE } from '../../src/core/session/handshake-timing.js';
import type { Host } from './host.js';
import { scenario } from './scenario.js';
import type { Sim } from './sim.js';
import type { ToyAead } from './toy-aead.js';

const NETWORKS = 10;
const REKEYS = 100;

const rare = { interval: 1000, hold: 5000 };

function sessionsOf(host: Host): number {
  return host.events.filter((event) => event.startsWith('established')).length;
}

/** Traffic both ways that begins before the handshake and ends after it. */
function rekeyUnderLoad(sim: Sim, a: Host, b: Host, who: Host[]): void {
  const streams = [sim.stream(a, b, { every: 1 }), sim.stream(b, a, { every: 1 })];
  sim.run(10);
  for (const host of who)
    sim.after(sim.random.between(0, 15), () => host.control(() => host.machine.rekey(0, sim.now)));
  sim.run(90);
  for (const stream of streams) stream.stop();
  sim.run(SETTLE - 100 + 50);
  for (const stream of streams) assert.equal(stream.lost.length, 0, `${stream}`);
}

scenario(
  `${NETWORKS} times ${REKEYS} rekeys under a saturating stream both ways`,
  { seeds: NETWORKS, all: true, handshake: 'toy' },
  (sim) => {
    sim.everywhere({ delay: sim.random.between(1, 8), jitter: sim.random.between(2, 12), duplicates: 0.05 });
    const policy = sim.random.pick(['passive', 'active', 'round-robin'] as const);
    const [a, b] = sim.hosts(2, { policy, settings: rare }) as [Host, Host];
    sim.start(a, b);
    sim.run(4000);
    const enough = sessionsOf(a) + REKEYS;
    // Asked for twice, or while one is under way, is made once.
    for (let n = 0; sessionsOf(a) < enough; n++) {
      assert.ok(n < 2 * REKEYS, `${sessionsOf(a)} sessions`);
      rekeyUnderLoad(sim, a, b, sim.random.pick([[a], [b], [a, b]]));
    }
    assert.ok((a.aead as ToyAead).keys <= 8, 'previous, current, next, overtaken: two keys each');
  },
);
