/** What the command line asks of a daemon to ping a peer over the tunnel's own links, and what it gets: plain data. */
import type { PingOutcome } from '../core/pings.js';

/** Most pings at once, of all shells. */
export const MOST_PINGS = 16;
/** Most of those that may only look, so that admins always find room. */
export const MOST_READER_PINGS = 8;
/** Milliseconds after which an answer is not waited for any more. */
export const PING_PATIENCE_MS = 2000;

export interface PingOptions {
  readonly peer: string;
  /** Null: every link of the peer. */
  readonly link: number | null;
  /** Bytes of each IP packet. */
  readonly size: number;
  /** Nobody on the way may fragment it. */
  readonly df: boolean;
  /** Rounds, each with a packet on every link. */
  readonly count: number;
  readonly intervalMs: number;
  /** Whoever asks may only look. */
  readonly reader: boolean;
}

/** What became of one packet. `lost`: no answer came in time. */
export interface PingReply {
  readonly link: number;
  /** From 1. */
  readonly sequence: number;
  readonly outcome: PingOutcome | 'lost';
  /** Milliseconds; null without an answer. */
  readonly ms: number | null;
  /** Bytes of the largest packet that the local device takes, where one was too large. */
  readonly mtu: number | null;
}

/** Of one link. The shape of `ping … | json`. */
export interface PingTotal {
  link: number;
  sent: number;
  received: number;
  minMs: number | null;
  avgMs: number | null;
  maxMs: number | null;
}

export interface Ping {
  /** The links that are pinged. */
  readonly links: readonly number[];
  /** What has become of packets since, empty when nothing did for a while; null: it has ended. */
  next(): Promise<PingReply[] | null>;
  /** Sends nothing more, and waits no more for answers. */
  stop(): void;
  totals(): PingTotal[];
}
