/**
 * `test failover`: the lane makes a link silent, as if something on its way had failed, so that doubt, verdict and
 * sending again are the real ones. This watches, and puts the link back: in the end, at the first datagram that is
 * lost for good, when no other link carries, when the shell is gone. The lane puts it back by itself if this can't.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/model.js';
import { EngineError } from '../control/engine.js';
import type { DrillEnd, DrillOptions, DrillResult, FailoverEntry } from '../control/failover.js';
import { LINK, linkBlock, PEER, peerBlock } from '../core/counters.js';
import { DOWN, SUSPECT, UP } from '../core/link/health.js';
import type { FailoverLedger } from './failover-ledger.js';
import type { ToLane } from './lane-messages.js';

/** Milliseconds between looks at the counters. */
const LOOK = 20;
/** Longest wait for the link to be up again: beyond the hold-off of a link that flaps. */
const BACK = 45_000;
/** Milliseconds after which a failover is over in any case: what is kept is no older. */
const SETTLED = 3000;
/** The lane's own limit lies behind the drill's by so much. */
const MARGIN = 1000;

/** What a drill needs of the lane. */
export interface DrillLane {
  readonly counters: Float64Array;
  now(): number;
  post(message: ToLane): void;
}

export interface DrillParts {
  readonly lane: DrillLane;
  readonly ledger: FailoverLedger;
  running(): Config;
  indexOf(peer: string): number | null;
}

export class Drill {
  private going: DrillOptions | null = null;
  private closing = false;

  constructor(private readonly parts: DrillParts) {}

  /**
   * One drill, to its end. `gone` is aborted when nobody waits for it any more.
   * @throws EngineError when it can't begin; then nothing was done
   */
  async run(options: DrillOptions, gone: AbortSignal): Promise<DrillResult> {
    const { peer, link, seconds } = options;
    const index = this.begin(options);
    const { lane, ledger } = this.parts;
    const since = lane.now();
    const before = this.read(index);
    ledger.drill({ peer: index, link });
    this.mute(index, link, seconds * 1000 + MARGIN);
    try {
      const end = await this.watch(options, index, before.lost, since + seconds * 1000, gone);
      this.mute(index, link, 0);
      const mutedMs = Math.round(lane.now() - since);
      const failover = await this.settle(options, index, since, end, gone);
      const after = this.read(index);
      const back = this.isHere(options, index) && this.state(index, link) === UP;
      const counted = Math.max(0, after.lost - before.lost);
      const lost = counted > 0 ? counted : (failover?.lost ?? null);
      const frames = Math.max(0, after.frames - before.frames);
      const result = { peer, link, seconds, end, mutedMs, frames, lost, back, failover };
      return { ...result, verdict: this.verdict(result) };
    } finally {
      this.mute(index, link, 0);
      ledger.drill(null);
      this.going = null;
    }
  }

  /** Puts the link back and begins no other; what waits for the drill is answered. */
  close(): void {
    const index = this.going === null ? null : this.parts.indexOf(this.going.peer);
    if (this.going !== null && index !== null) this.mute(index, this.going.link, 0);
    this.closing = true;
  }

  private mute(peer: number, link: number, ms: number): void {
    if (!this.closing) this.parts.lane.post({ type: 'mute', peer, link, ms });
  }

  private begin(options: DrillOptions): number {
    const { peer, link } = options;
    if (this.going !== null)
      throw new EngineError(`a drill of peer ${this.going.peer} link ${this.going.link} goes on: wait for its end`);
    const index = this.parts.indexOf(peer);
    const links = this.parts.running().interface?.peers.get(peer)?.links;
    if (index === null || links === undefined) throw new EngineError(`peer ${peer} takes no part: see 'show peers'`);
    if (!links.has(link)) throw new EngineError(`peer ${peer} has no link ${link}: see 'show links peer ${peer}'`);
    if (this.state(index, link) !== UP)
      throw new EngineError(`link ${link} of peer ${peer} is not up, so it can't fail: see 'show links peer ${peer}'`);
    if (!this.others(peer, index, link, true))
      throw new EngineError(`no other link of peer ${peer} is up: a drill would cut it off`);
    this.going = options;
    return index;
  }

  /** Until the time is over, or something else ends the drill. */
  private async watch(
    options: DrillOptions,
    index: number,
    lost: number,
    until: number,
    gone: AbortSignal,
  ): Promise<DrillEnd> {
    for (;;) {
      if (this.closing) return 'closing';
      if (gone.aborted) return 'shell';
      if (!this.isHere(options, index)) return 'changed';
      if (this.read(index).lost > lost) return 'loss';
      if (!this.others(options.peer, index, options.link, false)) return 'alone';
      if (this.parts.lane.now() >= until) return 'time';
      await sleep(LOOK);
    }
  }

  /** Waits until the link is up again and the failover is over, in bounds. */
  private async settle(
    options: DrillOptions,
    index: number,
    since: number,
    end: DrillEnd,
    gone: AbortSignal,
  ): Promise<FailoverEntry | null> {
    const { lane, ledger } = this.parts;
    const { link } = options;
    const liftedAt = lane.now();
    for (;;) {
      const failover = ledger.last(index, link, since);
      const waited = lane.now() - liftedAt;
      const left = this.closing || gone.aborted || end === 'changed' || !this.isHere(options, index);
      if (left || waited >= BACK) return failover;
      const state = this.state(index, link);
      const isOver = failover?.verdict !== 'down' ? waited >= SETTLED : failover.backMs !== null;
      if (state === UP && isOver) return failover;
      await sleep(LOOK);
    }
  }

  /** The configuration still has the link, for the same peer. */
  private isHere({ peer, link }: DrillOptions, index: number): boolean {
    const config = this.parts.running().interface?.peers.get(peer)?.links.get(link);
    return config !== undefined && !config.shutdown && this.parts.indexOf(peer) === index;
  }

  private state(index: number, link: number): number {
    return this.parts.lane.counters[linkBlock(index, link) + LINK.state] ?? DOWN;
  }

  /** Whether another link of the peer is up; `sound`: and not suspect. */
  private others(peer: string, index: number, link: number, sound: boolean): boolean {
    for (const [id, { shutdown }] of this.parts.running().interface?.peers.get(peer)?.links ?? []) {
      if (id === link || shutdown) continue;
      const state = this.state(index, id);
      if (state === UP || (!sound && state === SUSPECT)) return true;
    }
    return false;
  }

  private read(index: number): { lost: number; frames: number } {
    const { counters } = this.parts.lane;
    const block = peerBlock(index);
    return { lost: counters[block + PEER.resendLost] ?? 0, frames: counters[block + PEER.txFrames] ?? 0 };
  }

  private verdict({ peer, link, lost, failover, back }: Omit<DrillResult, 'verdict'>): string {
    if (lost !== null && lost > 0) return `${lost} datagrams lost`;
    if (failover === null && !back) return `not known yet: see 'show failovers peer ${peer}'`;
    if (failover === null) return `link ${link} did not fail: its timers are slower than the drill was long`;
    const policy = this.parts.running().interface?.peers.get(peer)?.policy;
    if (policy === 'active') return 'every frame went over the other links, too: nothing had to be sent again';
    if (lost === null) return `not known: the peer acknowledges nothing, so that lost datagrams can't be counted`;
    return 'no frame was lost';
  }
}
