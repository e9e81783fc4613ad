/** The daemon at one moment, for what shows it live: plain data. */
import type { InterfaceStatus, LinkStatus, PeerStatus } from './engine.js';
import type { FailoverEntry } from './failover.js';

/** What the status page shows. */
export interface Moment {
  /** When it was made, RFC 3339 in UTC. */
  readonly time: string;
  readonly hostname: string;
  /** Of the daemon: another one counts from zero. */
  readonly pid: number;
  readonly uptimeSeconds: number;
  /** Milliseconds by the daemon's clock, which runs evenly: for rates. */
  readonly at: number;
  readonly interface: InterfaceStatus | null;
  readonly peers: readonly PeerStatus[];
  readonly links: readonly LinkStatus[];
  /** The newest, newest last. */
  readonly failovers: readonly FailoverEntry[];
}

/** What the live screen of a shell shows. */
export interface Snapshot extends Moment {
  /** The newest lines of the log, newest last. */
  readonly log: readonly string[];
}

/** Most failovers and lines of the log in a snapshot: more fit no screen. */
export const SNAPSHOT_ROWS = 50;
