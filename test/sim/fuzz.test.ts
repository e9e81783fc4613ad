/**
 * Networks drawn from the seed, with faults drawn from the seed, and what must hold whatever happens:
 * nothing comes twice, changed, from nowhere or into another network; and once the faults are gone,
 * everybody finds everybody again, soon.
 */
import assert from 'node:assert/strict';
import type { Host } from './host.js';
import { scenario } from './scenario.js';
import type { Sim } from './sim.js';

/** Until all pairs that kept a session, or could make one meanwhile, are joined again. */
const HEALING = 3000;
/** A pair that could not shake hands for long tries every 5 s, give or take a fifth. */
const SLOWEST_TRY = 6500;

interface Stage {
  readonly sim: Sim;
  readonly hosts: Host[];
  /** Has its links behind a NAT. */
  readonly roamer: Host;
  readonly links: number;
}

type Fault = (stage: Stage, host: Host, other: Host, link: number) => void;

const FAULTS: readonly Fault[] = [
  ({ sim }, host, other, link) => sim.cut(host, other, link),
  ({ sim }, host, other, link) => sim.cutOneWay(host, other, link),
  ({ sim }, host, other, link) => sim.mend(host, other, link),
  ({ sim }, host, other, link) => sim.mend(host, other, link),
  ({ sim, links }, host, other) => {
    for (let each = 0; each < links; each++) sim.cut(host, other, each);
  },
  ({ sim }, host, _other, link) => {
    if (host.alive) sim.unplug(host, link);
  },
  ({ sim }, host, _other, link) => {
    if (host.alive) sim.plug(host, link);
  },
  ({ sim }, host) => host.stall(sim.random.between(10, 900)),
  (_stage, host) => host.kill(),
  (_stage, host) => host.start(),
  (_stage, host) => host.start(),
  ({ sim, roamer }, _host, _other, link) => sim.rebind(roamer, link),
  ({ sim }, host, _other, link) => {
    host.endpoints[link]!.sendError = sim.random.pick(['send-error', 'refused', null, null]);
  },
  ({ sim }, host, _other, link) => {
    host.endpoints[link]!.full = sim.random.chance(0.5);
  },
  ({ sim }, host, _other, link) => {
    host.endpoints[link]!.rate = sim.random.pick([20, 1000, Number.POSITIVE_INFINITY]);
  },
  ({ sim }, host, other, link) => {
    const path = sim.network.path(host.id, other.id, link);
    path.loss = sim.random.between(0, 0.6);
    path.jitter = sim.random.between(0, 100);
    path.duplicates = sim.random.between(0, 0.5);
  },
  ({ sim }, host, other) => {
    if (host.alive) host.control(() => host.machine.rekey(host.indexOf(other), sim.now));
  },
  ({ sim }, host) => {
    host.lateness = sim.random.pick([0, 0, 20, 65]);
  },
];

function build(sim: Sim): Stage {
  const links = sim.random.int(1, 4);
  sim.everywhere({
    delay: sim.random.between(0.2, 60),
    jitter: sim.random.pick([0, 5, 40]),
    loss: sim.random.pick([0, 0, 0.02, 0.15]),
    duplicates: sim.random.pick([0, 0, 0.2]),
  });
  const policy = sim.random.pick(['passive', 'active', 'round-robin'] as const);
  const hosts = sim.hosts(sim.random.int(2, 4), { links, policy, settings: { dynamic: true } });
  for (const { endpoints } of hosts) {
    for (const endpoint of endpoints) {
      endpoint.mtu = sim.random.pick([576, 1400, 1500]);
      // What was sealed for one link may have to go over another that is smaller, when that is all there is.
      endpoint.strictMtu = false;
    }
  }
  return { sim, hosts, links, roamer: hosts[0]! };
}

function disturb(stage: Stage): void {
  const { sim, hosts, links } = stage;
  const host = sim.random.pick(hosts);
  const other = sim.random.pick(hosts.filter((each) => each !== host));
  sim.random.pick(FAULTS)(stage, host, other, sim.random.int(0, links - 1));
}

function chatter({ sim, hosts }: Stage): void {
  const from = sim.random.pick(hosts);
  const size = sim.random.pick([60, 300, 1400, 1514, 5000, 9014]);
  if (!from.alive) return;
  if (sim.random.chance(0.1)) sim.broadcast(from, size);
  else sim.send(from, sim.random.pick(hosts.filter((each) => each !== from)), size);
}

function heal({ sim, hosts, links }: Stage): void {
  for (const host of hosts) {
    host.lateness = 0;
    host.start();
    for (const endpoint of host.endpoints) {
      endpoint.heal();
      host.tellLocal(endpoint.link, 'none');
    }
    for (const other of hosts) {
      for (let link = 0; link < links; link++) {
        const path = sim.network.path(host.id, other.id, link);
        Object.assign(path, { cut: false, loss: 0, jitter: 0, duplicates: 0 });
      }
    }
  }
}

function pairs(hosts: readonly Host[]): [Host, Host][] {
  return hosts.flatMap((a, i) => hosts.slice(i + 1).map((b): [Host, Host] => [a, b]));
}

/** Both still have keys of one and the same session. */
function sharesSession(a: Host, b: Host): boolean {
  if (!a.alive || !b.alive) return false;
  const { current } = a.lane.state.peers[a.indexOf(b)]!.keys;
  return current !== null && b.lane.state.byIndex.has(current.remoteIndex);
}

function ready(sim: Sim, [a, b]: readonly [Host, Host], links: number): boolean {
  if (!sim.joined(a, b)) return false;
  for (let link = 0; link < links; link++) if (sim.up(a, b, link) && sim.up(b, a, link)) return true;
  return false;
}

scenario('any network, any faults', { seeds: 100 }, (sim) => {
  const stage = build(sim);
  const { hosts, links } = stage;
  for (const host of hosts) sim.after(sim.random.pick([0, 0, 0, 1, 50, 2000]), () => host.start());
  const quiet = sim.random.between(500, 2500);
  sim.run(quiet);
  const faults = sim.random.int(5, 40);
  for (let n = 0; n < faults; n++) {
    disturb(stage);
    for (let frames = sim.random.int(0, 12); frames > 0; frames--) {
      chatter(stage);
      sim.run(sim.random.between(0, 30));
    }
    sim.run(sim.random.pick([0, 1, 20, 300]));
  }
  sim.check();

  const kept = pairs(hosts).filter(([a, b]) => sharesSession(a, b));
  heal(stage);
  const began = sim.now;
  sim.runUntil(() => kept.every((pair) => ready(sim, pair, links)), HEALING, 'pairs that kept their session');
  const patience = SLOWEST_TRY + HEALING - (sim.now - began);
  sim.runUntil(() => pairs(hosts).every((pair) => ready(sim, pair, links)), patience, 'all pairs');
  sim.run(1000);
  for (const from of hosts) {
    const hello = sim.broadcast(from, sim.random.pick([60, 1400, 3000]));
    sim.run(200);
    assert.equal(hello.arrivals.size, hosts.length - 1, `a broadcast of host ${from.id} reaches everybody`);
  }
  // What was learned leads back: one frame from each to each, to nobody else.
  for (const [a, b] of pairs(hosts)) {
    const frame = sim.send(a, b);
    sim.run(200);
    assert.deepEqual([...frame.arrivals.keys()], [b.id]);
  }
});
