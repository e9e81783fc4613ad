/** `ping peer`: packets over a peer's links, one a link a round, and what becomes of them. */
import type { Config } from '../config/model.js';
import { EngineError } from '../control/engine.js';
import type { Ping, PingOptions, PingReply, PingTotal } from '../control/ping.js';
import { MOST_PINGS, MOST_READER_PINGS, PING_PATIENCE_MS } from '../control/ping.js';
import { LINK, linkBlock } from '../core/counters.js';
import type { PingOutcome } from '../core/pings.js';
import { PING_NUMBERS } from '../core/pings.js';
import type { FromLane, ToLane } from './lane-messages.js';

/** Milliseconds after which `next` answers though nothing happened. */
const PATIENCE = 200;
/** Replies that may wait to be fetched; with more nothing is sent. */
const MOST_REPLIES = 1000;

/** What a ping needs of the lane. */
export interface PingLane {
  readonly counters: Float64Array;
  post(message: ToLane): void;
  onMessage(listener: (message: FromLane) => void): void;
}

export interface PingerParts {
  readonly lane: PingLane;
  running(): Config;
  indexOf(peer: string): number | null;
}

export class Pinger {
  /** Bounded by MOST_PINGS. */
  private readonly going = new Set<GoingPing>();
  /** Who waits for which number; each ping waits for as many as it sends within PING_PATIENCE_MS. */
  private readonly waiting = new Map<number, (outcome: PingOutcome, ms: number) => void>();
  private lastNumber = 0;

  constructor(private readonly parts: PingerParts) {
    parts.lane.onMessage((message) => {
      if (message.type === 'pinged') this.waiting.get(message.number)?.(message.outcome, message.ms);
    });
  }

  /** @throws EngineError when it can't begin */
  start(options: PingOptions): Ping {
    const { peer, link } = options;
    const index = this.parts.indexOf(peer);
    const links = this.parts.running().interface?.peers.get(peer)?.links;
    if (index === null || links === undefined) throw new EngineError(`peer ${peer} takes no part: see 'show peers'`);
    const active = [...links].filter(([, { shutdown }]) => !shutdown).map(([id]) => id);
    if (link !== null && !active.includes(link))
      throw new EngineError(`peer ${peer} has no link ${link}, or it is shut down: see 'show links peer ${peer}'`);
    if (active.length === 0) throw new EngineError(`peer ${peer} has no link: see 'show links peer ${peer}'`);
    const going = [...this.going].filter((other) => !options.reader || other.options.reader).length;
    const most = options.reader ? MOST_READER_PINGS : MOST_PINGS;
    if (going >= most) throw new EngineError(`${most} pings go on already: wait until one of them ends`);
    const chosen = link === null ? active.sort((a, b) => a - b) : [link];
    const ping = new GoingPing(options, chosen, {
      send: (id, settle) => this.send(options, id, settle),
      mtuOf: (id) => this.parts.lane.counters[linkBlock(index, id) + LINK.pathMtu] || null,
      ended: () => this.going.delete(ping),
    });
    this.going.add(ping);
    return ping;
  }

  close(): void {
    for (const ping of [...this.going]) ping.stop();
  }

  /** Sends one packet; the function that is returned forgets it. */
  private send({ peer, size, df }: PingOptions, link: number, settle: Settle): () => void {
    const index = this.parts.indexOf(peer);
    this.lastNumber = (this.lastNumber + 1) % PING_NUMBERS;
    const number = PING_NUMBERS + this.lastNumber;
    this.waiting.set(number, settle);
    if (index === null) settle('no-way', 0);
    else this.parts.lane.post({ type: 'ping', peer: index, link, number, size, whole: df });
    return () => this.waiting.delete(number);
  }
}

type Settle = (outcome: PingOutcome, ms: number) => void;

interface PingUse {
  send(link: number, settle: Settle): () => void;
  mtuOf(link: number): number | null;
  ended(): void;
}

class GoingPing implements Ping {
  private replies: PingReply[] = [];
  private readonly sums = new Map<number, PingTotal & { sumMs: number }>();
  private sequence = 0;
  /** Forget packets that wait for their answers. */
  private readonly open = new Set<() => void>();
  private stopped = false;
  private readonly timers = new Set<NodeJS.Timeout>();
  private wake: () => void = () => undefined;

  constructor(
    readonly options: PingOptions,
    readonly links: readonly number[],
    private readonly use: PingUse,
  ) {
    for (const link of links)
      this.sums.set(link, { link, sent: 0, received: 0, minMs: null, avgMs: null, maxMs: null, sumMs: 0 });
    this.round();
  }

  async next(): Promise<PingReply[] | null> {
    if (this.replies.length === 0 && this.isOver) return null;
    if (this.replies.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, PATIENCE);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const replies = this.replies;
    this.replies = [];
    return replies;
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    for (const forget of this.open) forget();
    this.use.ended();
    this.wake();
  }

  totals(): PingTotal[] {
    return [...this.sums.values()].map(({ sumMs, ...total }) => ({
      ...total,
      avgMs: total.received === 0 ? null : sumMs / total.received,
    }));
  }

  private get isOver(): boolean {
    return this.stopped || (this.sequence >= this.options.count && this.open.size === 0);
  }

  private later(ms: number, job: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      job();
    }, ms);
    this.timers.add(timer);
    return timer;
  }

  private round(): void {
    if (this.replies.length < MOST_REPLIES) {
      this.sequence += 1;
      for (const link of this.links) this.sendOn(link, this.sequence);
    }
    if (this.sequence < this.options.count) this.later(this.options.intervalMs, () => this.round());
  }

  private sendOn(link: number, sequence: number): void {
    const settle = (outcome: PingReply['outcome'], ms: number): void => {
      clearTimeout(patience);
      this.timers.delete(patience);
      forget?.();
      if (forget !== null) this.open.delete(forget);
      if (this.stopped) return;
      const mtu = outcome === 'too-large' ? this.use.mtuOf(link) : null;
      this.add({ link, sequence, outcome, ms: outcome === 'answered' ? ms : null, mtu });
    };
    const patience = this.later(PING_PATIENCE_MS, () => settle('lost', 0));
    let forget: (() => void) | null = null;
    forget = this.use.send(link, settle);
    this.open.add(forget);
  }

  private add(reply: PingReply): void {
    this.replies.push(reply);
    const sum = this.sums.get(reply.link);
    if (sum !== undefined) {
      sum.sent += 1;
      if (reply.ms !== null) {
        sum.received += 1;
        sum.sumMs += reply.ms;
        sum.minMs = Math.min(sum.minMs ?? reply.ms, reply.ms);
        sum.maxMs = Math.max(sum.maxMs ?? reply.ms, reply.ms);
      }
    }
    if (this.isOver) this.stop();
    this.wake();
  }
}
