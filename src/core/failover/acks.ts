/**
 * The receiver's half of a failover without loss: tells each peer that keeps what it sends which of its
 * datagrams have come. While data comes in, at most every ACK_INTERVAL and every MANY datagrams; nothing
 * when none does. An acknowledgement repeats what the two before said, since it may get lost itself.
 */
import { LANE, PEER } from '../counters.js';
import type { Heartbeats } from '../heartbeats.js';
import { CONTROL_PLAIN_AT } from '../layout.js';
import { MAX_PEERS } from '../limits.js';
import type { Peer } from '../peer.js';
import type { KeyPair } from '../session/key-ring.js';
import type { LaneState } from '../state.js';
import { MAX_ACK_WORDS, writeAck } from '../wire/ack.js';
import { REJECT_AFTER_DATAGRAMS } from '../wire/transport.js';

/** Milliseconds between acknowledgements. */
const ACK_INTERVAL = 4;
/** Datagrams after which one is sent before its time: three of them fit a bitmap. */
const MANY = 1024;
/** Words that each has at least: 256 datagrams. */
const LEAST_WORDS = 8;
/** Acknowledgements that are sent at once for one range of counters. */
const MOST_BLOCKS = 4;

/** Above every counter. */
const NO_COUNTER = REJECT_AFTER_DATAGRAMS;

/** What came under one key and is not acknowledged yet. */
export class AckDebt {
  pair: KeyPair | null = null;
  /** Highest counters at the last acknowledgement, and at the two before. */
  told = -1;
  toldBefore = -1;
  toldFirst = -1;
  /** Lowest and highest of the counters up to `told` that came since: sent again, or on a slower link. */
  low = NO_COUNTER;
  high = -1;
  /** Data came since the last one. */
  due = false;

  begin(pair: KeyPair): void {
    this.pair = pair;
    this.told = this.toldBefore = this.toldFirst = -1;
    this.low = NO_COUNTER;
    this.high = -1;
    this.due = false;
  }

  /** Datagrams since the last acknowledgement. */
  // HOT PATH
  fresh(): number {
    return this.pair === null ? 0 : this.pair.window.highest - this.told;
  }
}

/** What is owed to one peer: under the newest key that data came under, and under the one before. */
export class PeerAcks {
  newest = new AckDebt();
  older = new AckDebt();
  /** Links that data came in on since the last acknowledgement. */
  links = 0;
  lastAt = Number.NEGATIVE_INFINITY;
  /** In the list of those that data came from in this batch. */
  listed = false;
}

export class Acks {
  /** Peers that data came from in this batch; bounded by the number of peers. */
  private readonly touched = new Int32Array(MAX_PEERS);
  private count = 0;
  /** Noted in this batch: counters from `notedFrom` on under this key need not be noted again. */
  noted: KeyPair | null = null;
  notedFrom = 0;

  constructor(
    private readonly state: LaneState,
    private readonly heartbeats: Heartbeats,
  ) {}

  /** An authentic datagram with data came in on `link`, the link of this batch. */
  // HOT PATH
  note(peer: Peer, pair: KeyPair, counter: number, link: number): void {
    this.noted = pair;
    this.notedFrom = 0;
    if (!peer.wantsAcks) return;
    const { acks } = peer;
    const debt = acks.newest.pair === pair ? acks.newest : debtOf(acks, pair);
    if (counter <= debt.told) {
      if (counter < debt.low) debt.low = counter;
      if (counter > debt.high) debt.high = counter;
    }
    // What is new is seen by the window; what is older must be told of one by one.
    this.notedFrom = debt.told + 1;
    debt.due = true;
    acks.links |= 1 << link;
    if (acks.listed) return;
    acks.listed = true;
    this.touched[this.count++] = peer.index;
  }

  /** At the end of a batch: acknowledges to whom it is time, and sets the time for the others. */
  // HOT PATH
  finish(now: number): void {
    const { state } = this;
    for (let i = 0; i < this.count; i++) {
      const peer = state.peers[this.touched[i]!]!;
      if (peer === null) continue;
      const { acks } = peer;
      acks.listed = false;
      if (now - acks.lastAt >= ACK_INTERVAL || acks.newest.fresh() >= MANY) this.send(peer, now);
      else state.deadlines.set(state.ackDeadlineOf(peer.index), acks.lastAt + ACK_INTERVAL);
    }
    this.count = 0;
    this.noted = null;
  }

  /** Sends what is owed to a peer, over the links that its data came in on; over all that are up when one is in doubt. */
  // HOT PATH
  send(peer: Peer, now: number): void {
    const { acks } = peer;
    const links = this.state.reachableOf(peer, acks.links | peer.usable);
    const narrow = links & acks.links;
    const mask = peer.suspects !== 0 || narrow === 0 ? links : narrow | peer.spread.fastestBeside(narrow, links);
    acks.links = 0;
    acks.lastAt = now;
    this.state.deadlines.clear(this.state.ackDeadlineOf(peer.index));
    this.settle(peer, acks.older, mask);
    this.settle(peer, acks.newest, mask);
  }

  // HOT PATH
  private settle(peer: Peer, debt: AckDebt, mask: number): void {
    const { pair } = debt;
    if (pair === null || !debt.due) return;
    debt.due = false;
    const highest = pair.window.highest;
    const last = highest >> 5;
    // A jump beyond all blocks: what lies before them is not acknowledged.
    const first = Math.max(
      0,
      last - MOST_BLOCKS * MAX_ACK_WORDS + 1,
      Math.min(debt.toldFirst >> 5, last - LEAST_WORDS + 1),
    );
    if (debt.high >= 0 && debt.low >> 5 < first) {
      const end = Math.min(debt.high >> 5, first - 1);
      this.range(peer, pair, debt.low >> 5, Math.min(end, (debt.low >> 5) + MOST_BLOCKS * MAX_ACK_WORDS - 1), mask);
    }
    this.range(peer, pair, first, last, mask);
    debt.toldFirst = debt.toldBefore;
    debt.toldBefore = debt.told;
    debt.told = highest;
    debt.low = NO_COUNTER;
    debt.high = -1;
  }

  // HOT PATH
  private range(peer: Peer, pair: KeyPair, from: number, to: number, mask: number): void {
    const { state, heartbeats } = this;
    for (let word = from; word <= to; word += MAX_ACK_WORDS) {
      const end = Math.min(to, word + MAX_ACK_WORDS - 1);
      const length = writeAck(state.arena.view, CONTROL_PLAIN_AT, pair.localIndex, pair.window, word, end);
      heartbeats.sendTo(peer, mask, length);
      state.counters[peer.block + PEER.acksTx]! += 1;
      state.count(LANE.acksTx);
    }
  }
}

/** The debt under a key that is not the newest one so far: that of the key before, or one that begins. */
function debtOf(acks: PeerAcks, pair: KeyPair): AckDebt {
  if (acks.older.pair === pair) return acks.older;
  const { newest } = acks;
  acks.newest = acks.older;
  acks.older = newest;
  acks.newest.begin(pair);
  return acks.newest;
}
