/** Does to the hosts of a trial what its plan says, and knows which links were sound when. */

import type { Host } from '../host.js';
import type { Conditions } from '../network.js';
import type { Sim } from '../sim.js';
import type { FaultPlan, Plan } from './plan.js';

/** A time during which a link of a pair, or of all pairs of `a` (`b` null), did not carry everything. */
interface Harm {
  a: Host;
  b: Host | null;
  link: number;
  from: number;
  until: number;
}

const FLAP_HALF = 100;
const LARGEST = 1200;
const MORE_DELAY = 300;
const SETTLING = 600;

export class Faults {
  readonly #harms: Harm[] = [];
  readonly #rekeys: { a: Host; b: Host; at: number }[] = [];
  /** The faults that were made, and when each began. Those that would have met another on the same link were not. */
  readonly made: { fault: FaultPlan; at: number }[] = [];

  constructor(
    private readonly sim: Sim,
    private readonly hosts: readonly Host[],
    private readonly plan: Plan,
  ) {}

  /** Whether a link carried everything, both ways and without loss, from one moment to another. */
  sound(a: Host, b: Host, link: number, from: number, until: number): boolean {
    for (const harm of this.#harms) {
      if (harm.link !== link || harm.from >= until || harm.until <= from) continue;
      if (harm.b === null ? harm.a === a || harm.a === b : same(harm, a, b)) return false;
    }
    return !this.#lossy(a, b, link);
  }

  /** Whether a link of a pair was ever harmed, or loses something all the time. */
  untouched(a: Host, b: Host, link: number): boolean {
    return this.sound(a, b, link, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  #lossy(a: Host, b: Host, link: number): boolean {
    return this.plan.directions.some(
      ({ from, to, paths }) =>
        ((this.hosts[from] === a && this.hosts[to] === b) || (this.hosts[from] === b && this.hosts[to] === a)) &&
        paths[link]!.loss > 0,
    );
  }

  /** Has a host make new keys with another. */
  rekey(host: Host, other: Host): void {
    this.#rekeys.push({ a: host, b: other, at: this.sim.now });
    host.control(() => host.machine.rekey(host.indexOf(other), this.sim.now));
  }

  /** How often new keys were asked for between two hosts in a time. */
  rekeys(a: Host, b: Host, from: number, until: number): number {
    return this.#rekeys.filter((rekey) => rekey.at >= from && rekey.at < until && same(rekey, a, b)).length;
  }

  strike(fault: FaultPlan): void {
    const a = this.hosts[fault.host]!;
    const b = this.hosts[fault.other]!;
    const { now } = this.sim;
    // The peer learns a new endpoint from the next ping that reaches it.
    const settles = fault.kind === 'nat rebinding' ? this.plan.interval + SETTLING : 0;
    const until = now + Math.max(fault.lasts, settles);
    const alone = fault.kind === 'interface down' || fault.kind === 'send error' || fault.kind === 'nat rebinding';
    const local = alone || fault.kind === 'flap of the carrier';
    if (fault.kind !== 'stopped') {
      const harms = fault.links.map((link): Harm => ({ a, b: local ? null : b, link, from: now, until }));
      if (harms.some((harm) => this.#meets(harm))) return;
      this.#harms.push(...harms);
    }
    this.made.push({ fault, at: now });
    for (const link of fault.links) this.#strike(fault, a, b, link);
  }

  #strike({ kind, lasts }: FaultPlan, a: Host, b: Host, link: number): void {
    const { sim } = this;
    switch (kind) {
      case 'interface down':
        sim.unplug(a, link);
        return sim.after(lasts, () => sim.plug(a, link));
      case 'send error':
        a.endpoints[link]!.sendError = 'send-error';
        return sim.after(lasts, () => {
          a.endpoints[link]!.sendError = null;
        });
      case 'silent one way':
        return this.#impair([[a, b]], link, lasts, { cut: true });
      case 'large dropped':
        return this.#impair(both(a, b), link, lasts, { largest: LARGEST, whole: LARGEST });
      case '50 % loss':
        return this.#impair(both(a, b), link, lasts, { loss: 0.5 });
      case '+300 ms':
        return this.#delay(both(a, b), link, lasts);
      case 'nat rebinding':
        return sim.rebind(a, link);
      case 'flap':
        return this.#flap(lasts, (half) => this.#impair(both(a, b), link, half, { cut: true }));
      case 'flap of the carrier':
        return this.#flap(lasts, (half) => {
          sim.unplug(a, link);
          sim.after(half, () => sim.plug(a, link));
        });
      case 'stopped':
        return a.stall(lasts);
      default:
        return this.#impair(both(a, b), link, lasts, { cut: true });
    }
  }

  #impair(paths: readonly (readonly [Host, Host])[], link: number, lasts: number, change: Partial<Conditions>): void {
    for (const [from, to] of paths) {
      const path = this.sim.network.path(from.id, to.id, link);
      const before = { ...path };
      Object.assign(path, change);
      this.sim.after(lasts, () => Object.assign(path, before));
    }
  }

  #delay(paths: readonly (readonly [Host, Host])[], link: number, lasts: number): void {
    for (const [from, to] of paths) {
      const { delay } = this.sim.network.path(from.id, to.id, link);
      this.#impair([[from, to]], link, lasts, { delay: delay + MORE_DELAY });
    }
  }

  #flap(lasts: number, down: (half: number) => void): void {
    for (let at = 0; at < lasts; at += 2 * FLAP_HALF) {
      this.sim.after(at, () => down(Math.min(FLAP_HALF, lasts - at)));
    }
  }

  #meets(harm: Harm): boolean {
    return this.#harms.some(
      (other) =>
        other.link === harm.link &&
        other.until + 1 > harm.from &&
        (harm.b === null || other.b === null
          ? [harm.a, harm.b].some((host) => host !== null && (host === other.a || host === other.b))
          : same(other, harm.a, harm.b)),
    );
  }
}

function both(a: Host, b: Host): [Host, Host][] {
  return [
    [a, b],
    [b, a],
  ];
}

function same(pair: { a: Host; b: Host | null }, a: Host, b: Host): boolean {
  return (pair.a === a && pair.b === b) || (pair.a === b && pair.b === a);
}
