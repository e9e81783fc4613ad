/** A link of host 1 is cut silently and repaired: which alerts Prometheus has then, and when. */
import type { Cuts } from './cuts.js';
import type { Network } from './network.js';
import { type Alert, metricsEndpoint, type Prometheus } from './prometheus-server.js';

export const CUT = { host: 1, link: 0 };
/** Longer than the longest `for` of an alert that is awaited, with scrapes and evaluations, on a slow machine. */
const PATIENCE_MS = 120_000;

/** Of one alert, all of its series taken together; seconds since the cut, and since the repair. */
export interface AlertRow {
  readonly alert: string;
  readonly series: number;
  pending: number | null;
  firing: number | null;
  resolved: number | null;
}

/**
 * Cuts, waits until all alerts of it fire, repairs, waits until all are silent.
 * @throws Error when one does not come, or one that has nothing to do with it does
 */
export async function cutAndRepair(prometheus: Prometheus, cuts: Cuts, network: Network): Promise<AlertRow[]> {
  const host = network.host(CUT.host);
  const wanted = expected(network);
  const rows = [...wanted].map(([alert, series]): AlertRow => {
    return { alert, series: series.size, pending: null, firing: null, resolved: null };
  });
  const cutAt = performance.now();
  cuts.silentDrop(host, CUT.link, 'both');
  const fire = async (): Promise<boolean> => {
    const alerts = await prometheus.alerts();
    const seconds = (performance.now() - cutAt) / 1000;
    const odd = alerts.find((each) => wanted.get(each.labels.alertname ?? '')?.has(seriesOf(each)) !== true);
    if (odd !== undefined) throw new Error(`an alert that should be silent: ${JSON.stringify(odd.labels)}`);
    for (const row of rows) {
      const states = alerts.filter(({ labels }) => labels.alertname === row.alert).map(({ state }) => state);
      if (states.length < row.series) continue;
      row.pending ??= seconds;
      if (!states.includes('pending')) row.firing ??= seconds;
    }
    return rows.every(({ firing }) => firing !== null);
  };
  await prometheus.waitFor([...wanted.keys()].join(' and '), fire, PATIENCE_MS);
  const repairedAt = performance.now();
  cuts.restore(host, CUT.link, 'both');
  const silent = async (): Promise<boolean> => {
    const active = new Set((await prometheus.alerts()).map(({ labels }) => labels.alertname));
    for (const row of rows.filter(({ alert }) => !active.has(alert))) {
      row.resolved ??= (performance.now() - repairedAt) / 1000;
    }
    return active.size === 0;
  };
  await prometheus.waitFor('the alerts to be resolved', silent, PATIENCE_MS);
  return rows;
}

/** The series of each alert. The cut is seen at both ends of each path, and both have one link left to the other. */
function expected(network: Network): Map<string, Set<string>> {
  const host = network.host(CUT.host);
  const peers = network.mesh.hosts.filter((peer) => peer !== host);
  const ends = peers.flatMap((peer) => [
    `${metricsEndpoint(host)} ${peer.name}`,
    `${metricsEndpoint(peer)} ${host.name}`,
  ]);
  return new Map([
    ['SennitLinkDown', new Set(ends.map((end) => `${end} ${CUT.link}`))],
    ['SennitRedundancyLost', new Set(ends)],
  ]);
}

function seriesOf({ labels }: Alert): string {
  return [labels.instance, labels.peer, labels.link].filter((label) => label !== undefined).join(' ');
}
