/**
 * Pings that an operator asked for: path MTU probes with numbers of their own, so that nothing is learned from them
 * but how long the answer takes. They say nothing of a link's health, and do not count where losses are counted.
 */
import { LANE, LINK } from './counters.js';
import { PROBE_PLAIN_AT, peerAddress } from './layout.js';
import type { Link } from './link/link.js';
import type { Peer } from './peer.js';
import type { LaneState } from './state.js';
import type { TxBatch } from './tx-batch.js';
import { isKnownAddress } from './wire/address.js';
import { PROBE_SIZE, probeAnswerIsValid, probeLink, probeNumber, writeProbe } from './wire/probe.js';
import { REJECT_AFTER_DATAGRAMS, SEAL_OVERHEAD } from './wire/transport.js';

/** Numbers of pings from here on; path MTU discovery counts from 0 and never comes so far. */
export const PING_NUMBERS = 0x8000_0000;

/** Pings without an answer that are remembered; the oldest is forgotten. */
const MOST_WAITING = 4096;

/** What became of a ping: why it could not be sent, or that it was answered. */
export type PingOutcome = 'answered' | 'no-session' | 'no-way' | 'not-answering' | 'too-small' | 'too-large';

interface Sent {
  readonly peer: Peer;
  readonly link: number;
  readonly at: number;
}

export class Pings {
  /** Told of every outcome. */
  tell: (number: number, outcome: PingOutcome, milliseconds: number) => void = () => undefined;
  /** What waits for its answer, by number; bounded by MOST_WAITING. */
  private readonly waiting = new Map<number, Sent>();

  constructor(
    private readonly state: LaneState,
    private readonly flush: (batch: TxBatch, now: number) => void,
  ) {}

  /**
   * Sends a ping on a link, whatever the link's health.
   * @param number PING_NUMBERS or more, below 2^32
   * @param size bytes of the IP packet
   * @param whole nobody on the way may fragment it
   */
  send(peer: Peer | null, link: Link | null, number: number, size: number, whole: boolean, now: number): void {
    const refusal = this.refusal(peer, link, size, whole);
    if (refusal !== null || peer === null || link === null) return this.tell(number, refusal ?? 'no-way', 0);
    const { counters, arena, local } = this.state;
    const batch = whole ? this.state.probes : this.state.control;
    this.flush(batch, now);
    const length = size - local[link.id]!.headers - SEAL_OVERHEAD;
    const sent = counters[link.block + LINK.txDatagrams]!;
    const refused = counters[LANE.txTooLarge]!;
    writeProbe(arena.view, PROBE_PLAIN_AT, link.id, length, number);
    this.state.seal(batch, peer.keys.current!, 1 << link.id, PROBE_PLAIN_AT, length, false);
    this.flush(batch, now);
    // Whoever gets a probe does not count it.
    counters[link.block + LINK.txDatagrams] = sent;
    if (whole && counters[LANE.txTooLarge]! > refused) return this.tell(number, 'too-large', 0);
    this.remember(number, { peer, link: link.id, at: now });
  }

  /** Takes the answer at `at` if it is one to a ping. */
  takes(peer: Peer, link: number, at: number, length: number, now: number): boolean {
    const { arena } = this.state;
    // What is wrong with one is counted where the others are.
    if (!probeAnswerIsValid(arena, at, length) || peer.links[link] === null || probeLink(arena.view, at) !== link)
      return false;
    const number = probeNumber(arena.view, at);
    if (number < PING_NUMBERS) return false;
    const sent = this.waiting.get(number);
    // A second answer, one that came much too late, or of somebody else.
    if (sent?.peer !== peer || sent.link !== link) return true;
    this.waiting.delete(number);
    this.tell(number, 'answered', now - sent.at);
    return true;
  }

  private refusal(peer: Peer | null, link: Link | null, size: number, whole: boolean): PingOutcome | null {
    if (peer === null || link === null) return 'no-way';
    const local = this.state.local[link.id]!;
    if (!local.usable || !isKnownAddress(this.state.arena.bytes, peerAddress(peer.index, link.id))) return 'no-way';
    const pair = peer.keys.current;
    if (pair === null || pair.counter >= REJECT_AFTER_DATAGRAMS) return 'no-session';
    if (!peer.answersProbes) return 'not-answering';
    if (size < local.headers + SEAL_OVERHEAD + PROBE_SIZE) return 'too-small';
    return whole && size > local.mtu ? 'too-large' : null;
  }

  private remember(number: number, sent: Sent): void {
    this.waiting.set(number, sent);
    if (this.waiting.size <= MOST_WAITING) return;
    const [oldest] = this.waiting.keys();
    this.waiting.delete(oldest!);
  }
}
