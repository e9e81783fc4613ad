/**
 * Sends again what a link that is suspect or down may have lost: every datagram that is not acknowledged and
 * that no sound link has carried goes over the best other link, the same sealed bytes. The receiver's replay
 * window drops what had come after all. The same goes for single datagrams that a sound link has lost, or several.
 *
 * A datagram goes over a link once at most, so sending again never costs more than policy active would, and
 * when that link fails or loses it, too, it moves on to the next. Paced, so that the other link's queue is not flooded.
 */
import { LINK, PEER } from '../counters.js';
import { LINKS } from '../limits.js';
import { choose, leastLossy } from '../link/choice.js';
import { type Cause, UP } from '../link/health.js';
import type { Link } from '../link/link.js';
import { type Doubt, OVERTAKEN } from '../link/suspicion.js';
import type { Peer } from '../peer.js';
import type { LaneState } from '../state.js';
import { told } from '../trace.js';
import type { TxBatch } from '../tx-batch.js';
import { MAX_RUNS } from '../tx-batch.js';
import { ackSession } from '../wire/ack.js';
import { SEAL_OVERHEAD } from '../wire/transport.js';
import { Failovers } from './failovers.js';

/** Milliseconds for which what was sent is kept at most: older frames are of no use to anybody. */
const KEEP = 2000;
/** Bytes of one round, and milliseconds to the next one: half a gigabit a second. */
const ROUND_BYTES = 64 * 1024;
const ROUND = 1;
/** Milliseconds to the next round when a socket had no room. */
const PAUSE = 5;
/** Of what is sent so much at most is sent again for sound links; what was not needed is saved up to here. */
const REPAIR_SHARE = 1 / 4;
const MOST_REPAIRS = 1024;

export class Resender {
  private readonly failovers: Failovers;
  /** The links changed while a round was sent. */
  private anew = false;
  /** Datagrams were seen that will count as lost if they don't come soon. */
  private missing = false;

  constructor(private readonly state: LaneState) {
    this.failovers = new Failovers((report) => state.sink.failover(report));
  }

  /** A link is in doubt. */
  suspected(peer: Peer, link: Link, doubt: Doubt, now: number): void {
    this.state.trace?.({
      topic: 'failover',
      event: 'suspected',
      peer: peer.index,
      link: link.id,
      fields: { doubt, since: told(now - link.health.suspicion.lifeAt) },
    });
    this.failovers.suspected(peer.index, link.id, doubt, link.health.suspicion.lifeAt, now);
    this.begin(peer, now);
  }

  /** It is decided that a link is down, or (cause `none`) that it is not. */
  decided(peer: Peer, link: Link, cause: Cause, now: number): void {
    this.state.trace?.({
      topic: 'failover',
      event: 'decided',
      peer: peer.index,
      link: link.id,
      fields: { cause, since: told(now - link.health.suspicion.lifeAt) },
    });
    this.failovers.decided(peer.index, link.id, cause, link.health.suspicion.lifeAt, now);
    if (cause !== 'none') {
      this.state.counters[peer.block + PEER.failovers]! += 1;
      this.state.counters[link.block + LINK.failovers]! += 1;
    }
    this.begin(peer, now);
  }

  /** Takes in the acknowledgement at `at`, and looks whether sound links have lost anything. */
  // HOT PATH
  acknowledged(peer: Peer, at: number, now: number): void {
    const { ring, arena, deadlines, counters } = this.state;
    ring.acknowledge(peer.index, ackSession(arena.view, at), arena.view, at);
    if (ring.proved === 0) return;
    const oldest = ring.first(peer.index);
    let missing = false;
    for (let id = 0; id < LINKS; id++) {
      const link = peer.links[id]!;
      if (link === null || (ring.proved & (1 << id)) === 0) continue;
      link.health.suspicion.acked(ring.provedAt[id]!, now);
      const { lossTx, pace } = link;
      const came = counters[link.block + LINK.rxBytes]!;
      pace.acked(ring.provedBytes[id]!, ring.provedAt[id]!, ring.provedBooked[id]!, lossTx.loss, came, now);
      if (oldest >= 0 && ring.sentAt[oldest]! <= ring.provedAt[id]!) missing = true;
    }
    if (peer.policy === 'round-robin') peer.spread.measured(peer.links, now);
    const which = this.state.resendDeadlineOf(peer.index);
    if (missing && deadlines.get(which) === Number.POSITIVE_INFINITY) deadlines.set(which, now + OVERTAKEN);
  }

  /** Something went over several links: whether it came is looked at soon. */
  // HOT PATH
  watch(peer: Peer, now: number): void {
    const { deadlines } = this.state;
    const which = this.state.resendDeadlineOf(peer.index);
    if (deadlines.get(which) === Number.POSITIVE_INFINITY) deadlines.set(which, now + OVERTAKEN);
  }

  /** Looks anew at what must be sent again: the links have changed. */
  begin(peer: Peer, now: number): void {
    const { ring, deadlines } = this.state;
    if (ring.first(peer.index) < 0 && !this.failovers.any(peer.index)) return;
    this.anew = true;
    ring.rewind(peer.index);
    deadlines.set(this.state.resendDeadlineOf(peer.index), now);
  }

  /** One round. `flush` sends the batch, which is empty before and after. */
  round(peer: Peer, now: number, flush: (batch: TxBatch, now: number) => void): void {
    const { ring, deadlines, tx } = this.state;
    const refuge = peer.refuge(now);
    if (this.failovers.any(peer.index)) this.lose(peer, -1, ring.takeOverruns(peer.index));
    this.save(peer, now);
    if (refuge === 0) return; // when there is one, it begins anew
    const sound = peer.usable & ~peer.suspects;
    const before = ring.resent;
    let left = ROUND_BYTES;
    if (ring.cursor(peer.index) < 0) ring.rewind(peer.index);
    let record = ring.cursor(peer.index);
    let links = 0;
    this.missing = false;
    while (record >= 0 && left > 0 && tx.count < MAX_RUNS - 64) {
      const next = ring.next(record);
      const over = ring.links[record]! & ~ring.swallowed[record]!;
      if ((over & (sound | refuge)) === 0) {
        const way = this.isOfUse(peer, record, now) ? this.wayFor(peer, record, refuge, now) : 0;
        if (way === 0) this.drop(peer, record);
        else {
          links |= over;
          left -= this.put(peer, record, way);
        }
      } else if ((sound & ~over) !== 0 && this.isLost(peer, record, now) && this.isOfUse(peer, record, now))
        left -= this.repair(peer, record, sound & ~over, now);
      record = next;
    }
    this.anew = false;
    flush(tx, now);
    const resent = ring.resent - before;
    if (resent > 0)
      this.state.trace?.({
        topic: 'failover',
        event: 'resent',
        peer: peer.index,
        link: -1,
        fields: { datagrams: resent },
      });
    this.state.counters[peer.block + PEER.resent]! += resent;
    this.failovers.count(peer.index, links, resent, 0);
    if (this.anew) return;
    const refused = ring.proceed(peer.index, record);
    if (ring.cursor(peer.index) >= 0) {
      deadlines.set(this.state.resendDeadlineOf(peer.index), now + (refused ? PAUSE : ROUND));
    } else {
      if (this.missing) deadlines.set(this.state.resendDeadlineOf(peer.index), now + OVERTAKEN);
      this.failovers.settle(peer.index, peer.keeps, now);
    }
  }

  /** The link to send a record over: the refuge, or, where that swallows datagrams of its size, one that does not; 0: none. */
  private wayFor(peer: Peer, record: number, refuge: number, now: number): number {
    const { ring } = this.state;
    const size = ring.segment[record]!;
    if (size <= peer.capacity + SEAL_OVERHEAD) return refuge;
    const sound = peer.usable & ~peer.suspects;
    const ways = this.takers(peer, size, sound !== 0 ? sound : peer.probing);
    // What nothing is known to take may still be fragmented by a router; what has been swallowed is not tried again.
    if (ways === 0) return refuge & ~ring.links[record]!;
    return (ways & refuge) !== 0 ? refuge : choose('passive', peer.links, ways, now);
  }

  /** Those of `links` that a datagram of this size passes. */
  private takers(peer: Peer, size: number, links: number): number {
    let ways = 0;
    for (const link of peer.links) {
      if (link !== null && (links & (1 << link.id)) !== 0 && this.state.takes(link, size)) ways |= 1 << link.id;
    }
    return ways;
  }

  /** A link has turned out to swallow large datagrams: those that it was given go over another, or are lost. */
  swallowed(peer: Peer, link: Link, now: number): void {
    const { ring } = this.state;
    const bit = 1 << link.id;
    for (let record = ring.first(peer.index); record >= 0; record = ring.next(record)) {
      if ((ring.links[record]! & bit) !== 0 && !this.state.takes(link, ring.segment[record]!)) {
        ring.swallowed[record]! |= bit;
      }
    }
    this.begin(peer, now);
  }

  /**
   * Whether the links that have carried a record have lost some of it: one alone, if what was sent later came some
   * time ago; several, or one that has brought no more than a part of what it was sent then, if it is late.
   */
  private isLost(peer: Peer, record: number, now: number): boolean {
    const { ring } = this.state;
    const over = ring.links[record]!;
    if ((over & (over - 1)) === 0) {
      const link = over !== 0 ? peer.links[31 - Math.clz32(over)]! : null;
      // If nothing of it came, and nothing that was sent later, the link is in doubt before long.
      if (link?.health.state !== UP || ring.sentAt[record]! > link.health.suspicion.provedAt) return false;
      if (ring.sentAt[record]! < link.health.suspicion.lostBefore) return true;
    }
    if (now >= ring.againAt[record]! + patience(peer, over)) return true;
    this.missing = true;
    return false;
  }

  /** Sends what sound links have lost over the best of those of `others` that lose least; returns the bytes. */
  private repair(peer: Peer, record: number, others: number, now: number): number {
    const { ring } = this.state;
    const over = ring.links[record]!;
    const alone = (over & (over - 1)) === 0 ? peer.links[31 - Math.clz32(over)]! : null;
    // A full queue tells who sends to slow down. To hide that would keep all queues full, and carry everything twice.
    if (peer.policy === 'round-robin' && alone?.measured === true && alone.pace.isOverloaded(now)) {
      ring.free(record);
      return 0;
    }
    const ways = this.takers(peer, ring.segment[record]!, others);
    if (ways === 0) return 0;
    const datagrams = ring.pending(record);
    if (peer.repairs < datagrams) {
      this.missing = true;
      return 0;
    }
    peer.repairs -= datagrams;
    if (alone !== null) alone.repaired += datagrams;
    return this.put(peer, record, choose(peer.policy, peer.links, leastLossy(peer.links, ways), now));
  }

  /** What may be sent again for sound links grows with what is sent. */
  private save(peer: Peer, now: number): void {
    let sent = 0;
    for (const link of peer.links) {
      if (link === null) continue;
      sent += this.state.counters[link.block + LINK.txDatagrams]!;
      link.health.suspicion.settle(now);
    }
    peer.repairs = Math.min(MOST_REPAIRS, peer.repairs + Math.max(0, sent - peer.sentThen) * REPAIR_SHARE);
    peer.sentThen = sent;
  }

  /** Counts what a link has lost of the data that it alone carried, though it delivers what was sent later. */
  countLosses(peer: Peer, link: Link, now: number): void {
    const { ring, counters } = this.state;
    const { suspicion } = link.health;
    const until = suspicion.lostBefore;
    let lost = link.repaired;
    link.repaired = 0;
    for (let record = ring.first(peer.index); record >= 0 && ring.sentAt[record]! < until; record = ring.next(record)) {
      if (ring.links[record]! === 1 << link.id && ring.sentAt[record]! >= suspicion.countedUpTo) {
        lost += ring.pending(record);
      }
    }
    const sent = counters[link.block + LINK.txDatagrams]!;
    // Where what is sent goes over all links, each is filled until its queue is full: that is no fault of the link.
    const congested = peer.policy === 'round-robin' && link.pace.hadQueue(now);
    suspicion.lost(congested ? 0 : lost, sent - link.sentThen);
    link.sentThen = sent;
  }

  /** Forgets what is too old. What no sound link has carried by then, while there is a failover, is lost. */
  expire(peer: Peer, now: number): void {
    const { ring } = this.state;
    const sound = peer.usable & ~peer.suspects;
    const failing = this.failovers.any(peer.index);
    for (let record = ring.first(peer.index); record >= 0; record = ring.first(peer.index)) {
      if (ring.sentAt[record]! >= now - KEEP) break;
      if (failing && (ring.links[record]! & ~ring.swallowed[record]! & sound) === 0) this.drop(peer, record);
      else ring.free(record);
    }
    if (failing && ring.first(peer.index) < 0) this.failovers.settle(peer.index, peer.keeps, now);
  }

  /** The session is over: nothing of it can be sent again. */
  forget(peer: Peer): void {
    this.state.ring.forget(peer.index);
    this.state.deadlines.clear(this.state.resendDeadlineOf(peer.index));
    this.failovers.forget(peer.index);
  }

  /** The receiver has the key of this record, and it is not too old. */
  private isOfUse(peer: Peer, record: number, now: number): boolean {
    const { ring } = this.state;
    const { current, previous } = peer.keys;
    const session = ring.session[record]!;
    const known =
      (current !== null && (current.remoteIndex | 0) === session) ||
      (previous !== null && (previous.remoteIndex | 0) === session);
    return known && ring.sentAt[record]! >= now - KEEP;
  }

  private drop(peer: Peer, record: number): void {
    const { ring } = this.state;
    this.lose(peer, ring.links[record]!, ring.pending(record));
    ring.free(record);
  }

  private lose(peer: Peer, links: number, datagrams: number): void {
    if (datagrams === 0) return;
    this.state.counters[peer.block + PEER.resendLost]! += datagrams;
    this.failovers.count(peer.index, links, 0, datagrams);
  }

  /** Adds what is not acknowledged of a record to the batch; returns the bytes. */
  private put(peer: Peer, record: number, mask: number): number {
    const { ring, tx } = this.state;
    const start = ring.offset[record]!;
    const segment = ring.segment[record]!;
    const segments = ring.segments[record]!;
    let bytes = 0;
    let running = false;
    for (let i = 0; i < segments; i++) {
      if (ring.isAcked(record, i)) {
        running = false;
        continue;
      }
      const at = start + i * segment;
      const size = Math.min(segment, start + ring.length[record]! - at);
      if (running) tx.extend(size);
      else {
        tx.begin(peer.index, mask, 0, size, at);
        tx.record[tx.count - 1] = record;
      }
      running = true;
      bytes += size;
    }
    return bytes;
  }
}

/** Milliseconds within which what went over `links` is acknowledged, as far as they carry. */
function patience(peer: Peer, links: number): number {
  let most = 0;
  for (const link of peer.links) {
    if (link?.health.state === UP && (links & (1 << link.id)) !== 0)
      most = Math.max(most, link.health.suspicion.patience());
  }
  return most + OVERTAKEN;
}
