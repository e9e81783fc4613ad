/**
 * The way out: frames from the TAP are switched to peers, split or cut into fragments where a link
 * can't carry them whole, sealed, and put into runs for the links that the policy chooses.
 */
import { LANE, PEER } from './counters.js';
import type { Dispatcher } from './dispatch.js';
import {
  FRAGMENT_HEADER_SIZE,
  fragmentCount,
  fragmentLength,
  fragmentSize,
  writeFragmentHeader,
} from './fragment/fragmenter.js';
import { SCRATCH_AT, SLOT_HEADROOM, SLOT_SIZE, TAP_AT } from './layout.js';
import { book, runLimit } from './link/choice.js';
import type { Peer } from './peer.js';
import { Splitter } from './segment/split.js';
import type { KeyPair } from './session/key-ring.js';
import type { LaneState } from './state.js';
import { Admission } from './switch/admission.js';
import { LOOK } from './waiting.js';
import { ETHERNET_HEADER_SIZE, isGroup, macHi, macLo, networkOffset } from './wire/ethernet.js';
import { GSO_NONE, INNER_SIZE, VNET_NEEDS_CSUM, VNET_SIZE, writeInner } from './wire/inner.js';
import { REJECT_AFTER_DATAGRAMS, REKEY_AFTER_DATAGRAMS, SEAL_OVERHEAD } from './wire/transport.js';

/** Bytes of what waited that are sent at once: more than a round brings in from the TAP, so that the row becomes shorter. */
const RELEASE_BYTES = 512 * 1024;
/** Milliseconds to the next part: other sources are served between. */
const AGAIN = 0.05;

export class Transmitter {
  private readonly splitter: Splitter;
  private readonly admission: Admission;
  // The virtio-net header of the frame at hand.
  private flags = 0;
  private gsoType = 0;
  private gsoSize = 0;
  private csumStart = 0;
  private csumOffset = 0;

  constructor(
    private readonly state: LaneState,
    private readonly dispatcher: Dispatcher,
  ) {
    this.splitter = new Splitter(state.arena);
    this.admission = new Admission(state);
  }

  /** Sends `count` frames that lie in the TAP slots, `lengths[i]` bytes each with virtio-net header. */
  // HOT PATH
  frames(count: number, lengths: Int32Array, now: number): void {
    for (let i = 0; i < count; i++) this.frame(TAP_AT + i * SLOT_SIZE + SLOT_HEADROOM, lengths[i]!, now);
    this.flushData(now);
  }

  // HOT PATH
  private frame(vnet: number, length: number, now: number): void {
    const { state } = this;
    const { bytes } = state.arena;
    const off = vnet + VNET_SIZE;
    const len = length - VNET_SIZE;
    if (len < ETHERNET_HEADER_SIZE) {
      state.count(LANE.tapRunts);
      return;
    }
    state.counters[LANE.tapRxFrames]! += 1;
    state.counters[LANE.tapRxBytes]! += len;
    this.flags = bytes[vnet]! & VNET_NEEDS_CSUM;
    this.gsoType = bytes[vnet + 1]!;
    this.gsoSize = bytes[vnet + 4]! | (bytes[vnet + 5]! << 8);
    this.csumStart = bytes[vnet + 6]! | (bytes[vnet + 7]! << 8);
    this.csumOffset = bytes[vnet + 8]!;
    if (!isGroup(bytes, off)) {
      const index = state.macs.lookup(macHi(bytes, off), macLo(bytes, off), now);
      const peer = index < 0 ? null : state.peers[index]!;
      if (peer !== null) {
        this.send(peer, off, len, now);
        return;
      }
    }
    this.flood(off, len, now);
  }

  /** Broadcast, multicast and unknown addresses go to every peer. */
  // HOT PATH
  private flood(off: number, len: number, now: number): void {
    const { members } = this.state;
    const { bytes } = this.state.arena;
    if (members.length === 0) return this.state.count(LANE.txNoPeer);
    if (this.state.storm.active && !this.admission.toAll(off, len, this.gsoType, this.gsoSize, now)) return;
    this.state.count(LANE.floods);
    for (let i = 0; i < members.length; i++) {
      const peer = members[i]!;
      // Splitting and fragmenting consume the frame: all but the last peer get a copy.
      const consumes = this.gsoType !== GSO_NONE || len + INNER_SIZE > peer.capacity;
      if (!consumes || i === members.length - 1) {
        this.send(peer, off, len, now);
        continue;
      }
      const copy = SCRATCH_AT + SLOT_HEADROOM + VNET_SIZE;
      bytes.copyWithin(copy, off, off + len);
      this.send(peer, copy, len, now);
    }
  }

  // HOT PATH
  private send(peer: Peer, off: number, len: number, now: number): void {
    const pair = peer.keys.current;
    if (pair === null || peer.waiting !== 0) return this.wait(peer, off, len, now);
    // All its links have failed: what comes when one is back would find a burst before it.
    if (peer.usable === 0) return this.countUnsent(peer, 1);
    this.carry(peer, pair, off, len, now);
  }

  /** There is no session with the peer at the moment, or others wait before this frame: it waits. */
  private wait(peer: Peer, off: number, len: number, now: number): void {
    const { waiting, deadlines, arena } = this.state;
    if (waiting.takes(peer, now)) {
      writeInner(arena.bytes, off, this.flags, this.gsoType, this.csumStart, this.csumOffset, this.gsoSize);
      if (waiting.put(peer, off - INNER_SIZE, len + INNER_SIZE, now)) {
        if (peer.waiting === 1) deadlines.set(this.state.waitingDeadlineOf(peer.index), now + LOOK);
        return;
      }
    }
    this.countUnsent(peer, 1);
  }

  // HOT PATH
  private countUnsent(peer: Peer, frames: number): void {
    this.state.counters[peer.keys.current === null ? LANE.txNoSession : LANE.txNoLink]! += frames;
  }

  /** Sends what waits for a peer, if that can be reached; a part at once, so that others have their turn. */
  release(peer: Peer, now: number): void {
    const { state } = this;
    const { bytes } = state.arena;
    const pair = peer.keys.current;
    const at = SCRATCH_AT + SLOT_HEADROOM;
    for (let left = RELEASE_BYTES; pair !== null && peer.usable !== 0 && left > 0; ) {
      const length = state.waiting.take(peer, at);
      if (length === 0) break;
      left -= length;
      this.flags = bytes[at + 1]!;
      this.gsoType = bytes[at + 2]!;
      this.csumOffset = bytes[at + 3]!;
      this.csumStart = bytes[at + 4]! | (bytes[at + 5]! << 8);
      this.gsoSize = bytes[at + 6]! | (bytes[at + 7]! << 8);
      state.count(LANE.txWaited);
      this.carry(peer, pair, at + INNER_SIZE, length - INNER_SIZE, now);
    }
    this.flushData(now);
    const reachable = pair !== null && peer.usable !== 0;
    if (peer.waiting > 0) state.deadlines.set(state.waitingDeadlineOf(peer.index), now + (reachable ? AGAIN : LOOK));
    else if (reachable) peer.awaySince = -1;
  }

  /** Drops what waits for a peer since before `since`. */
  drop(peer: Peer, since: number): void {
    this.countUnsent(peer, this.state.waiting.drop(peer, since));
  }

  // HOT PATH
  private carry(peer: Peer, pair: KeyPair, off: number, len: number, now: number): void {
    const { state } = this;
    if (peer.guard !== null && !this.admission.toPeer(peer, off, len)) return;
    if (pair.counter >= REKEY_AFTER_DATAGRAMS && !pair.rekeyAsked) {
      pair.rekeyAsked = true;
      state.sink.handshakeNeeded(peer.index, 'rekey');
    }
    state.counters[peer.block + PEER.txFrames]! += 1;
    state.counters[peer.block + PEER.txBytes]! += len;
    if (this.gsoType !== GSO_NONE) {
      const ip = networkOffset(state.arena.bytes, off, len);
      const limit = peer.capacity - INNER_SIZE;
      const segments =
        ip < 0 ? 0 : this.splitter.begin(off, len, this.gsoType, this.gsoSize, ip - off, this.csumStart, limit);
      for (let i = 0; i < segments; i++) {
        this.splitter.segment(i);
        this.put(peer, pair, this.splitter.plainOff, this.splitter.plainLen, now);
      }
      if (segments > 0) return;
    }
    writeInner(state.arena.bytes, off, this.flags, this.gsoType, this.csumStart, this.csumOffset, this.gsoSize);
    this.put(peer, pair, off - INNER_SIZE, len + INNER_SIZE, now);
  }

  /** Seals a plaintext: in one datagram where it fits, else in fragments. */
  // HOT PATH
  private put(peer: Peer, pair: KeyPair, plain: number, length: number, now: number): void {
    if (length <= peer.capacity) {
      this.seal(peer, pair, plain, length, now);
      return;
    }
    const { state } = this;
    const count = fragmentCount(length, peer.capacity - FRAGMENT_HEADER_SIZE);
    if (count === 0) return state.count(LANE.txTooBig);
    const size = fragmentSize(length, count);
    const id = peer.frameId;
    peer.frameId = (peer.frameId + 1) | 0;
    for (let i = 0; i < count; i++) {
      const piece = fragmentLength(length, count, i);
      // The header takes the place of bytes that the piece before has sealed already.
      const at = plain + i * size - FRAGMENT_HEADER_SIZE;
      writeFragmentHeader(state.arena.bytes, at, i, count, id, length);
      this.seal(peer, pair, at, piece + FRAGMENT_HEADER_SIZE, now);
    }
    state.counters[peer.block + PEER.fragmentsTx]! += count;
  }

  // HOT PATH
  private seal(peer: Peer, pair: KeyPair, plain: number, length: number, now: number): void {
    const { tx } = this.state;
    const size = length + SEAL_OVERHEAD;
    if (pair.counter >= REJECT_AFTER_DATAGRAMS) return this.state.count(LANE.txKeyExhausted);
    if (!tx.hasRoom(size)) this.flushData(now);
    if (!tx.continues(peer.index, size)) {
      this.begin(peer, pair, plain, length, now);
      return;
    }
    this.state.seal(tx, pair, 0, plain, length, true, tx.next);
  }

  /** Seals a plaintext as the first of a run: where it is kept, if it is. */
  // HOT PATH
  private begin(peer: Peer, pair: KeyPair, plain: number, length: number, now: number): void {
    const { tx, ring } = this.state;
    const { counter } = pair;
    const size = length + SEAL_OVERHEAD;
    this.closeRun(now);
    const mask = peer.choose(now);
    const at = peer.keeps ? ring.place(peer.index, size, now) : -1;
    if (at >= 0) {
      const most = Math.min(ring.endOf(at), at + runLimit(peer, mask));
      this.state.seal(tx, pair, mask, plain, length, false, at, most);
      tx.record[tx.count - 1] = ring.begin(peer.index, at, size, pair.remoteIndex | 0, counter, now);
    } else {
      this.state.seal(tx, pair, mask, plain, length, false);
      if (peer.keeps) ring.overrun(peer.index, counter);
    }
  }

  // HOT PATH
  private flushData(now: number): void {
    this.closeRun(now);
    this.dispatcher.flush(this.state.tx, now);
  }

  /** The last run grows no more: what is kept of it is told how long it is. */
  // HOT PATH
  private closeRun(now: number): void {
    const { tx, ring } = this.state;
    const run = tx.count - 1;
    if (run < 0) return;
    const record = tx.record[run]!;
    const mask = tx.mask[run]!;
    const peer = this.state.peers[tx.peer[run]!]!;
    if (record >= 0) ring.close(record, tx.length[run]!, tx.segments[run]!);
    if (peer === null || mask === 0) return;
    book(peer.links, mask, tx.length[run]!, now);
    if (record >= 0) ring.booked[record] = peer.links[31 - Math.clz32(mask)]!.pace.booked;
  }
}
