/**
 * Which links carry the next run of datagrams to a peer.
 *
 * - passive: the link of highest priority; among equals the lowest id.
 * - active: all of them.
 * - round-robin: the one that has carried least for its weight, so runs alternate in proportion.
 */
import { LINKS } from '../limits.js';
import type { Link } from './link.js';
import type { Policy } from './policy.js';

/** A link that was idle or down may catch up on this many bytes times weight, not more. */
const MAX_ARREARS = 256 * 1024;

/** Bit mask of the links chosen out of `candidates` (a mask), 0 when there are none. */
// HOT PATH
export function choose(policy: Policy, links: readonly (Link | null)[], candidates: number): number {
  if (policy === 'active' || (candidates & (candidates - 1)) === 0) return candidates;
  let best: Link | null = null;
  let most = 0;
  for (let id = 0; id < LINKS; id++) {
    const link = links[id]!;
    if (link === null || (candidates & (1 << id)) === 0) continue;
    if (link.turn > most) most = link.turn;
    if (
      best === null ||
      (policy === 'passive' ? link.settings.priority > best.settings.priority : link.turn < best.turn)
    ) {
      best = link;
    }
  }
  if (best === null) return 0;
  if (best.turn < most - MAX_ARREARS) best.turn = most - MAX_ARREARS;
  return 1 << best.id;
}

/** Books `bytes` that went over the links of `mask`. */
// HOT PATH
export function book(links: readonly (Link | null)[], mask: number, bytes: number): void {
  for (let id = 0; id < LINKS; id++) {
    const link = links[id]!;
    if (link !== null && (mask & (1 << id)) !== 0) link.turn += bytes / link.settings.weight;
  }
}
