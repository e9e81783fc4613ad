/** `show links`. */
import type { LinkStatus } from '../../control/engine.js';
import { duration, milliseconds, percent } from './quantity.js';
import { ordered, table } from './table.js';

const KEYS = [
  'peer',
  'link',
  'state',
  'sinceMs',
  'lastDownCause',
  'downs',
  'suspicions',
  'vetoes',
  'failovers',
  'rttMs',
  'jitterMs',
  'lossTx',
  'lossRx',
  'localAddress',
  'remoteAddress',
  'txDatagrams',
  'txBytes',
  'rxDatagrams',
  'rxBytes',
  'sendErrors',
  'queueDrops',
  'pathMtu',
  'pathMtuState',
  'pathProbes',
  'pathProbesAnswered',
  'blackHoles',
  'priority',
  'weight',
  'capacityMbps',
  'share',
  'intervalMs',
  'holdMs',
] as const;

/** Of one peer or of all, sorted by peer and number. */
export function linksData(links: readonly LinkStatus[], peer: string | null): LinkStatus[] {
  return links
    .filter((link) => peer === null || link.peer === peer)
    .sort((a, b) => (a.peer === b.peer ? a.link - b.link : a.peer < b.peer ? -1 : 1))
    .map((link) => ordered(link, KEYS));
}

export function linksText(links: readonly LinkStatus[]): string {
  if (links.length === 0) return 'No links are configured.';
  return table<LinkStatus>(
    [
      { title: 'Peer', cell: (link) => link.peer },
      { title: 'Link', cell: (link) => link.link, align: 'right' },
      { title: 'State', cell: (link) => link.state },
      { title: 'Since', cell: (link) => duration(link.sinceMs), align: 'right' },
      { title: 'RTT ms', cell: (link) => milliseconds(link.rttMs), align: 'right' },
      { title: 'Jitter', cell: (link) => milliseconds(link.jitterMs), align: 'right' },
      { title: 'Loss', cell: lossOf, align: 'right' },
      { title: 'Downs', cell: (link) => link.downs, align: 'right' },
      { title: 'Remote', cell: (link) => link.remoteAddress },
    ],
    links,
  );
}

function lossOf({ lossTx, lossRx }: LinkStatus): string | null {
  return lossTx === null && lossRx === null ? null : `${percent(lossTx) ?? '-'}/${percent(lossRx) ?? '-'}`;
}
