/** What is debugged, and the lines of the log that come of it. Nothing of it outlives the daemon. */
import type { Debugging, DebugStatus, DebugTopic } from '../control/debugging.js';
import { DEBUG_TOPICS } from '../control/debugging.js';
import type { TraceTopic } from '../core/trace.js';
import type { Fields, Log } from '../log/log.js';
import { Rate } from '../log/rate.js';
import type { FromLane, ToLane } from './lane-messages.js';

/** Lines a second of each topic, and at once. */
const PER_SECOND = 20;
const BURST = 100;

interface Topic {
  /** Empty: all. */
  readonly peers: Set<string>;
  readonly rate: Rate;
  lines: number;
  suppressed: number;
}

export interface DebugParts {
  readonly lane: { now(): number; post(message: ToLane): void; onMessage(listener: (message: FromLane) => void): void };
  readonly log: Log;
  nameOf(index: number): string;
}

export class DebugLog implements Debugging {
  /** Bounded by the topics there are. */
  private readonly topics = new Map<DebugTopic, Topic>();

  constructor(private readonly parts: DebugParts) {
    parts.lane.onMessage((message) => {
      if (message.type !== 'traced') return;
      const { topic, event, peer, link, fields, missed } = message.event;
      const known = this.topics.get(topic);
      if (known !== undefined) known.suppressed += missed;
      this.tell(topic, event, peer, { ...(link < 0 ? {} : { link }), ...fields });
    });
  }

  /** Whether anybody wants to know of a topic: to be asked before anything is worked out for `tell`. */
  wants(topic: DebugTopic): boolean {
    return this.topics.has(topic);
  }

  /** A line of the log, if it is wanted and there are not too many. @param peer its index, or -1: none is known */
  tell(topic: DebugTopic, event: string, peer: number, fields: Fields): void {
    const known = this.topics.get(topic);
    if (known === undefined) return;
    const name = peer < 0 ? null : this.parts.nameOf(peer);
    if (known.peers.size > 0 && (name === null || !known.peers.has(name))) return;
    if (!known.rate.passes(this.parts.lane.now())) {
      known.suppressed += 1;
      return;
    }
    known.lines += 1;
    const suppressed = known.rate.take();
    const more = suppressed === 0 ? {} : { suppressed };
    this.parts.log('debug', 'trace', {
      topic,
      step: event,
      ...(name === null ? {} : { peer: name }),
      ...fields,
      ...more,
    });
  }

  on(topic: DebugTopic, peer: string | null): void {
    const known = this.topics.get(topic);
    if (known === undefined) {
      const peers = new Set(peer === null ? [] : [peer]);
      this.topics.set(topic, { peers, rate: new Rate(PER_SECOND, BURST), lines: 0, suppressed: 0 });
    } else if (peer === null) known.peers.clear();
    else if (known.peers.size > 0) known.peers.add(peer);
    this.tellLane();
  }

  off(topic: DebugTopic, peer: string | null): void {
    const known = this.topics.get(topic);
    if (known === undefined) return;
    if (peer !== null) known.peers.delete(peer);
    if (peer === null || known.peers.size === 0) this.topics.delete(topic);
    this.tellLane();
  }

  status(): DebugStatus[] {
    return DEBUG_TOPICS.flatMap((topic) => {
      const known = this.topics.get(topic);
      if (known === undefined) return [];
      const { peers, lines, suppressed } = known;
      return [{ topic, peers: [...peers].sort(), lines, suppressed }];
    });
  }

  private tellLane(): void {
    const topics = [...this.topics.keys()].filter((topic): topic is TraceTopic => topic !== 'handshake');
    this.parts.lane.post({ type: 'debug', topics });
  }
}
