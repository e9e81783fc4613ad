/** What the log says of a failover. */
import type { FailoverReport } from '../core/failover/failovers.js';
import type { FieldsOf } from '../log/events.js';

export interface FailoverEvent {
  event: 'failover';
  level: 'info' | 'warning';
  fields: FieldsOf<'failover'>;
}

/** One line: a warning where datagrams are lost for good. Times in milliseconds since the link's last sign of life. */
export function failoverEvent(report: FailoverReport, nameOf: (peer: number) => string): FailoverEvent {
  const { peer, link, doubt, cause, suspectMs, decideMs, resent, lost, kept } = report;
  const fields = {
    peer: nameOf(peer),
    link,
    verdict: cause === 'none' ? 'cleared' : 'down',
    cause: cause === 'none' ? (doubt ?? 'none') : cause,
    ...(doubt === null ? {} : { doubt, suspectMs: Math.round(suspectMs) }),
    decideMs: Math.round(decideMs),
    resent,
    ...(kept ? { lost } : {}),
  };
  return { event: 'failover', level: kept && lost > 0 ? 'warning' : 'info', fields };
}
