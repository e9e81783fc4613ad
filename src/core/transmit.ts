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
import type { Waiting } from './waiting/waiting.js';
import { ETHERNET_HEADER_SIZE, isGroup, macHi, macLo, networkOffset } from './wire/ethernet.js';
import { GSO_NONE, INNER_SIZE, VNET_NEEDS_CSUM, VNET_SIZE, writeInner } from './wire/inner.js';
import { REJECT_AFTER_DATAGRAMS, REKEY_AFTER_DATAGRAMS, SEAL_OVERHEAD } from './wire/transport.js';

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
    private readonly waiting: Waiting,
    private readonly dispatcher: Dispatcher,
  ) {
    this.splitter = new Splitter(state.arena);
    this.admission = new Admission(state);
  }

  /** Sends `count` frames that lie in the TAP slots, `lengths[i]` bytes each with virtio-net header. */
  // HOT PATH
  frames(count: number, lengths: Int32Array, now: number): void {
    for (let i = 0; i < count; i++) this.frame(TAP_AT + i * SLOT_SIZE + SLOT_HEADROOM, lengths[i]!, now);
    this.flush(now);
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
    if (pair === null || peer.waiting !== 0) {
      // There is no session at the moment, or others wait before this frame.
      this.writeInner(off);
      return this.waiting.put(peer, off - INNER_SIZE, len + INNER_SIZE, now);
    }
    // All its links have failed: what comes when one is back would find a burst before it.
    if (peer.usable === 0) return this.state.count(LANE.txNoLink);
    this.carry(peer, pair, off, len, now);
  }

  /** Sends a plaintext that has waited, an inner header and its frame. What is sent goes with the next `flush`. */
  resume(peer: Peer, pair: KeyPair, plain: number, length: number, now: number): void {
    const { bytes } = this.state.arena;
    this.flags = bytes[plain + 1]!;
    this.gsoType = bytes[plain + 2]!;
    this.csumOffset = bytes[plain + 3]!;
    this.csumStart = bytes[plain + 4]! | (bytes[plain + 5]! << 8);
    this.gsoSize = bytes[plain + 6]! | (bytes[plain + 7]! << 8);
    this.carry(peer, pair, plain + INNER_SIZE, length - INNER_SIZE, now);
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
    this.writeInner(off);
    this.put(peer, pair, off - INNER_SIZE, len + INNER_SIZE, now);
  }

  /** Puts the inner header of the frame at hand before it. */
  // HOT PATH
  private writeInner(off: number): void {
    const { bytes } = this.state.arena;
    writeInner(bytes, off, this.flags, this.gsoType, this.csumStart, this.csumOffset, this.gsoSize);
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
    if (!tx.hasRoom(size)) this.flush(now);
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

  /** Hands over what is sealed. */
  // HOT PATH
  flush(now: number): void {
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
