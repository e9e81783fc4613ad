/**
 * Frames for a peer without a session at the moment, because it or we were just started anew, say: they wait until
 * there is one, in the order in which they came, but not for long: older ones are of no use to anybody.
 *
 * Bounded by a region of the arena, which peers share (cells.ts), and by PATIENCE in time: since the first frame that
 * found the peer away, and for each frame by itself. So who is away for long takes no room.
 */
import { LANE } from '../counters.js';
import { WAITING_AT, WAITING_SIZE } from '../layout.js';
import { MAX_PEERS } from '../limits.js';
import type { Peer } from '../peer.js';
import type { LaneState } from '../state.js';
import { Cells } from './cells.js';

/** Milliseconds. */
const PATIENCE = 2000;
/** Milliseconds between looks whether a peer for which frames wait can be reached. */
export const LOOK = 2;

export class Waiting {
  private readonly cells: Cells;

  constructor(private readonly state: LaneState) {
    this.cells = new Cells(state.arena, WAITING_AT, WAITING_SIZE, MAX_PEERS);
  }

  /**
   * A plaintext of `length` bytes at `at`, an inner header and its frame, can't go to its peer now: it is copied and
   * waits. It is dropped, and counted, where the peer is away for too long, or too much waits for it.
   */
  put(peer: Peer, at: number, length: number, now: number): void {
    if (peer.awaySince < 0) peer.awaySince = now;
    // Where it can be reached, those before this one have only not gone yet.
    const soon = peer.usable !== 0 || now - peer.awaySince <= PATIENCE;
    if (!soon || !this.cells.put(peer.index, at, length, now)) return this.countDropped(peer, 1);
    peer.waiting += 1;
    if (peer.waiting === 1) this.state.deadlines.set(this.state.waitingDeadlineOf(peer.index), now + LOOK);
  }

  /** Takes out the frame that waits longest for a peer: copies its plaintext to `to` and returns the length, or 0. */
  take(peer: Peer, to: number): number {
    const length = this.cells.take(peer.index, to);
    if (length > 0) peer.waiting -= 1;
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
    let count = 0;
    for (; this.cells.oldest(peer.index) < since; count++) this.cells.drop(peer.index);
    peer.waiting -= count;
    this.countDropped(peer, count);
  }

  private countDropped(peer: Peer, frames: number): void {
    this.state.counters[peer.keys.current === null ? LANE.txNoSession : LANE.txNoLink]! += frames;
  }
}
