/**
 * Frames for a peer without a session at the moment, because it or we were just started anew, say: they wait until
 * there is one, in the order in which they came, but not for long: older ones are of no use to anybody.
 *
 * Copies with their inner headers, in a region of the arena. Bounded by the region, by ENTRIES, and by PATIENCE in time:
 * since the first frame that found the peer away, and for each frame by itself. So who is away for long takes no room.
 */
import type { Arena } from './arena.js';
import { WAITING_AT, WAITING_SIZE } from './layout.js';
import { MAX_PEERS } from './limits.js';
import { LinkedSlots } from './linked-slots.js';
import type { Peer } from './peer.js';
import { ENTRIES, Hold } from './resequence/hold.js';

/** Milliseconds. */
export const PATIENCE = 2000;
/** Milliseconds between looks whether a peer for which frames wait can be reached. */
export const LOOK = 2;

export class Waiting {
  private readonly hold: Hold;
  private readonly lists = new LinkedSlots(MAX_PEERS, ENTRIES);

  constructor(private readonly arena: Arena) {
    this.hold = new Hold(arena, WAITING_AT, WAITING_SIZE);
  }

  /** Whether a frame for this peer may still wait: it was away for a moment only, or those before it wait. */
  takes(peer: Peer, now: number): boolean {
    if (peer.awaySince < 0) peer.awaySince = now;
    return peer.usable !== 0 || now - peer.awaySince <= PATIENCE;
  }

  /** Copies `length` bytes of plaintext at `at`, an inner header and its frame. False: there is no room. */
  put(peer: Peer, at: number, length: number, now: number): boolean {
    const entry = this.hold.put(at, length, now);
    if (entry < 0) return false;
    this.lists.append(peer.index, entry);
    peer.waiting += 1;
    return true;
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

  /** Drops what waits for a peer since before `since`; returns how many frames that were. */
  drop(peer: Peer, since: number): number {
    let dropped = 0;
    for (let entry = this.lists.first(peer.index); entry >= 0; entry = this.lists.first(peer.index)) {
      if (this.hold.arrivedAt[entry]! >= since) break;
      this.free(peer, entry);
      dropped += 1;
    }
    return dropped;
  }

  private free(peer: Peer, entry: number): void {
    this.lists.remove(peer.index, entry);
    this.hold.free(entry);
    peer.waiting -= 1;
  }
}
