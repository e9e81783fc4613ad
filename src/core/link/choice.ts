/**
 * Which links carry the next run of datagrams to a peer.
 *
 * - passive: the link of highest priority; among equals the lowest id, but none that has become much longer (lateness.ts).
 * - active: all of them.
 * - round-robin: of those over which it comes first, or hardly later, the one that has carried least for its pull
 *   (spread.ts), so runs alternate in proportion.
 */
import { LINKS, MAX_RUN_BYTES } from '../limits.js';
import type { Link } from './link.js';
import type { Policy } from './policy.js';
import { EQUAL_DELAY } from './spread.js';

/** A link that was idle or down may catch up on this many bytes times pull, not more. */
const MAX_ARREARS = 256 * 1024;
/** Share of what is sent by which a link may lose more than the best, and counts as good. */
const NEARLY = 0.02;
/** Milliseconds that a run takes on its link, at most; bytes that it has room for at least. */
const RUN = 1.5;
const LEAST_RUN = 12_000;

/** Bit mask of the links chosen out of `candidates` (a mask), 0 when there are none. */
// HOT PATH
export function choose(policy: Policy, links: readonly (Link | null)[], candidates: number, now: number): number {
  if (policy === 'active' || (candidates & (candidates - 1)) === 0) return candidates;
  let best: Link | null = null;
  let most = 0;
  const limit = policy === 'passive' ? 0 : first(links, candidates, now) + EQUAL_DELAY;
  for (let id = 0; id < LINKS; id++) {
    const link = links[id]!;
    if (link === null || (candidates & (1 << id)) === 0) continue;
    if (link.turn > most) most = link.turn;
    if (policy === 'round-robin' && link.measured && link.pace.due(now) > limit) continue;
    if (best === null || (policy === 'passive' ? isPreferred(link, best) : link.turn < best.turn)) best = link;
  }
  if (best === null) return 0;
  if (best.turn < most - MAX_ARREARS) best.turn = most - MAX_ARREARS;
  return 1 << best.id;
}

// HOT PATH
function isPreferred(link: Link, to: Link): boolean {
  if (link.settings.priority !== to.settings.priority) return link.settings.priority > to.settings.priority;
  return to.health.lateness.longer && !link.health.lateness.longer;
}

/** When what is sent now comes at the earliest. */
// HOT PATH
function first(links: readonly (Link | null)[], candidates: number, now: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let id = 0; id < LINKS; id++) {
    const link = links[id]!;
    if (link === null || (candidates & (1 << id)) === 0) continue;
    const due = link.pace.due(now);
    if (due < least) least = due;
  }
  return least;
}

/** Those of `candidates` that lose least of what is sent: all that lose nearly as little as the best. */
export function leastLossy(links: readonly (Link | null)[], candidates: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const link of links) if (isOf(link, candidates)) least = Math.min(least, Math.max(0, link.lossTx.loss));
  let mask = 0;
  for (const link of links) if (isOf(link, candidates) && link.lossTx.loss <= least + NEARLY) mask |= 1 << link.id;
  return mask;
}

function isOf(link: Link | null, mask: number): link is Link {
  return link !== null && (mask & (1 << link.id)) !== 0;
}

/** Books `bytes` that go over the links of `mask` now. */
// HOT PATH
export function book(links: readonly (Link | null)[], mask: number, bytes: number, now: number): void {
  for (let id = 0; id < LINKS; id++) {
    const link = links[id]!;
    if (link === null || (mask & (1 << id)) === 0) continue;
    link.turn += bytes / link.pull;
    link.pace.book(bytes, now);
  }
}

/** Puts each link's share of what was sent since the last time into the shared counters. */
export function publishShares(links: readonly (Link | null)[]): void {
  let all = 0;
  for (const link of links) if (link !== null) all += link.pace.sent - link.sharedThen;
  for (const link of links) {
    if (link === null) continue;
    link.publishShare(all === 0 ? -1 : (link.pace.sent - link.sharedThen) / all);
    link.sharedThen = link.pace.sent;
  }
}

/**
 * Bytes that the next run of a peer on the links of `mask` may have, so that others that follow on other links are not
 * late for it. A whole number: a fraction would be boxed for each run.
 */
// HOT PATH
export function runLimit({ policy, links }: { policy: Policy; links: readonly (Link | null)[] }, mask: number): number {
  if (policy !== 'round-robin' || mask === 0) return MAX_RUN_BYTES;
  const capacity = links[31 - Math.clz32(mask)]?.pace.capacity ?? 0;
  return capacity > 0 ? Math.max(LEAST_RUN, Math.min(MAX_RUN_BYTES, capacity * RUN)) | 0 : MAX_RUN_BYTES;
}
