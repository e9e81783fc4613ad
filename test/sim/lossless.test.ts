/**
 * No frame is lost, and none comes twice, where a link lives: every policy against everything that may happen
 * to a link under thousands of frames a second, both ways, small ones and such as need fragments.
 */
import assert from 'node:assert/strict';
import { LINK, PEER } from '../../src/core/counters.js';
import type { Host } from './host.js';
import { scenario } from './scenario.js';
import type { Sim } from './sim.js';
import type { Stream } from './stream.js';

const POLICIES = ['passive', 'active', 'round-robin'] as const;
const DELAY = 5;

interface Pair {
  sim: Sim;
  a: Host;
  b: Host;
}

interface Mishap {
  readonly name: string;
  readonly links?: number;
  /** Puts it right again by itself, or is told to by what it returns. */
  strike(pair: Pair): (() => void) | undefined;
}

function both({ sim, a, b }: Pair, link: number, change: Partial<ReturnType<Sim['network']['path']>>): () => void {
  const paths = [sim.network.path(a.id, b.id, link), sim.network.path(b.id, a.id, link)];
  const before = paths.map((path) => ({ ...path }));
  for (const path of paths) Object.assign(path, change);
  return () => paths.forEach((path, i) => void Object.assign(path, before[i]));
}

const MISHAPS: readonly Mishap[] = [
  {
    name: 'interface down here',
    strike({ sim, a }) {
      sim.unplug(a, 0);
      return () => sim.plug(a, 0);
    },
  },
  {
    name: 'interface down there',
    strike({ sim, b }) {
      sim.unplug(b, 0);
      return () => sim.plug(b, 0);
    },
  },
  { name: 'silent both ways', strike: (pair) => both(pair, 0, { cut: true }) },
  {
    name: 'silent on the way there',
    strike({ sim, a, b }) {
      sim.cutOneWay(a, b, 0);
      return () => sim.mend(a, b, 0);
    },
  },
  {
    name: 'silent on the way back',
    strike({ sim, a, b }) {
      sim.cutOneWay(b, a, 0);
      return () => sim.mend(a, b, 0);
    },
  },
  { name: 'half of all datagrams lost', strike: (pair) => both(pair, 0, { loss: 0.5 }) },
  { name: '300 ms more of delay', strike: (pair) => both(pair, 0, { delay: DELAY + 300 }) },
  { name: 'only large datagrams dropped', strike: (pair) => both(pair, 0, { largest: 800 }) },
  {
    name: 'two of three links at once',
    links: 3,
    strike(pair) {
      const undo = [both(pair, 0, { cut: true }), both(pair, 1, { cut: true })];
      return () => {
        for (const each of undo) each();
      };
    },
  },
  {
    name: 'the refuge fails, too, right after',
    links: 3,
    strike(pair) {
      const undo = [both(pair, 0, { cut: true })];
      pair.sim.after(pair.sim.random.between(5, 80), () => undo.push(both(pair, 1, { cut: true })));
      return () => {
        for (const each of undo) each();
      };
    },
  },
  {
    name: 'flapping at 5 Hz',
    strike(pair) {
      let on = true;
      const flap = (): void => {
        if (!on) return;
        const undo = both(pair, 0, { cut: true });
        pair.sim.after(100, undo);
        pair.sim.after(200, flap);
      };
      flap();
      return () => {
        on = false;
      };
    },
  },
  {
    name: 'flapping at 5 Hz, as the kernel sees it',
    strike({ sim, a }) {
      let on = true;
      const flap = (): void => {
        if (!on) return;
        sim.unplug(a, 0);
        sim.after(100, () => sim.plug(a, 0));
        sim.after(200, flap);
      };
      flap();
      return () => {
        on = false;
      };
    },
  },
  {
    name: 'a stall of 300 ms here',
    strike({ a }) {
      a.stall(300);
      return undefined;
    },
  },
  {
    name: 'a stall of 300 ms there',
    strike({ b }) {
      b.stall(300);
      return undefined;
    },
  },
  {
    name: 'a silent cut, and new keys at the same time',
    strike(pair) {
      const { sim, a, b } = pair;
      const host = sim.random.pick([a, b]);
      sim.after(sim.random.between(0, 60), () => host.control(() => host.machine.rekey(0, sim.now)));
      return both(pair, 0, { cut: true });
    },
  },
];

function counter(host: Host, name: keyof typeof PEER): number {
  return host.lane.state.counters[host.lane.state.peers[0]!.block + PEER[name]]!;
}

for (const policy of POLICIES) {
  for (const mishap of MISHAPS) {
    scenario(`${policy}: ${mishap.name}`, { seeds: 4 }, (sim) => {
      sim.everywhere({ delay: DELAY, jitter: sim.random.pick([0, 2]) });
      const [a, b] = sim.hosts(2, { policy, links: mishap.links ?? 2 }) as [Host, Host];
      sim.start(a, b);
      sim.run(1500 + sim.random.between(0, 150));
      const streams = [
        sim.stream(a, b, { every: 0.5, size: 100 }),
        sim.stream(a, b, { every: 4, size: sim.random.pick([1300, 4000]) }),
        sim.stream(b, a, { every: 0.7, size: 300 }),
      ];
      sim.run(150);
      const struckAt = sim.now;
      const undo = mishap.strike({ sim, a, b });
      sim.run(sim.random.between(700, 1500));
      undo?.();
      sim.run(1000);
      for (const stream of streams) stream.stop();
      sim.run(1500);
      for (const stream of streams) assert.equal(stream.lost.length, 0, `${stream}; ${told(a)}; ${told(b)}`);
      for (const host of [a, b]) {
        assert.equal(counter(host, 'resendLost'), 0);
        assert.equal(host.lane.state.ring.used, 0, 'all is acknowledged in the end');
      }
      if (mishap.name.startsWith('a stall')) assert.equal(downs(a) + downs(b), 0, 'a stall brings no link down');
      else if (mishap.name.startsWith('silent')) assert.ok(gap(streams, struckAt) <= (policy === 'active' ? 6 : 70));
    });
  }
}

function told(host: Host): string {
  return JSON.stringify(host.failovers);
}

function gap(streams: readonly Stream[], since: number): number {
  return Math.max(...streams.map((stream) => stream.longestGap(since)));
}

function downs(host: Host): number {
  const { counters, peers } = host.lane.state;
  let sum = 0;
  for (const link of peers[0]!.links) if (link !== null) sum += counters[link.block + LINK.downs]!;
  return sum;
}
