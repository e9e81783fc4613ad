/** `show links`. */
import type { LinkStatus } from '../../control/engine.js';
import { type Kinds, namesOf } from './kinds.js';
import { duration, milliseconds, percent, short } from './quantity.js';
import { fields, ordered, table } from './table.js';

export const LINK_KINDS: Kinds<LinkStatus> = {
  peer: 'state',
  link: 'state',
  description: 'state',
  state: 'state',
  sinceMs: 'state',
  lastDownCause: 'state',
  downs: 'count',
  suspicions: 'count',
  vetoes: 'count',
  failovers: 'count',
  rttMs: 'state',
  jitterMs: 'state',
  lossTx: 'state',
  lossRx: 'state',
  localAddress: 'state',
  remoteAddress: 'state',
  txDatagrams: 'count',
  txBytes: 'count',
  rxDatagrams: 'count',
  rxBytes: 'count',
  sendErrors: 'count',
  queueDrops: 'count',
  pathMtu: 'state',
  pathMtuState: 'state',
  pathProbes: 'count',
  pathProbesAnswered: 'count',
  blackHoles: 'count',
  priority: 'state',
  weight: 'state',
  capacityMbps: 'state',
  share: 'state',
  longer: 'state',
  intervalMs: 'state',
  holdMs: 'state',
};
const KEYS = namesOf(LINK_KINDS);

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
      { title: 'Peer', cell: (link) => link.peer, least: 10 },
      { title: 'Link', cell: (link) => link.link, align: 'right' },
      { title: 'State', cell: (link) => link.state },
      { title: 'Since', cell: (link) => duration(link.sinceMs), align: 'right' },
      { title: 'RTT ms', cell: (link) => milliseconds(link.rttMs), align: 'right' },
      { title: 'Jitter', cell: (link) => milliseconds(link.jitterMs), align: 'right' },
      { title: 'Loss', cell: lossOf, align: 'right' },
      { title: 'Downs', cell: (link) => short(link.downs), align: 'right' },
      { title: 'Remote', cell: (link) => link.remoteAddress, least: 8 },
    ],
    links,
  );
}

/** Everything about each link, one under the other. */
export function linksDetail(links: readonly LinkStatus[]): string {
  if (links.length === 0) return 'No links are configured.';
  return links.map((link) => `Link ${link.link} of peer ${link.peer}\n${fields(detailsOf(link), '  ')}`).join('\n\n');
}

function pathOf({ pathMtu, pathMtuState, blackHoles }: LinkStatus): string | null {
  if (pathMtu === null) return null;
  return `${pathMtu} bytes, ${pathMtuState}${blackHoles === 0 ? '' : `; ${blackHoles} times a black hole`}`;
}

function detailsOf(link: LinkStatus): [string, string | number | null][] {
  const { rttMs, jitterMs, lossTx, lossRx } = link;
  const down = link.lastDownCause === null ? '' : `, last by ${link.lastDownCause}`;
  return [
    ['Description', link.description],
    ['State', `${link.state} for ${duration(link.sinceMs)}`],
    ['Went down', `${link.downs} times${down}; ${link.failovers} failovers`],
    ['Suspected', `${link.suspicions} times; ${link.vetoes} times excused, for this host was late itself`],
    ['Round trip', rttMs === null ? null : `${milliseconds(rttMs)} ms, jitter ${milliseconds(jitterMs)} ms`],
    ['Loss', `${percent(lossTx) ?? '-'} to the peer, ${percent(lossRx) ?? '-'} from it`],
    ['Local', link.localAddress],
    ['Remote', link.remoteAddress],
    ['Path MTU', pathOf(link)],
    ['Sent', `${link.txDatagrams} datagrams, ${link.txBytes} bytes`],
    ['Not sent', `${link.sendErrors} errors, ${link.queueDrops} found no room`],
    ['Received', `${link.rxDatagrams} datagrams, ${link.rxBytes} bytes`],
    ['Choice', choiceOf(link)],
    ['Capacity', link.capacityMbps === null ? null : `${link.capacityMbps.toFixed(1)} Mbit/s`],
    ['Timers', `ping every ${link.intervalMs} ms, down after ${link.holdMs} ms`],
  ];
}

function choiceOf({ priority, weight, share, longer }: LinkStatus): string {
  const late = longer ? '; much longer than another' : '';
  return `priority ${priority}, weight ${weight}, share ${percent(share) ?? '-'}${late}`;
}

function lossOf({ lossTx, lossRx }: LinkStatus): string | null {
  return lossTx === null && lossRx === null ? null : `${percent(lossTx) ?? '-'}/${percent(lossRx) ?? '-'}`;
}
