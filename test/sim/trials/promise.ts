/**
 * What must hold in every trial, whatever is done to the links. The words of the promise to users are in
 * docs/failover.md.
 */
import assert from 'node:assert/strict';
import { LINK } from '../../../src/core/counters.js';
import { LINKS } from '../../../src/core/limits.js';
import type { Host } from '../host.js';
import type { SentFrame } from '../ledger.js';
import type { Faults } from './faults.js';
import type { Flow } from './flow.js';
import type { Plan } from './plan.js';

/** Milliseconds after a frame was sent for which a link that is to save it must be sound. */
const SAVING = 1000;

/** Milliseconds by which new keys may come later than they are asked for. */
const REKEYING = 600;

/**
 * Whether a frame may not be lost: a link that its sender held for up carried everything from then on, and the
 * receiver kept its key.
 */
function isPromised(plan: Plan, faults: Faults, flow: Flow, frame: SentFrame, usable: number): boolean {
  const until = frame.at + SAVING + stalls(plan);
  if (faults.rekeys(flow.from, flow.to, frame.at - REKEYING, until) > 1) return false;
  for (let link = 0; link < LINKS; link++) {
    if ((usable & (1 << link)) !== 0 && faults.sound(flow.from, flow.to, link, frame.at, until)) return true;
  }
  return false;
}

function stalls({ faults }: Plan): number {
  return faults.reduce((sum, { kind, lasts }) => sum + (kind === 'stopped' ? lasts : 0), 0);
}

/** Nothing that a promise was given for is lost. Where nothing is kept, none is given but by policy active. */
export function checkKept(plan: Plan, faults: Faults, flow: Flow): { promised: number; lost: number } {
  let promised = 0;
  let lost = 0;
  const broken: SentFrame[] = [];
  for (const [n, frame] of flow.stream.frames.entries()) {
    const arrived = frame.arrivals.has(flow.to.id);
    if (!arrived) lost++;
    if (!flow.safe || !isPromised(plan, faults, flow, frame, flow.usable[n]!)) continue;
    promised++;
    if (!arrived) broken.push(frame);
  }
  // What a host that stood still has to send then may be more at once than a slow device takes.
  const refused = stalls(plan) > 0 ? refusedBy(flow.from, flow.to) : 0;
  if (broken.length > refused) {
    const at = broken.slice(0, 8).map((frame) => frame.at.toFixed(1));
    assert.fail(`kept: ${broken.length} of ${flow.stream} though a link lived, sent at ${at.join(', ')} ms`);
  }
  return { promised, lost };
}

/** Datagrams that full sockets did not take. */
function refusedBy(from: Host, to: Host): number {
  const { counters, peers } = from.lane.state;
  return (peers[from.indexOf(to)]?.links ?? []).reduce(
    (sum, link) => sum + (link === null ? 0 : counters[link.block + LINK.queueDrops]!),
    0,
  );
}

/** A link that nothing was done to never goes down. */
export function checkCalm(faults: Faults, from: Host, to: Host): void {
  const { counters, peers } = from.lane.state;
  for (const link of peers[from.indexOf(to)]?.links ?? []) {
    if (link === null || !faults.untouched(from, to, link.id)) continue;
    assert.equal(counters[link.block + LINK.downs], 0, `calm: link ${link.id} of ${from.id} to ${to.id} went down`);
  }
}

/** In the end nothing is kept any more. */
export function checkForgotten(hosts: readonly Host[]): void {
  for (const host of hosts) assert.equal(host.lane.state.ring.used, 0, `forgotten: host ${host.id} keeps something`);
}
