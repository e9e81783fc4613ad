/**
 * The way out: frames from the TAP are switched to peers, split or cut into fragments where a link
 * can't carry them whole, sealed, and put into runs for the links that the policy chooses.
 */
import { LANE, LINK, PEER } from './counters.js';
import {
  FRAGMENT_HEADER_SIZE,
  fragmentCount,
  fragmentLength,
  fragmentSize,
  writeFragmentHeader,
} from './fragment/fragmenter.js';
import { SCRATCH_AT, SLOT_HEADROOM, SLOT_SIZE, TAP_AT } from './layout.js';
import { LINKS } from './limits.js';
import { book, runLimit } from './link/choice.js';
import type { Cause } from './link/health.js';
import type { Link } from './link/link.js';
import type { Peer } from './peer.js';
import { Splitter } from './segment/split.js';
import type { KeyPair } from './session/key-ring.js';
import type { LaneState } from './state.js';
import { Admission } from './switch/admission.js';
import type { TxBatch } from './tx-batch.js';
import { LOOK } from './waiting.js';
import { ETHERNET_HEADER_SIZE, isGroup, macHi, macLo, networkOffset } from './wire/ethernet.js';
import { GSO_NONE, INNER_SIZE, VNET_NEEDS_CSUM, VNET_SIZE, writeInner } from './wire/inner.js';
import { PROBE_SIZE } from './wire/probe.js';
import { REJECT_AFTER_DATAGRAMS, REKEY_AFTER_DATAGRAMS, SEAL_OVERHEAD } from './wire/transport.js';

/** Bytes of what waited that are sent at once: more than a round brings in from the TAP, so that the row becomes shorter. */
const RELEASE_BYTES = 512 * 1024;
/** Milliseconds to the next part: other sources are served between. */
const AGAIN = 0.05;
const SMALLEST_PROBE = PROBE_SIZE + SEAL_OVERHEAD;

/** What becomes of a link that can't send: implemented by the heartbeats. */
export interface FaultSink {
  linkFailed(peer: Peer, link: number, cause: Cause, now: number): void;
  /** The kernel finds datagrams of `length` bytes too large for a link's device. */
  tooLarge(peer: Peer, link: number, length: number, now: number): void;
  /** A path MTU probe did not go out, for its socket has no room. */
  probeUnsent(peer: Peer, link: number, now: number): void;
  /** Something about the link has its time now. */
  schedule(peer: Peer, link: Link): void;
  /** What goes over several links is no proof of any: it must be looked whether it has come. */
  watch(peer: Peer, now: number): void;
}

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
    private readonly faults: FaultSink,
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
    this.flush(this.state.tx, now);
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

  /**
   * Hands a batch to the kernel and empties it. A link that can't send is brought down at once, and
   * what it should have carried goes over the next best link: the sealed bytes are the same.
   */
  // HOT PATH
  flush(batch: TxBatch, now: number): void {
    if (batch.count === 0) return;
    this.transmit(batch, now);
    this.book(batch, now);
    // Each round brings down at least one link, so there are at most as many rounds as links.
    for (let round = 0; batch.anyFailed && round < LINKS; round++) {
      this.reroute(batch, now);
      this.transmit(batch, now);
      this.book(batch, now);
    }
    batch.reset();
  }

  // HOT PATH
  private transmit(batch: TxBatch, now: number): void {
    const { mute, sink, counters } = this.state;
    if (mute.links === 0) return sink.transmit(batch);
    counters[LANE.txMuted]! += mute.hide(batch, now);
    sink.transmit(batch);
    mute.show(batch);
  }

  private reroute(batch: TxBatch, now: number): void {
    batch.anyFailed = false;
    for (let run = 0; run < batch.count; run++) {
      const failed = batch.failed[run]!;
      const mask = batch.mask[run]!;
      batch.failed[run] = 0;
      batch.refused[run] = 0;
      batch.mask[run] = 0;
      const peer = batch.peer[run]! < 0 ? null : this.state.peers[batch.peer[run]!]!;
      if (failed === 0 || peer === null) continue;
      for (let link = 0; link < LINKS; link++) {
        if ((failed & (1 << link)) !== 0) this.faults.linkFailed(peer, link, batch.causeOf(run), now);
      }
      // Heartbeats belong to their link; data goes elsewhere, unless another link carried it already.
      if (batch.control || (mask & ~failed) !== 0) continue;
      if (batch.record[run]! >= 0) this.state.ring.failed(batch.record[run]!, failed);
      batch.mask[run] = peer.choose(now);
      if (batch.mask[run] !== 0) this.state.counters[LANE.txRerouted]! += batch.segments[run]!;
      else this.state.counters[LANE.txSendError]! += batch.segments[run]!;
    }
  }

  /** Notes how a run that is kept has gone, and from when on its link owes an acknowledgement. */
  // HOT PATH
  private keep(peer: Peer, batch: TxBatch, run: number, taken: number, now: number): void {
    const links = this.state.ring.sent(batch.record[run]!, taken, batch.segments[run]!, now);
    if (taken === 0) return;
    if ((links & (links - 1)) !== 0) return this.faults.watch(peer, now);
    const link = peer.links[31 - Math.clz32(links)]!;
    if (link?.health.suspicion.sent(now)) this.faults.schedule(peer, link);
  }

  /** Probes are counted by themselves: that they get lost says nothing of a link. */
  private bookProbe(peer: Peer, link: Link, batch: TxBatch, run: number, now: number): void {
    const bit = 1 << link.id;
    if (batch.segment[run]! === SMALLEST_PROBE || (batch.oversize[run]! & bit) !== 0) return;
    if ((batch.refused[run]! & bit) !== 0) this.faults.probeUnsent(peer, link.id, now);
    else this.state.counters[link.block + LINK.probesTx]! += 1;
  }

  /** Counts what the kernel took, and what the socket of a link had no room for. */
  // HOT PATH
  private book(batch: TxBatch, now: number): void {
    const { counters } = this.state;
    for (let run = 0; run < batch.count; run++) {
      if (batch.peer[run]! < 0) continue;
      const refused = batch.refused[run]!;
      const taken = batch.mask[run]! & ~(batch.failed[run]! | refused);
      if ((taken | refused) === 0) continue;
      const peer = this.state.peers[batch.peer[run]!]!;
      if (peer === null) continue;
      if (batch.record[run]! >= 0) this.keep(peer, batch, run, taken, now);
      for (let id = 0; id < LINKS; id++) {
        const link = peer.links[id]!;
        if (link === null || ((taken | refused) & (1 << id)) === 0) continue;
        if ((batch.oversize[run]! & (1 << id)) !== 0) {
          counters[LANE.txTooLarge]! += batch.segments[run]!;
          this.faults.tooLarge(peer, id, batch.segment[run]!, now);
        }
        if (batch.probes) {
          this.bookProbe(peer, link, batch, run, now);
          continue;
        }
        if ((refused & (1 << id)) !== 0) {
          counters[link.block + LINK.queueDrops]! += batch.segments[run]!;
          counters[LANE.txQueueFull]! += batch.segments[run]!;
          continue;
        }
        counters[link.block + LINK.txDatagrams]! += batch.segments[run]!;
        counters[link.block + LINK.txBytes]! += batch.length[run]!;
      }
    }
  }
}
