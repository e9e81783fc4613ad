/** One trial: builds what the plan of a seed says, runs it, and checks the promises. */
import assert from 'node:assert/strict';
import type { Policy } from '../../../src/core/link/policy.js';
import type { Host } from '../host.js';
import { DEFAULT_SETTINGS, Sim } from '../sim.js';
import { Attacker } from './attacker.js';
import { Faults } from './faults.js';
import { Flow } from './flow.js';
import type { FaultKind } from './kinds.js';
import { type DirectionPlan, draw, type Plan } from './plan.js';
import { checkCalm, checkForgotten, checkKept } from './promise.js';

export interface Gap {
  policy: Policy;
  kind: FaultKind;
  /** Longest time without a frame, ms. */
  gap: number;
}

export interface Outcome {
  seed: number;
  /** Simulated milliseconds. */
  simulated: number;
  datagrams: number;
  frames: number;
  /** Frames that a promise was given for, and those of the others that were lost. */
  promised: number;
  lost: number;
  attacks: number;
  rekeys: number;
  faults: FaultKind[];
  gaps: Gap[];
}

/** Milliseconds until all pairs are joined, and until all links are up again: they are held off for 10 s at most. */
const JOINING = 3000;
const HEALING = 15_000;
/** Milliseconds after the traffic until nothing is on its way, or kept, any more. */
const DRAINING = 3000;
const STEP = 10;

export interface TrialOptions {
  /** Told what the trial does and what came of it, line by line. */
  tell?: (line: string) => void;
  /** Does something that no plan does, once traffic flows: for tests of the checks. */
  upset?: (sim: Sim) => void;
}

/** The trial of a seed. @throws when a promise is broken */
export function runTrial(seed: number, options: TrialOptions = {}): Outcome {
  const plan = draw(seed);
  options.tell?.(JSON.stringify(plan, null, 1));
  return runPlan(plan, options);
}

/** @throws when a promise is broken */
export function runPlan(plan: Plan, options: TrialOptions = {}): Outcome {
  const sim = new Sim({ seed: plan.seed, aead: 'toy', handshake: 'toy' });
  try {
    return play(sim, plan, options);
  } catch (error) {
    throw new Error(`at ${sim.now.toFixed(1)} ms: ${(error as Error).message}`, { cause: error });
  } finally {
    sim.close();
  }
}

function play(sim: Sim, plan: Plan, { tell = () => undefined, upset }: TrialOptions): Outcome {
  const hosts = build(sim, plan);
  const faults = new Faults(sim, hosts, plan);
  const attacker = new Attacker(sim, sim.random.fork(), plan.attack);
  for (const host of hosts) sim.after(sim.random.pick([0, 0, 1, 50]), () => host.start());
  waitFor(sim, () => all(sim, plan, hosts), JOINING + HEALING, 'all links up at first');
  sim.run(200);

  const begun = sim.now;
  const flows = plan.streams.map((stream) => {
    const direction = plan.directions.find(({ from, to }) => from === stream.from && to === stream.to)!;
    return new Flow(sim, hosts[stream.from]!, hosts[stream.to]!, direction, stream);
  });
  for (const fault of plan.faults) sim.after(fault.at, () => faults.strike(fault));
  for (const { at, host, other } of plan.rekeys) {
    sim.after(at, () => faults.rekey(hosts[host]!, hosts[other]!));
  }
  upset?.(sim);
  sim.run(plan.duration);
  for (const { stream } of flows) stream.stop();
  const frames = flows.reduce((sum, { stream }) => sum + stream.frames.length, 0);
  sim.run(DRAINING);
  for (const { fault, at } of faults.made) tell(`${fault.kind} from ${at.toFixed(1)} ms on`);
  for (const { stream } of flows) tell(`${stream}`);
  for (const host of hosts) for (const report of host.failovers) tell(`host ${host.id}: ${JSON.stringify(report)}`);

  sim.check();
  const kept = flows.map((flow) => checkKept(plan, faults, flow));
  for (const from of hosts) for (const to of hosts) if (from !== to) checkCalm(faults, from, to);
  checkForgotten(hosts);
  waitFor(sim, () => all(sim, plan, hosts), HEALING, 'all links up in the end');
  sim.check();
  return {
    seed: plan.seed,
    simulated: sim.now - begun,
    datagrams: sim.network.carried,
    frames,
    promised: kept.reduce((sum, { promised }) => sum + promised, 0),
    lost: kept.reduce((sum, { lost }) => sum + lost, 0),
    attacks: attacker.attacks,
    rekeys: plan.rekeys.length,
    faults: faults.made.map(({ fault }) => fault.kind),
    gaps: gaps(faults, flows),
  };
}

function build(sim: Sim, plan: Plan): Host[] {
  const hosts = Array.from({ length: plan.hosts }, () => sim.host({ links: plan.links }));
  for (const direction of plan.directions) join(sim, plan, hosts[direction.from]!, hosts[direction.to]!, direction);
  for (const [n, host] of hosts.entries()) {
    host.lateness = plan.lateness[n]!;
    for (const [link, endpoint] of host.endpoints.entries()) {
      endpoint.mtu = plan.mtu[n]![link]!;
      endpoint.rate = plan.rate[n]![link]!;
      // As the daemon has it: see io/send-queue.ts.
      endpoint.queueBytes = Math.max(64 * 1024, Math.min(2 ** 21, 40 * endpoint.rate));
      // What was sealed for one link may have to go over another that is smaller, when that is all there is.
      endpoint.strictMtu = false;
    }
  }
  return hosts;
}

function join(sim: Sim, plan: Plan, from: Host, to: Host, direction: DirectionPlan): void {
  const { interval, hold } = plan;
  const links = direction.paths.map((path, link) => {
    Object.assign(sim.network.path(from.id, to.id, link), path);
    const priority = direction.priorities[link]!;
    const weight = direction.weights[link]!;
    return { settings: { ...DEFAULT_SETTINGS, dynamic: true, interval, hold, priority, weight }, known: true };
  });
  from.peers.push({ host: to, policy: direction.policy, buffer: direction.buffer, links });
}

/** Whether all links are up that don't lose anything. */
function all(sim: Sim, plan: Plan, hosts: readonly Host[]): boolean {
  return plan.directions.every(({ from, to, paths }) => {
    const back = plan.directions.find((other) => other.from === to && other.to === from)!;
    return (
      sim.joined(hosts[from]!, hosts[to]!) &&
      paths.every(({ loss }, link) => loss > 0 || back.paths[link]!.loss > 0 || sim.up(hosts[from]!, hosts[to]!, link))
    );
  });
}

function waitFor(sim: Sim, is: () => boolean, patience: number, what: string): void {
  const end = sim.now + patience;
  while (!is()) {
    assert.ok(sim.now < end, `${what}: not within ${patience} ms`);
    sim.run(STEP);
  }
}

/**
 * What each fault cost the steady streams between the two that it struck, where another link was sound all the time,
 * and no host was stopped meanwhile but by the fault itself.
 */
function gaps(faults: Faults, flows: readonly Flow[]): Gap[] {
  const found: Gap[] = [];
  for (const { fault, at } of faults.made) {
    const until = at + Math.max(fault.lasts, 500);
    const stopped = faults.made.some(
      (other) => other.fault !== fault && other.fault.kind === 'stopped' && other.at < until && other.at + 800 > at,
    );
    if (stopped) continue;
    for (const { from, to, stream, direction } of flows) {
      const ends = [fault.host + 1, fault.other + 1];
      if (!ends.includes(from.id) || !ends.includes(to.id) || stream.every > 2) continue;
      const sound = direction.paths.some((_, link) => faults.sound(from, to, link, at - 100, until + 500));
      if (!sound) continue;
      found.push({ policy: direction.policy, kind: fault.kind, gap: stream.longestGap(at, until) });
    }
  }
  return found;
}
