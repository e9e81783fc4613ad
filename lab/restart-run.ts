/**
 * What `npm run restart` measures: two hosts with two links, traffic both ways, and the daemon of one of them restarted in
 * its midst, again and again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './bench-rows.js';
import { Lab } from './namespaces.js';
import { Network, TAP, tunnelAddress } from './network.js';
import { pingFlood } from './ping.js';
import { type FlowReport, Probe } from './probe.js';
import { type Restarted, Supervisor } from './supervisor.js';
import { deviceDrops, type Host, makeMesh } from './topology.js';

/** The interface goes with the daemon; the kernel keeps it; the service manager holds it open besides. */
export const KEPT = ['no', 'persistent', 'held'] as const;
export type Kept = (typeof KEPT)[number];

const BEFORE_MS = 400;
const AFTER_MS = 1500;
const WARM_UP_MS = 1000;
const PING_INTERVAL_MS = 1;

export interface RestartOptions {
  kept: readonly Kept[];
  /** Frames a second each way. */
  rate: number;
  repeat: number;
  /** SIGKILL instead of SIGTERM. */
  crash: boolean;
}

/** Numbers of several restarts are medians, but what was lost is the sum. */
export interface RestartRow {
  kept: Kept;
  restarts: number;
  /** Milliseconds until the old process had ended, and the new one was ready. */
  endedMs: number;
  readyMs: number;
  /** Toward the host that is restarted, and from it. */
  toSent: number;
  toLost: number;
  toGapMs: number;
  fromSent: number;
  fromLost: number;
  fromGapMs: number;
  /** Of those lost from it, the ones for which its interface had no room, or that found none. */
  fromUnsent: number;
  duplicated: number;
  reordered: number;
  /** A ping every millisecond from the other host. */
  pings: number;
  pingsLost: number;
}

interface Once extends Restarted {
  to: FlowReport;
  from: FlowReport;
  dropped: number;
}

export async function runRestarts(options: RestartOptions, tell: (text: string) => void): Promise<RestartRow[]> {
  const rows: RestartRow[] = [];
  for (const kept of options.kept) {
    tell(`interface kept: ${kept}`);
    rows.push(await measure(kept, options));
  }
  return rows;
}

async function measure(kept: Kept, { rate, repeat, crash }: RestartOptions): Promise<RestartRow> {
  const lab = new Lab();
  try {
    const mesh = makeMesh(lab, { hosts: 2, links: 2 });
    const network = new Network(lab, mesh, { persistent: kept !== 'no' });
    const supervisor = new Supervisor(lab, network.daemon(1), kept === 'held');
    await network.start();
    const probe = await Probe.start(
      lab,
      mesh.hosts.map((host) => ({ ...host, address: tunnelAddress(host.id) })),
      { rate },
    );
    await probe.begin();
    await sleep(WARM_UP_MS);
    await probe.end();
    const floods: Once[] = [];
    for (let n = 0; n < repeat; n++) {
      floods.push(await once(network.host(1), probe, () => supervisor.restart(crash)));
      await network.waitLinksUp();
    }
    const restarted = supervisor.restart.bind(supervisor, crash);
    const ping = await pinged(lab, network, restarted);
    return { ...summed(kept, floods), pings: ping.sent, pingsLost: ping.lost };
  } finally {
    lab.close();
  }
}

async function once(host: Host, probe: Probe, restart: () => Promise<Restarted>): Promise<Once> {
  const before = drops(host);
  await probe.begin();
  await sleep(BEFORE_MS);
  const restarted = await restart();
  await sleep(AFTER_MS);
  const flows = await probe.end(() => false);
  const flow = (from: number): FlowReport => flows.find((each) => each.from === from) as FlowReport;
  // The counters of an interface that was made anew begin anew.
  return { ...restarted, to: flow(2), from: flow(1), dropped: Math.max(0, drops(host) - before) };
}

function drops(host: Host): number {
  return deviceDrops(host, TAP);
}

function pinged(lab: Lab, network: Network, restart: () => Promise<unknown>) {
  const over = async (): Promise<void> => {
    await sleep(BEFORE_MS);
    await restart();
    await sleep(AFTER_MS);
  };
  const namespace = network.host(2).namespace;
  return pingFlood(lab, namespace, tunnelAddress(1), { count: over(), intervalMs: PING_INTERVAL_MS, patienceMs: 3000 });
}

function summed(kept: Kept, runs: Once[]): Omit<RestartRow, 'pings' | 'pingsLost'> {
  const sum = (of: (run: Once) => number): number => runs.reduce((all, run) => all + of(run), 0);
  const middle = (of: (run: Once) => number): number => Math.round(median(runs.map(of)));
  return {
    kept,
    restarts: runs.length,
    endedMs: middle((run) => run.endedMs),
    readyMs: middle((run) => run.readyMs),
    toSent: sum((run) => run.to.sent),
    toLost: sum((run) => run.to.lost),
    toGapMs: middle((run) => run.to.gapMs),
    fromSent: sum((run) => run.from.sent),
    fromLost: sum((run) => run.from.lost),
    fromGapMs: middle((run) => run.from.gapMs),
    fromUnsent: sum((run) => run.dropped),
    duplicated: sum((run) => run.to.duplicated + run.from.duplicated),
    reordered: sum((run) => run.to.reordered + run.from.reordered),
  };
}
