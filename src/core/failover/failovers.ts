/**
 * What is told of failovers: from the first doubt about a link, or its end, until it is decided and everything
 * was sent again that had to be. Bounded by the number of links.
 */
import { LINKS } from '../limits.js';
import type { Cause } from '../link/health.js';
import type { Doubt } from '../link/suspicion.js';

export interface FailoverReport {
  peer: number;
  link: number;
  /** When it was over, by the lane's clock. */
  at: number;
  /** When it was decided, by the lane's clock. */
  decidedAt: number;
  /** What raised the doubt; null: the link went down without one. */
  doubt: Doubt | null;
  /** Why the link went down; `none`: it did not, the doubt was taken back. */
  cause: Cause;
  /** Milliseconds from the link's last sign of life to the doubt, and to the decision; 0 where a local sign came first. */
  suspectMs: number;
  decideMs: number;
  /** Datagrams that were sent again over other links, and those that could not be. */
  resent: number;
  lost: number;
  /** What is sent to the peer is kept until it is acknowledged; where not, nothing is known of what is lost. */
  kept: boolean;
}

interface Open extends Omit<FailoverReport, 'at' | 'kept'> {
  lifeAt: number;
  decided: boolean;
}

export class Failovers {
  private readonly open = new Map<number, Open>();

  constructor(private readonly tell: (report: FailoverReport) => void) {}

  suspected(peer: number, link: number, doubt: Doubt, lifeAt: number, now: number): void {
    const failover = this.of(peer, link, lifeAt);
    if (failover.doubt !== null) return;
    failover.doubt = doubt;
    failover.suspectMs = now - lifeAt;
  }

  decided(peer: number, link: number, cause: Cause, lifeAt: number, now: number): void {
    const failover = this.of(peer, link, lifeAt);
    failover.cause = cause;
    failover.decided = true;
    failover.decidedAt = now;
    failover.decideMs = failover.doubt !== null || cause === 'silence' ? now - failover.lifeAt : 0;
  }

  /** Whether anything of a peer goes on. */
  any(peer: number): boolean {
    if (this.open.size === 0) return false;
    for (let link = 0; link < LINKS; link++) if (this.open.has(peer * LINKS + link)) return true;
    return false;
  }

  /** Datagrams that had gone over `links` were sent again, or are lost. They count for the first link in question. */
  count(peer: number, links: number, resent: number, lost: number): void {
    let any: Open | undefined;
    for (let link = LINKS - 1; link >= 0; link--) {
      const failover = this.open.get(peer * LINKS + link);
      if (failover !== undefined && (any === undefined || (links & (1 << link)) !== 0)) any = failover;
    }
    if (any === undefined) return;
    any.resent += resent;
    any.lost += lost;
  }

  /** Nothing is left to be sent again to a peer: what is decided is over. */
  settle(peer: number, kept: boolean, now: number): void {
    if (this.open.size === 0) return;
    for (let link = 0; link < LINKS; link++) {
      const failover = this.open.get(peer * LINKS + link);
      if (!failover?.decided) continue;
      this.open.delete(peer * LINKS + link);
      const { lifeAt, decided, ...report } = failover;
      if (report.cause !== 'none' || report.resent + report.lost > 0) this.tell({ ...report, kept, at: now });
    }
  }

  forget(peer: number): void {
    for (let link = 0; link < LINKS; link++) this.open.delete(peer * LINKS + link);
  }

  private of(peer: number, link: number, lifeAt: number): Open {
    const known = this.open.get(peer * LINKS + link);
    if (known !== undefined && !known.decided) return known;
    const made: Open = {
      peer,
      link,
      doubt: null,
      cause: 'none',
      suspectMs: 0,
      decideMs: 0,
      decidedAt: 0,
      resent: known?.resent ?? 0,
      lost: known?.lost ?? 0,
      lifeAt,
      decided: false,
    };
    this.open.set(peer * LINKS + link, made);
    return made;
  }
}
