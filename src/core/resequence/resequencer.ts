/**
 * Puts what a peer has spread over its links (policy round-robin) back in order. The session's counter gives the
 * order; every datagram has one, also those that carry no data.
 *
 * What comes in its turn goes its way at once. What comes too early waits for what is missing before it, until
 *
 * - that comes;
 * - it is known to be lost: every link on which it may be has brought something later (links keep order; so does
 *   RFC 1990, section 4.1, with its M);
 * - the time has gone by which links were later than others lately, and a little more. Where links are equal that is
 *   nothing: then only sockets are looked at first that have something at this moment;
 * - the link on which it may be is suspect or down, or has brought no data lately: then it is a heartbeat;
 * - there is no room (Hold, SPAN).
 *
 * What comes after it was given up goes its way at once, and tells by how much its link is later.
 */
import { PEER } from '../counters.js';
import { COUNTER_FRESH } from '../crypto/replay-window.js';
import { HOLD_AT, HOLD_SIZE } from '../layout.js';
import { LINKS } from '../limits.js';
import type { Peer } from '../peer.js';
import type { KeyPair } from '../session/key-ring.js';
import type { LaneState } from '../state.js';
import { ENTRIES, Hold } from './hold.js';
import { LONGEST_WAIT, type Order, SPAN } from './order.js';

/** Takes what has waited: a plaintext with data. */
export interface InOrder {
  released(peer: Peer, at: number, length: number, now: number): void;
}

export class Resequencer {
  private readonly hold: Hold;
  /** Entries that were released, until what they hold is written. */
  private readonly done = new Int32Array(ENTRIES);
  private doneCount = 0;

  constructor(
    private readonly state: LaneState,
    private readonly sink: InOrder,
  ) {
    this.hold = new Hold(state.arena, HOLD_AT, HOLD_SIZE);
  }

  /** A datagram has come. True: it has data and waits; else it is dealt with now, and `follow` is due. */
  // HOT PATH
  waits(
    peer: Peer,
    order: Order,
    pair: KeyPair,
    link: number,
    counter: number,
    hasData: boolean,
    at: number,
    length: number,
    now: number,
  ): boolean {
    if (pair !== order.pair && !this.adopt(peer, order, pair, counter, now)) return false;
    const before = order.highest[link]!;
    const fresh = counter > before;
    if (fresh) order.highest[link] = counter;
    if (hasData) order.brought(link);
    if (counter === order.next) {
      // Something later was here before it: it was overtaken.
      if (counter < order.top) {
        if (fresh) order.wasLate(link, Math.min(LONGEST_WAIT, now - this.gapSince(order, now)));
      } else order.top = counter;
      order.next = counter + 1;
      return false;
    }
    if (counter < order.next) {
      if (fresh) order.wasLate(link, Math.min(LONGEST_WAIT, now - order.gaveUpSince));
      return false;
    }
    if (order.top < order.next) this.open(order, now);
    if (counter > order.top) order.top = counter;
    if (!hasData) return false;
    if (!order.spreads || counter - order.next >= SPAN) return this.jump(peer, order, counter, now);
    const entry = this.hold.put(at, length, now);
    if (entry < 0) return this.jump(peer, order, counter, now);
    order.keep(counter, entry);
    if (order.behind < 0 || counter < order.behind) order.behind = counter;
    this.state.counters[peer.block + PEER.resequenced]! += 1;
    // Else nothing has changed: neither what is waited for nor where it may be.
    if (order.held === 1 || before < order.next) this.proceed(peer, order, now, false);
    return true;
  }

  /** Releases what has waited for the datagram that was dealt with just now. */
  // HOT PATH
  follow(peer: Peer, order: Order, now: number): void {
    if (order.next > order.top) {
      if (!order.spreads) peer.order = null;
      return;
    }
    const at = order.next;
    this.releaseRow(peer, order, now);
    // Else the same row is missing still, and its deadline, though it was set for the first of the row, is good enough.
    if (order.next !== at) this.proceed(peer, order, now, false);
  }

  /** The time of a peer's gap is up. */
  timeout(peer: Peer, now: number): void {
    if (peer.order !== null) this.proceed(peer, peer.order, now, true);
  }

  /** All that was released is written. */
  // HOT PATH
  written(): void {
    for (let i = 0; i < this.doneCount; i++) this.hold.free(this.done[i]!);
    this.doneCount = 0;
  }

  /** Forgets what waits of a peer. */
  forget(peer: Peer): void {
    const { order } = peer;
    if (order === null) return;
    for (let counter = order.next; order.held > 0 && counter <= order.top; counter++) {
      const entry = order.entryOf(counter);
      if (entry < 0) continue;
      order.drop(counter);
      this.hold.free(entry);
    }
    this.state.deadlines.clear(this.state.orderDeadlineOf(peer.index));
    peer.order = null;
  }

  /** A key that is not the present one: false when it is the one before, or older: what comes late does not wait. */
  private adopt(peer: Peer, order: Order, pair: KeyPair, counter: number, now: number): boolean {
    if (pair === order.older || pair === peer.keys.previous) return false;
    this.releaseAll(peer, order, now);
    order.begin(pair, counter, now);
    return true;
  }

  /** Nothing that comes before `counter` is waited for any more; it goes its way itself. */
  private jump(peer: Peer, order: Order, counter: number, now: number): boolean {
    this.releaseAll(peer, order, now);
    order.gaveUpSince = now;
    order.next = counter + 1;
    return false;
  }

  private releaseAll(peer: Peer, order: Order, now: number): void {
    for (let counter = order.next; order.held > 0; counter++) {
      const entry = order.entryOf(counter);
      if (entry >= 0) this.release(peer, order, counter, entry, now);
    }
    order.gap = -1;
    order.behind = -1;
    this.state.deadlines.clear(this.state.orderDeadlineOf(peer.index));
  }

  /** A gap opens: something came that is not next. */
  // HOT PATH
  private open(order: Order, now: number): void {
    order.gap = order.next;
    order.since = now;
    order.behind = -1;
  }

  /** Since when the present gap is known. */
  // HOT PATH
  private gapSince(order: Order, now: number): number {
    return order.gap === order.next ? order.since : now;
  }

  /** Releases all whose turn it is; `isDue`: also what has waited long enough. */
  // HOT PATH
  private proceed(peer: Peer, order: Order, now: number, isDue: boolean): void {
    const { deadlines } = this.state;
    const deadline = this.state.orderDeadlineOf(peer.index);
    for (;;) {
      this.releaseRow(peer, order, now);
      if (order.next > order.top || order.held === 0) break;
      this.look(order);
      const links = this.mayBeOn(peer, order);
      const until = order.since + order.waitFor(peer.links);
      if (links !== 0 && !(isDue && until <= now)) {
        if (deadlines.get(deadline) !== until) deadlines.set(deadline, until);
        return;
      }
      if (links !== 0) this.state.counters[peer.block + PEER.resequenceTimeouts]! += 1;
      order.gaveUpSince = order.since;
      order.next = order.behind;
    }
    if (order.held === 0) deadlines.clear(deadline);
  }

  /** Releases what comes next without a gap. */
  // HOT PATH
  private releaseRow(peer: Peer, order: Order, now: number): void {
    const { window } = order.pair!;
    while (order.next <= order.top) {
      const counter = order.next;
      const entry = order.entryOf(counter);
      // Those without data don't wait: the window knows that they have come.
      if (entry < 0 && window.check(counter) === COUNTER_FRESH) return;
      order.next = counter + 1;
      if (entry >= 0) this.release(peer, order, counter, entry, now);
    }
  }

  // HOT PATH
  private release(peer: Peer, order: Order, counter: number, entry: number, now: number): void {
    order.drop(counter);
    this.sink.released(peer, this.hold.offset[entry]!, this.hold.length[entry]!, now);
    // Only now: to make room for it, what was released before may have been written and given back.
    this.done[this.doneCount++] = entry;
  }

  /** Finds out about the gap at `next` what is not known yet: since when it is one, and what waits right behind it. */
  // HOT PATH
  private look(order: Order): void {
    if (order.gap === order.next && order.behind > order.next) return;
    const known = order.gap === order.next;
    order.gap = order.next;
    let counter = order.next + 1;
    while (order.entryOf(counter) < 0) counter++;
    order.behind = counter;
    if (known) return;
    // Since the first of all that wait came, which need not be the one right behind the gap: none waits for longer.
    let since = Number.POSITIVE_INFINITY;
    for (let left = order.held; left > 0; counter++) {
      const entry = order.entryOf(counter);
      if (entry < 0) continue;
      left -= 1;
      since = Math.min(since, this.hold.arrivedAt[entry]!);
    }
    order.since = since;
  }

  /** Links that may still bring what is next. */
  // HOT PATH
  private mayBeOn(peer: Peer, order: Order): number {
    const sound = peer.usable & ~peer.suspects & order.carriers;
    let links = 0;
    for (let id = 0; id < LINKS; id++) {
      if ((sound & (1 << id)) !== 0 && order.highest[id]! < order.next) links |= 1 << id;
    }
    return links;
  }
}
