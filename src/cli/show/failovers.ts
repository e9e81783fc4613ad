/** `show failovers`, and what `test failover` found. */
import type { DrillResult, FailoverEntry } from '../../control/failover.js';
import { duration, short } from './quantity.js';
import { ordered, table } from './table.js';

const KEYS = [
  'time',
  'peer',
  'link',
  'verdict',
  'cause',
  'doubt',
  'suspectMs',
  'decideMs',
  'resent',
  'lost',
  'backMs',
  'drill',
] as const;

const ENDS: Readonly<Record<DrillResult['end'], string>> = {
  time: '',
  loss: ', put back at the first datagram that was lost',
  alone: ', put back early: no other link of the peer was up any more',
  changed: ', ended early: the link was taken away',
  shell: ', ended early: the shell was gone',
  closing: ', ended early: the daemon ends',
};

/** Of one peer or of all, newest last. */
export function failoversData(failovers: readonly FailoverEntry[], peer: string | null): FailoverEntry[] {
  return failovers.filter((one) => peer === null || one.peer === peer).map((one) => ordered(one, KEYS));
}

export function failoversText(failovers: readonly FailoverEntry[]): string {
  if (failovers.length === 0) return 'No link has failed.';
  const rows = table<FailoverEntry>(
    [
      // Month to second, UTC.
      { title: 'Time (UTC)', cell: ({ time }) => `${time.slice(5, 10)} ${time.slice(11, 19)}` },
      { title: 'Peer', cell: ({ peer }) => peer, least: 8 },
      { title: 'Link', cell: ({ link }) => link, align: 'right' },
      { title: 'Cause', cell: ({ cause, doubt, drill }) => `${cause ?? doubt ?? '-'}${drill ? '*' : ''}`, least: 6 },
      { title: 'Doubt', cell: ({ suspectMs }) => (suspectMs === null ? null : duration(suspectMs)), align: 'right' },
      {
        title: 'Down',
        cell: ({ verdict, decideMs }) => (verdict === 'down' ? duration(decideMs) : null),
        align: 'right',
      },
      { title: 'Again', cell: ({ resent }) => short(resent), align: 'right' },
      { title: 'Lost', cell: ({ lost }) => (lost === null ? null : short(lost)), align: 'right' },
      { title: 'Back', cell: backOf, align: 'right' },
    ],
    failovers,
  );
  return failovers.some(({ drill }) => drill) ? `${rows}\n* by 'test failover'` : rows;
}

function backOf({ verdict, backMs }: FailoverEntry): string {
  if (verdict === 'cleared') return 'cleared';
  return backMs === null ? 'down' : duration(backMs);
}

export function drillText(result: DrillResult): string {
  const { peer, link, end, mutedMs, frames, failover, back, verdict } = result;
  const lines = [
    `link ${link} of peer ${peer} was silent for ${duration(mutedMs)}${ENDS[end]}; ${frames} frames went to the peer`,
  ];
  if (failover !== null) lines.push(failoversText([failover]));
  if (!back && end !== 'changed') lines.push(`the link is not up again yet: see 'show links peer ${peer}'`);
  lines.push(verdict);
  return lines.join('\n');
}
