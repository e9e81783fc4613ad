/**
 * Frames for a peer without a session at the moment, because it or we were just started anew, say: they wait until
 * there is one, in the order in which they came, but not for long: older ones are of no use to anybody.
 *
 * Bounded by a region of the arena, and by PATIENCE in time: since the first frame that found the peer away, and for
 * each frame by itself. So who is away for long takes no room.
 */
import type { Arena } from '../arena.js';
import { LANE } from '../counters.js';
import { WAITING_AT, WAITING_SIZE } from '../layout.js';
import { MAX_PEERS } from '../limits.js';
import { LinkedSlots } from '../linked-slots.js';
import type { Peer } from '../peer.js';
import { ENTRIES, Hold } from '../resequence/hold.js';
import type { LaneState } from '../state.js';

/** Milliseconds. */
const PATIENCE = 2000;
/** Milliseconds between looks whether a peer for which frames wait can be reached. */
export const LOOK = 2;

export class Waiting {
  private readonly arena: Arena;
  private readonly hold: Hold;
  private readonly lists = new LinkedSlots(MAX_PEERS, ENTRIES);

  constructor(private readonly state: LaneState) {
    this.arena = state.arena;
    this.hold = new Hold(state.arena, WAITING_AT, WAITING_SIZE);
  }

  /**
   * A plaintext of `length` bytes at `at`, an inner header and its frame, can't go to its peer now: it is copied and
   * waits. It is dropped, and counted, where the peer is away for too long, or there is no room.
   */
  put(peer: Peer, at: number, length: number, now: number): void {
    if (peer.awaySince < 0) peer.awaySince = now;
    // Where it can be reached, those before this one have only not gone yet.
    const soon = peer.usable !== 0 || now - peer.awaySince <= PATIENCE;
    const entry = soon ? this.hold.put(at, length, now) : -1;
    if (entry < 0) return this.dropped(peer, 1);
    this.lists.append(peer.index, entry);
    peer.waiting += 1;
    if (peer.waiting === 1) this.state.deadlines.set(this.state.waitingDeadlineOf(peer.index), now + LOOK);
  }

  /** Takes out the frame that waits longest for a peer: copies its plaintext to `to` and returns the length, or 0. */
  take(peer: Peer, to: number): number {
    const entry = this.lists.first(peer.index);
    if (entry < 0) return 0;
    const from = this.hold.offset[entry]!;
    const length = this.hold.length[entry]!;
    this.arena.bytes.copyWithin(to, from, from + length);
    this.free(peer, entry);
    return length;
  }

  /** Drops what has waited for too long. */
  expire(peer: Peer, now: number): void {
    if (peer.waiting > 0) this.drop(peer, now - PATIENCE);
  }

  /** The peer is removed: nothing waits for it any more. */
  forget(peer: Peer): void {
    this.drop(peer, Number.POSITIVE_INFINITY);
    this.state.deadlines.clear(this.state.waitingDeadlineOf(peer.index));
  }

  /** Drops what waits since before `since`. */
  private drop(peer: Peer, since: number): void {
    const before = peer.waiting;
    for (let entry = this.lists.first(peer.index); entry >= 0; entry = this.lists.first(peer.index)) {
      if (this.hold.arrivedAt[entry]! >= since) break;
      this.free(peer, entry);
    }
    this.dropped(peer, before - peer.waiting);
  }

  private dropped(peer: Peer, frames: number): void {
    this.state.counters[peer.keys.current === null ? LANE.txNoSession : LANE.txNoLink]! += frames;
  }

  private free(peer: Peer, entry: number): void {
    this.lists.remove(peer.index, entry);
    this.hold.free(entry);
    peer.waiting -= 1;
  }
}
