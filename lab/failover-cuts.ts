/**
 * The cuts of the failover matrix: what each does to link 0 (which carries everything under policy passive), and how it
 * is undone. "Here" is host 1, "out" the way from it to host 2.
 *
 * Nearest to what happens in life: interfaces and carriers go by `ip`, silence is a rule at the switch (`cuts.ts`), and
 * what only a network on the way does to datagrams is done by the relay (`relay.ts`).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cuts } from './cuts.js';
import type { Daemon } from './daemon.js';
import { ipBatch } from './namespaces.js';
import type { Relay } from './relay.js';
import { type Host, type Mesh, portName } from './topology.js';

/** The network that a cut happens to. */
export interface Scene {
  mesh: Mesh;
  here: Host;
  there: Host;
  cuts: Cuts;
  /** There when the cut wants one. */
  relay: Relay | null;
  /** Of host 1. */
  daemon: Daemon;
}

export const CUT_NAMES = [
  'interface down here',
  'interface down there',
  'silent both ways',
  'silent out',
  'silent in',
  'large dropped',
  '50 % loss',
  '+300 ms',
  'nat rebinding',
  'flap',
  'two of three',
  'stopped',
] as const;
export type CutName = (typeof CUT_NAMES)[number];

export interface Cut {
  links: number;
  /** Whether the links lead over the relay. */
  relayed: boolean;
  /** How long it lasts if not as long as others, milliseconds. */
  lasts?: number;
  /** Whether only frames from here have the gap that is judged: those from there learn of the cut in another way. */
  hereOnly?: boolean;
  /** UDP payload of the frames, if not the smallest. */
  size?: number;
  /** Begins it; returns what ends it. */
  make(scene: Scene): Promise<() => Promise<void> | void>;
}

const LINK = 0;
/** Datagrams above this are dropped, bytes of UDP payload; and frames that need more. */
const LARGEST = 1200;
const LARGE_FRAME = 1300;
const STOP_MS = 300;
/** 5 Hz: so long without a carrier, and so long with it. */
const FLAP_HALF_MS = 100;

/** @param flapMs how long the flapping lasts */
export function cutsOf(flapMs: number): Record<CutName, Cut> {
  const direct = { links: 2, relayed: false };
  const relayed = { links: 2, relayed: true };
  return {
    'interface down here': { ...direct, hereOnly: true, make: async ({ cuts, here }) => interfaceDown(cuts, here) },
    'interface down there': { ...direct, make: async ({ cuts, there }) => interfaceDown(cuts, there) },
    'silent both ways': { ...direct, make: async ({ cuts, here }) => silent(cuts, here, 'both', [LINK]) },
    'silent out': { ...direct, make: async ({ cuts, here }) => silent(cuts, here, 'out', [LINK]) },
    'silent in': { ...direct, make: async ({ cuts, here }) => silent(cuts, here, 'in', [LINK]) },
    'large dropped': { ...relayed, size: LARGE_FRAME, make: (scene) => impair(scene, { largest: LARGEST }) },
    '50 % loss': { ...relayed, make: (scene) => impair(scene, { lossPercent: 50 }) },
    '+300 ms': { ...relayed, make: (scene) => impair(scene, { delayMs: 300 }) },
    'nat rebinding': {
      ...relayed,
      make: async ({ relay }) => {
        await relay?.rebind(LINK);
        return () => {};
      },
    },
    flap: { ...direct, hereOnly: true, lasts: flapMs, make: async (scene) => flap(scene) },
    'two of three': {
      links: 3,
      relayed: false,
      make: async ({ cuts, here }) => silent(cuts, here, 'both', [LINK, LINK + 1]),
    },
    stopped: { ...direct, lasts: STOP_MS, make: async ({ daemon }) => stop(daemon) },
  };
}

function interfaceDown(cuts: Cuts, host: Host): () => void {
  cuts.interfaceDown(host, LINK);
  return () => cuts.interfaceUp(host, LINK);
}

function silent(cuts: Cuts, here: Host, direction: 'out' | 'in' | 'both', links: number[]): () => void {
  for (const link of links) cuts.silentDrop(here, link, direction);
  return () => {
    for (const link of links) cuts.restore(here, link, direction);
  };
}

async function impair({ relay }: Scene, impairment: Parameters<Relay['impair']>[1]): Promise<() => Promise<void>> {
  await relay?.impair(LINK, impairment);
  return async () => relay?.impair(LINK, {});
}

/** The carrier goes and comes at the switch's port: a local sign here, silence there. */
function flap({ mesh, here }: Scene): () => Promise<void> {
  const port = portName(here, LINK);
  let on = true;
  const flapping = (async () => {
    while (on) {
      for (const state of ['down', 'up']) {
        ipBatch(mesh.switchNamespace, [`link set ${port} ${state}`]);
        await sleep(FLAP_HALF_MS);
      }
    }
  })();
  return async () => {
    on = false;
    await flapping;
  };
}

function stop(daemon: Daemon): () => void {
  process.kill(daemon.pid, 'SIGSTOP');
  return () => {
    process.kill(daemon.pid, 'SIGCONT');
  };
}
