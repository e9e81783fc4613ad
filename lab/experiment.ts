/**
 * One row of the demo's table: traffic between all hosts, one link of host 1 cut and restored in the midst of it, and the
 * count of what became of every datagram.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Policy } from '../src/config/model.js';
import type { Cuts } from './cuts.js';
import type { Lab } from './namespaces.js';
import { type Network, tunnelAddress } from './network.js';
import { type PingReport, pingFlood } from './ping.js';
import type { FlowReport, Probe } from './probe.js';

/** Seen from the sender of the flows that the row counts. */
export const CUTS = ['interface down here', 'interface down there', 'silent both ways', 'silent one way'] as const;
export type Cut = (typeof CUTS)[number] | 'none';

export interface Row {
  policy: Policy;
  cut: Cut;
  /** Datagrams of the flows that cross the cut link in a direction that the cut is about. */
  sent: number;
  lost: number;
  duplicated: number;
  reordered: number;
  /** Longest silence on any of these flows, milliseconds. */
  gapMs: number;
  /** Lost and duplicated on the other flows of the same host, and between the other hosts. */
  reverseLost: number;
  reverseDuplicated: number;
  elsewhereLost: number;
  elsewhereDuplicated: number;
  /** Datagrams that the probe itself, not the network, had no room for; they count as lost too. */
  probeOverrun: number;
  pingSent: number;
  pingLost: number;
  pingDuplicated: number;
  /** Probe datagrams with wrong bytes, on any flow. */
  corrupt: number;
}

/** Milliseconds of traffic before the cut, while the link is cut, and after it is restored. */
export interface Durations {
  beforeMs: number;
  cutMs: number;
  afterMs: number;
}

const USUAL: Durations = { beforeMs: 700, cutMs: 1500, afterMs: 800 };

/** As `ping -f` does by itself when no answer comes: one every 10 ms; with many pairs and links, fewer. */
const SHORTEST_PING_INTERVAL_MS = 10;
/** What all pings together may put on all links in a second. */
const CAREFUL_PING_RATE = 3000;

/** The host whose link is cut, and the link that carries its traffic under policy passive. */
const CUT_HOST = 1;
const CUT_LINK = 0;

export interface Bench {
  lab: Lab;
  network: Network;
  cuts: Cuts;
  probe: Probe;
}

/** Waits until every link is up, and runs the traffic and the cut. */
export async function measure(bench: Bench, policy: Policy, cut: Cut, durations = USUAL): Promise<Row> {
  const { network, probe } = bench;
  await network.waitLinksUp();
  const played = play(bench, cut, durations);
  const pings = floodEveryPair(bench, played);
  await played;
  const flows = await probe.end();
  return evaluate(policy, cut, flows, await pings);
}

async function play(bench: Bench, cut: Cut, { beforeMs, cutMs, afterMs }: Durations): Promise<void> {
  await bench.probe.begin();
  await sleep(beforeMs);
  setCut(bench, cut, true);
  await sleep(cutMs);
  setCut(bench, cut, false);
  await sleep(afterMs);
}

/** What is wrong with a row, in words; null if it is as it must be. */
export function complaint(row: Row): string | null {
  const where = `${row.policy}, ${row.cut}`;
  if (row.lost > 0) return `${where}: lost ${row.lost}`;
  if (row.elsewhereLost > 0)
    return `${where}: lost ${row.elsewhereLost} between hosts that the cut has nothing to do with`;
  const duplicated = row.duplicated + row.reverseDuplicated + row.elsewhereDuplicated;
  if (duplicated > 0) return `${where}: ${duplicated} duplicated`;
  if (row.pingDuplicated > 0) return `${where}: ${row.pingDuplicated} pings duplicated`;
  if (row.corrupt > 0) return `${where}: ${row.corrupt} with wrong bytes`;
  if (row.reverseLost > 0) return `${where}: lost ${row.reverseLost} in the other direction`;
  if (row.pingLost > 0) return `${where}: lost ${row.pingLost} pings`;
  return null;
}

function setCut({ network, cuts }: Bench, cut: Cut, on: boolean): void {
  const host = network.host(CUT_HOST);
  if (cut === 'none') return;
  if (cut === 'silent both ways' || cut === 'silent one way') {
    const direction = cut === 'silent one way' ? 'out' : 'both';
    if (on) cuts.silentDrop(host, CUT_LINK, direction);
    else cuts.restore(host, CUT_LINK, direction);
  } else if (on) cuts.interfaceDown(host, CUT_LINK);
  else cuts.interfaceUp(host, CUT_LINK);
}

function evaluate(policy: Policy, cut: Cut, flows: FlowReport[], pings: PingReport[]): Row {
  const counted = flows.filter((flow) => isCounted(cut, flow));
  const elsewhere = flows.filter((flow) => flow.from !== CUT_HOST && flow.to !== CUT_HOST && !counted.includes(flow));
  const reverse = flows.filter((flow) => !counted.includes(flow) && !elsewhere.includes(flow));
  return {
    policy,
    cut,
    sent: sum(counted, 'sent'),
    lost: sum(counted, 'lost'),
    duplicated: sum(counted, 'duplicated'),
    reordered: sum(counted, 'reordered'),
    gapMs: Math.round(Math.max(...counted.map((flow) => flow.gapMs))),
    reverseLost: sum(reverse, 'lost'),
    reverseDuplicated: sum(reverse, 'duplicated'),
    elsewhereLost: sum(elsewhere, 'lost'),
    elsewhereDuplicated: sum(elsewhere, 'duplicated'),
    probeOverrun: sum(flows, 'overrun'),
    pingSent: sum(pings, 'sent'),
    pingLost: sum(pings, 'lost'),
    pingDuplicated: sum(pings, 'duplicated'),
    corrupt: sum(flows, 'corrupt'),
  };
}

/** The flows that a cut is about: all without a cut, else those that cross host 1's link in the cut direction. */
function isCounted(cut: Cut, flow: FlowReport): boolean {
  if (cut === 'none') return true;
  if (cut === 'silent both ways') return flow.from === CUT_HOST || flow.to === CUT_HOST;
  return cut === 'interface down there' ? flow.to === CUT_HOST : flow.from === CUT_HOST;
}

function floodEveryPair({ lab, network }: Bench, during: Promise<void>): Promise<PingReport[]> {
  const { hosts } = network.mesh;
  const pairs = hosts.flatMap((from) => hosts.filter((to) => to.id > from.id).map((to) => ({ from, to })));
  // Request and answer, on every link where the policy is active.
  const busiest = (pairs.length * 2 * network.mesh.links * 1000) / CAREFUL_PING_RATE;
  const intervalMs = Math.max(SHORTEST_PING_INTERVAL_MS, Math.ceil(busiest));
  return Promise.all(
    pairs.map(({ from, to }) => pingFlood(lab, from.namespace, tunnelAddress(to.id), { count: during, intervalMs })),
  );
}

function sum<Key extends string>(items: Record<Key, number>[], key: Key): number {
  return items.reduce((total, item) => total + item[key], 0);
}
