/**
 * What happens in one trial, drawn from its seed: hosts and how they are joined, what is sent, and what is done to
 * them. All of it is data, so that a trial can be told of, and run again by its number.
 */
import type { Policy } from '../../../src/core/link/policy.js';
import { Random } from '../random.js';
import { FAULT_KINDS, type FaultKind, LINKS_OF } from './kinds.js';

/** One direction of a pair of hosts. */
export interface DirectionPlan {
  from: number;
  to: number;
  policy: Policy;
  /** Bytes that are kept to be sent again. */
  buffer: number;
  /** By link. */
  priorities: number[];
  weights: number[];
  paths: PathPlan[];
}

/** One direction of one link of a pair. */
export interface PathPlan {
  delay: number;
  jitter: number;
  loss: number;
  duplicates: number;
  /** Larger datagrams don't come through: any, or only those that nobody may fragment. */
  largest: number;
  whole: number;
}

export interface StreamPlan {
  from: number;
  to: number;
  /** Milliseconds from frame to frame, and bytes. */
  every: number;
  size: number;
}

export interface FaultPlan {
  kind: FaultKind;
  /** Milliseconds after the traffic has begun, and for how long. */
  at: number;
  lasts: number;
  /** The host that it happens to, and the other end of the pair. */
  host: number;
  other: number;
  links: number[];
}

export interface Plan {
  seed: number;
  hosts: number;
  links: number;
  interval: number;
  hold: number;
  /** MTU of each host's device for each link, and bytes that it sends in a millisecond. */
  mtu: number[][];
  rate: number[][];
  /** Up to so many milliseconds do timers come late, by host. */
  lateness: number[];
  directions: DirectionPlan[];
  streams: StreamPlan[];
  faults: FaultPlan[];
  /** New keys, at which moment of the traffic, made by which host with which. */
  rekeys: { at: number; host: number; other: number }[];
  /** Of what is on its way such a share is played again, or forged. */
  attack: number;
  /** Milliseconds of traffic. */
  duration: number;
}

/** Milliseconds of traffic before the first fault, and between two. */
const BEFORE = 120;
const PAUSES = [0, 40, 250, 900];
const MBIT = 125; // bytes in a millisecond
const SLOW = 20 * MBIT;
const WIDE = 65_535;
/** Handshakes of 1336 bytes must get through, in pieces or whole. */
const PASSES = [1472, 1372];
const KIB = 1024;
const MANY_PATHS = 8;
const SLOW_TIMERS = [
  [100, 500],
  [200, 1000],
] as const;
const FAST_TIMERS = [
  [20, 100],
  [50, 300],
] as const;

export function draw(seed: number): Plan {
  // Twice through the mixer: the sequences of neighbouring seeds have nothing in common.
  const random = new Random(new Random(seed).word());
  const hosts = random.pick([2, 2, 2, 2, 3, 3, 4]);
  const links = random.pick([1, 2, 2, 2, 2, 3, 3, 3, 4, 5, 6, 8]);
  // Fast heartbeats on many links would take all the time.
  const timers = hosts * (hosts - 1) * links > MANY_PATHS ? SLOW_TIMERS : [...SLOW_TIMERS, ...FAST_TIMERS];
  const [interval, hold] = random.pick(timers);
  const nearness = random.pick([1, 5, 20, 60]);
  const lossy = random.chance(0.4);
  const narrow = random.chance(0.3);
  const slow = random.chance(0.2);
  const jittery = random.chance(0.4);
  const each = <T>(make: () => T): T[] => Array.from({ length: links }, make);
  const hostwise = <T>(make: () => T): T[][] => Array.from({ length: hosts }, () => each(make));
  const directions: DirectionPlan[] = [];
  for (let from = 0; from < hosts; from++) {
    for (let to = 0; to < hosts; to++) {
      if (from === to) continue;
      directions.push({
        from,
        to,
        policy: random.pick(['passive', 'active', 'round-robin'] as const),
        buffer: random.chance(0.1) ? random.pick([0, 256 * KIB]) : 16 * KIB * KIB,
        priorities: each(() => random.pick([100, 100, 50, 200])),
        weights: each(() => random.pick([1, 1, 1, 2, 10])),
        paths: each(() => ({
          delay: random.between(0.2, nearness),
          jitter: jittery ? random.pick([0, 2, 15]) : 0,
          loss: lossy && random.chance(0.6) ? random.between(0, 0.2) : 0,
          duplicates: random.chance(0.1) ? 0.1 : 0,
          largest: narrow && random.chance(0.5) ? random.pick(PASSES) : WIDE,
          whole: narrow && random.chance(0.3) ? random.pick([1372, 1252]) : WIDE,
        })),
      });
    }
  }
  const faults = drawFaults(random, hosts, links, hold);
  const duration = Math.max(BEFORE, ...faults.map(({ at, lasts }) => at + lasts)) + 400;
  return {
    seed,
    hosts,
    links,
    interval,
    hold,
    mtu: hostwise(() => random.pick([1500, 1500, 1500, 1400, 9000])),
    rate: hostwise(() => random.pick(slow ? [SLOW] : [Number.POSITIVE_INFINITY, 1000 * MBIT, 100 * MBIT])),
    lateness: Array.from({ length: hosts }, () => random.pick([0, 0, 0, 5])),
    directions,
    streams: drawStreams(random, hosts, faults, slow),
    faults,
    rekeys: Array.from({ length: random.pick([0, 0, 1, 2, 3]) }, () => {
      const host = random.int(0, hosts - 1);
      return { at: random.between(0, duration), host, other: otherThan(random, host, hosts) };
    }),
    attack: random.pick([0, 0.01, 0.03]),
    duration,
  };
}

/** About half of what a slow device sends, at most. A busy stream each way between two hosts that something happens to, and a thin one of larger frames elsewhere. */
function drawStreams(random: Random, hosts: number, faults: readonly FaultPlan[], slow: boolean): StreamPlan[] {
  const host = faults[0]?.host ?? 0;
  const other = faults[0]?.other ?? 1;
  const from = random.int(0, hosts - 1);
  return [
    { from: host, to: other, every: slow ? 2 : random.pick([0.5, 1, 2]), size: random.pick([60, 100, 300, 1300]) },
    { from: other, to: host, every: random.pick([1, 2]), size: random.pick([60, 300]) },
    {
      from,
      to: otherThan(random, from, hosts),
      every: slow ? 20 : random.pick([5, 20]),
      size: random.pick([1400, 4000, 9000]),
    },
  ];
}

function drawFaults(random: Random, hosts: number, links: number, hold: number): FaultPlan[] {
  const kinds = FAULT_KINDS.filter((kind) => LINKS_OF[kind] <= links);
  const faults: FaultPlan[] = [];
  let at = BEFORE + random.between(0, 100);
  const host = random.int(0, hosts - 1);
  for (let n = random.pick([1, 1, 2, 2, 3]); n > 0; n--) {
    const kind = random.pick(kinds);
    const lasts = kind === 'stopped' ? Math.min(300, hold * 0.6) : random.pick([30, 150, 400, 800, 1200]);
    // The first host here and in the next one is the same: what happens soon after happens where it hurts.
    const other = otherThan(random, host, hosts);
    const first = random.int(0, links - 1);
    const many = kind === 'two at once' ? 2 : 1;
    const struck = Array.from({ length: many }, (_, i) => (first + i) % links);
    faults.push({ kind, at, lasts, host: random.chance(0.5) ? host : other, other: host, links: struck });
    const fault = faults.at(-1)!;
    if (fault.host === host) fault.other = other;
    at += random.chance(0.4) ? random.between(0, lasts) : lasts + random.pick(PAUSES);
  }
  return faults;
}

function otherThan(random: Random, host: number, hosts: number): number {
  return (host + random.int(1, hosts - 1)) % hosts;
}
