/**
 * What the data path tells when somebody debugs. While nobody does, `LaneState.trace` is null, and all of this costs
 * one look at it: never for a frame, only for heartbeats, changes of links, rounds of sending again, and addresses
 * that are learned or move.
 */

export type TraceTopic = 'links' | 'failover' | 'mtu' | 'switch';

export interface TraceEvent {
  readonly topic: TraceTopic;
  readonly event: string;
  readonly peer: number;
  /** -1: none. */
  readonly link: number;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

export type Trace = (event: TraceEvent) => void;

/** Where something of topic links happened. */
export function ofLink(peer: number, link: number): Pick<TraceEvent, 'peer' | 'link'> & { readonly topic: 'links' } {
  return { topic: 'links', peer, link };
}

/** Milliseconds as they are told: to the microsecond. */
export function told(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
