/** The last failovers, in memory: they outlive a shell, not the daemon. */
import type { FailoverEntry } from '../control/failover.js';
import type { FailoverReport } from '../core/failover/failovers.js';
import { LINKS } from '../core/limits.js';

/** Failovers that are kept. */
export const KEPT = 1000;

interface Row {
  readonly entry: FailoverEntry;
  /** Peer and link as the lane numbers them, and when it was decided by its clock. */
  readonly place: number;
  readonly decidedAt: number;
}

export class FailoverLedger {
  /** Oldest first; bounded by KEPT. */
  private readonly rows: Row[] = [];
  /** When each link came up last, by the lane's clock; bounded by the number of links. */
  private readonly upAt = new Map<number, number>();
  /** The link of the drill that goes on, or -1. */
  private drilled = -1;

  constructor(private readonly nameOf: (peer: number) => string) {}

  /** A failover is over. `clock`: the wall clock minus the lane's, milliseconds. */
  add(report: FailoverReport, clock: number): void {
    const { peer, link, doubt, cause, suspectMs, decideMs, decidedAt, resent, lost, kept } = report;
    const place = peer * LINKS + link;
    const down = cause !== 'none';
    const upAt = this.upAt.get(place) ?? Number.NEGATIVE_INFINITY;
    const entry: FailoverEntry = {
      time: new Date(clock + decidedAt).toISOString(),
      peer: this.nameOf(peer),
      link,
      verdict: down ? 'down' : 'cleared',
      cause: down ? cause : null,
      doubt,
      suspectMs: doubt === null ? null : Math.round(suspectMs),
      decideMs: Math.round(decideMs),
      resent,
      lost: kept ? lost : null,
      // What was to be sent again may have taken longer than the link was down.
      backMs: down && upAt >= decidedAt ? Math.round(upAt - decidedAt) : null,
      drill: place === this.drilled,
    };
    this.rows.push({ entry, place, decidedAt });
    if (this.rows.length > KEPT) this.rows.shift();
  }

  /** A link is up, since `now` by the lane's clock. */
  up(peer: number, link: number, now: number): void {
    const place = peer * LINKS + link;
    this.upAt.set(place, now);
    const row = this.rows.findLast((each) => each.place === place && each.entry.verdict === 'down');
    // The place may be another peer's by now.
    if (row === undefined || row.entry.backMs !== null || row.entry.peer !== this.nameOf(peer)) return;
    row.entry.backMs = Math.max(0, Math.round(now - row.decidedAt));
  }

  /** Failovers of this link are a drill's from now on; null: of none. */
  drill(at: { peer: number; link: number } | null): void {
    this.drilled = at === null ? -1 : at.peer * LINKS + at.link;
  }

  /** The last failover of a link that was decided after `since` (the lane's clock): one that went down, if any did. */
  last(peer: number, link: number, since: number): FailoverEntry | null {
    const place = peer * LINKS + link;
    const found = this.rows.filter((row) => row.place === place && row.decidedAt >= since);
    const row = found.findLast(({ entry }) => entry.verdict === 'down') ?? found.at(-1);
    return row === undefined ? null : { ...row.entry };
  }

  /** Newest last. */
  list(): FailoverEntry[] {
    return this.rows.map(({ entry }) => ({ ...entry }));
  }
}
