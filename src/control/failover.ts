/** What the command line asks of a daemon about failovers, and what it answers: plain data. */

/** One failover, as this host saw it. The shape of `show failovers | json`; docs/failover.md says it for users. */
export interface FailoverEntry {
  /** When it was decided, RFC 3339 in UTC with milliseconds. */
  time: string;
  peer: string;
  link: number;
  /** `cleared`: the link was suspect, something was sent again, and it proved that it carries. */
  verdict: 'down' | 'cleared';
  /** Why the link went down, the words of `lastDownCause`; null when it did not. */
  cause: string | null;
  /** What raised the doubt (late-pong, late-ack, loss); null: it went down without one. */
  doubt: string | null;
  /** Milliseconds from the link's last sign of life to the doubt (null: none) and to the verdict (0: a local sign). */
  suspectMs: number | null;
  decideMs: number;
  /** Datagrams that were sent again over other links. */
  resent: number;
  /** Datagrams lost for good; null: not known, for nothing that is sent to this peer is kept. */
  lost: number | null;
  /** Milliseconds from the verdict until the link was up again; null: it is not, or never went down. */
  backMs: number | null;
  /** It was made by `test failover`. */
  drill: boolean;
}

export interface DrillOptions {
  peer: string;
  link: number;
  seconds: number;
}

/**
 * Why the link was put back: its time was over, a datagram was lost, the shell that asked went away, it was the last
 * one that carried, the configuration took the link away, or the daemon ends.
 */
export type DrillEnd = 'time' | 'loss' | 'shell' | 'alone' | 'changed' | 'closing';

export interface DrillResult {
  peer: string;
  link: number;
  seconds: number;
  end: DrillEnd;
  /** For how long the link was out of use, milliseconds. */
  mutedMs: number;
  /** Frames to the peer meanwhile. */
  frames: number;
  /** Datagrams to the peer that were lost for good; null: not known. */
  lost: number | null;
  /** The link was up again before the drill ended. */
  back: boolean;
  /** What was found, in a sentence. */
  verdict: string;
  /** The row of the ledger; null when the failover was not noticed, or is not over. */
  failover: FailoverEntry | null;
}
