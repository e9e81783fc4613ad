/** What `ping peer` prints: a line for each packet as ping(8) has it, and a table at the end. */
import type { Ping, PingOptions, PingReply, PingTotal } from '../../control/ping.js';
import { PING_PATIENCE_MS } from '../../control/ping.js';
import { milliseconds, percent } from './quantity.js';
import { table } from './table.js';

export function pingHead({ peer, size, df, count }: PingOptions, { links }: Ping): string {
  const over = links.length === 1 ? `link ${links[0]}` : `links ${links.join(', ')}`;
  return `PING peer ${peer} over ${over}: ${count} x ${size} bytes${df ? ', not to be fragmented' : ''}`;
}

export function pingLine(reply: PingReply): string {
  return `link ${reply.link} seq ${reply.sequence}: ${outcomeText(reply)}`;
}

function outcomeText({ outcome, ms, mtu }: PingReply): string {
  switch (outcome) {
    case 'answered':
      return `time ${milliseconds(ms)} ms`;
    case 'lost':
      return `no answer within ${PING_PATIENCE_MS / 1000} s`;
    case 'too-large':
      return `too large${mtu === null ? '' : `: at most ${mtu} bytes pass`}`;
    case 'too-small':
      return 'too small: headers and seal alone take more';
    case 'no-session':
      return 'not sent: there is no session with the peer';
    case 'no-way':
      return "not sent: the local link can't be used, or the peer's address is not known";
    case 'not-answering':
      return 'not sent: the peer is too old to answer pings';
  }
}

export function pingText(totals: readonly PingTotal[]): string {
  return table<PingTotal>(
    [
      { title: 'Link', cell: ({ link }) => link, align: 'right' },
      { title: 'Sent', cell: ({ sent }) => sent, align: 'right' },
      { title: 'Answers', cell: ({ received }) => received, align: 'right' },
      { title: 'Loss', cell: ({ sent, received }) => percent(sent === 0 ? null : 1 - received / sent), align: 'right' },
      { title: 'Min ms', cell: ({ minMs }) => milliseconds(minMs), align: 'right' },
      { title: 'Avg ms', cell: ({ avgMs }) => milliseconds(avgMs), align: 'right' },
      { title: 'Max ms', cell: ({ maxMs }) => milliseconds(maxMs), align: 'right' },
    ],
    totals,
  );
}

/** To the microsecond, which is what the clock tells. */
function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000;
}

export function pingData({ peer, size, df }: PingOptions, totals: readonly PingTotal[]): object {
  const links = totals.map(({ link, sent, received, minMs, avgMs, maxMs }) => {
    const lossShare = sent === 0 ? null : 1 - received / sent;
    return { link, sent, received, lossShare, minMs: rounded(minMs), avgMs: rounded(avgMs), maxMs: rounded(maxMs) };
  });
  return { peer, size, df, links };
}
