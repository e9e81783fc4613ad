/** Sends what waits for a peer once that can be reached, a part at a time. */
import { LANE } from '../counters.js';
import { SCRATCH_AT, SLOT_HEADROOM } from '../layout.js';
import type { Peer } from '../peer.js';
import type { LaneState } from '../state.js';
import type { Transmitter } from '../transmit.js';
import { LOOK, type Waiting } from './waiting.js';

/** Bytes that are sent at once: more than a round brings in from the TAP, so that the row becomes shorter. */
const PART = 512 * 1024;
/** Milliseconds to the next part: other sources are served between. */
const AGAIN = 0.05;
const PLAIN_AT = SCRATCH_AT + SLOT_HEADROOM;

export class Releaser {
  constructor(
    private readonly state: LaneState,
    private readonly waiting: Waiting,
    private readonly transmitter: Transmitter,
  ) {}

  /** A part of what waits for a peer goes, if that can be reached; the deadline says when it is looked again. */
  release(peer: Peer, now: number): void {
    const { state } = this;
    const pair = peer.keys.current;
    // Its links may fail with what is sent.
    for (let left = PART; pair !== null && peer.usable !== 0 && left > 0; ) {
      const length = this.waiting.take(peer, PLAIN_AT);
      if (length === 0) break;
      left -= length;
      state.count(LANE.txWaited);
      this.transmitter.resume(peer, pair, PLAIN_AT, length, now);
    }
    this.transmitter.flush(now);
    const reachable = pair !== null && peer.usable !== 0;
    if (peer.waiting > 0) state.deadlines.set(state.waitingDeadlineOf(peer.index), now + (reachable ? AGAIN : LOOK));
    else if (reachable) peer.awaySince = -1;
  }
}
