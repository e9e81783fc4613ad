/**
 * The way in: datagrams from the sockets are checked against the replay window, opened, and only then
 * looked into: frames (whole, or put together from fragments) teach the MAC table where their source
 * lives and go to the TAP, joined by flow; heartbeats go to the links' health.
 *
 * Whatever does not fit is dropped without an answer and counted by reason.
 */
import { LANE, LINK, PEER } from './counters.js';
import { COUNTER_FRESH, COUNTER_TOO_OLD } from './crypto/replay-window.js';
import type { Acks } from './failover/acks.js';
import type { Resender } from './failover/resender.js';
import { fragmentIsMalformed } from './fragment/reassembler.js';
import type { Heartbeats } from './heartbeats.js';
import type { Peer } from './peer.js';
import type { Pings } from './pings.js';
import type { Order } from './resequence/order.js';
import { type InOrder, Resequencer } from './resequence/resequencer.js';
import type { RxBatch } from './rx-batch.js';
import type { KeyPair } from './session/key-ring.js';
import type { LaneState } from './state.js';
import { Admission } from './switch/admission.js';
import {
  MAC_HELD,
  MAC_HOLD_BEGAN,
  MAC_LEARNED,
  MAC_MOVED,
  MAC_REFUSED_FULL,
  MAC_REFUSED_PEER,
} from './switch/mac-table.js';
import type { Trace } from './trace.js';
import { ackIsValid } from './wire/ack.js';
import { ETHERNET_HEADER_SIZE, ETHERNET_SOURCE, isGroup, macHi, macLo, networkOffset } from './wire/ethernet.js';
import { handshakeSize } from './wire/handshake.js';
import { INNER_SIZE, innerIsValid } from './wire/inner.js';
import {
  counterOf,
  HEADER_SIZE,
  KIND_ACK,
  KIND_CLOSE,
  KIND_FRAGMENT,
  KIND_FRAME,
  KIND_PING,
  KIND_PONG,
  KIND_PROBE,
  KIND_PROBE_ANSWER,
  SEAL_OVERHEAD,
  TYPE_COOKIE_REPLY,
  TYPE_INITIATION,
  TYPE_JOIN_REQUEST,
  TYPE_TRANSPORT,
} from './wire/transport.js';

/** Complete frames whose slots wait for the TAP write. */
const MAX_HELD = 64;

export class Receiver implements InOrder {
  private readonly held = new Int32Array(MAX_HELD);
  private heldCount = 0;
  // Who sent the frame before, in this batch: a train comes from one address.
  private lastHi = -1;
  private lastLo = 0;
  private lastPeer = -1;
  private lastMayPass = true;
  private readonly admission: Admission;
  readonly resequencer: Resequencer;

  constructor(
    private readonly state: LaneState,
    private readonly heartbeats: Heartbeats,
    private readonly acks: Acks,
    private readonly resender: Resender,
    private readonly pings: Pings,
  ) {
    this.admission = new Admission(state);
    this.resequencer = new Resequencer(state, this);
  }

  /** Takes what one receive call brought on local link `link`. */
  // HOT PATH
  datagrams(link: number, batch: RxBatch, now: number): void {
    this.lastHi = -1;
    const { mute } = this.state;
    const muted = (mute.links & (1 << link)) !== 0;
    for (let i = 0; i < batch.count; i++) {
      const start = batch.offset[i]!;
      const end = start + batch.length[i]!;
      const segment = batch.segment[i]!;
      if (segment <= 0) {
        this.state.count(LANE.rxShort); // UDP carries datagrams without any bytes
        continue;
      }
      if (muted && mute.drops(start, Math.min(segment, end - start), batch.address[i]!, now)) {
        this.state.counters[LANE.rxMuted]! += Math.ceil((end - start) / segment);
        continue;
      }
      for (let at = start; at < end; at += segment) {
        const left = end - at;
        this.datagram(link, at, Math.min(left, segment), batch.address[i]!, now);
      }
    }
  }

  /** Writes the frames that have come together to the TAP. */
  // HOT PATH
  deliver(): void {
    const { frames, joiner, sink, reassembler } = this.state;
    joiner.finish();
    if (frames.count > 0) sink.deliver(frames);
    frames.reset();
    for (let i = 0; i < this.heldCount; i++) reassembler.release(this.held[i]!);
    this.heldCount = 0;
    this.resequencer.written();
  }

  // HOT PATH
  private datagram(link: number, at: number, length: number, addressOff: number, now: number): void {
    const { state } = this;
    const { bytes, view } = state.arena;
    if (length < HEADER_SIZE) return state.count(LANE.rxShort);
    const type = bytes[at]!;
    if ((type >= TYPE_INITIATION && type <= TYPE_COOKIE_REPLY) || type === TYPE_JOIN_REQUEST) {
      state.count(LANE.handshakeRx);
      if (length !== handshakeSize(type)) return state.count(LANE.rxMalformed);
      if (state.ended) return;
      if (!state.gate.passes(link, addressOff, state.members, now)) return state.count(LANE.handshakeOverload);
      state.sink.handshake(link, at, length, addressOff);
      return;
    }
    if (type !== TYPE_TRANSPORT) return state.count(LANE.rxBadType);
    if (view.getInt32(at, true) !== TYPE_TRANSPORT) return state.count(LANE.rxBadHeader);
    if (length <= SEAL_OVERHEAD) return state.count(LANE.rxShort);
    const pair = state.byIndex.get(view.getInt32(at + 4, true));
    if (pair === undefined) return state.count(LANE.rxUnknownIndex);
    const counter = counterOf(view, at);
    if (counter < 0) return state.count(LANE.rxCounterLimit);
    const peer = state.peers[pair.peer]!;
    if (peer === null) return state.count(LANE.rxUnknownIndex);
    const verdict = pair.window.check(counter);
    if (verdict !== COUNTER_FRESH) {
      this.refused(peer, link, length, verdict);
      return;
    }
    if (!state.aead.open(pair.openKey, counter, at, length)) return state.count(LANE.rxBadSeal);
    pair.window.mark(counter);
    if (peer.keys.confirmed(pair)) {
      this.heartbeats.sessionChanged(peer, now);
      state.sink.confirmed(peer.index, pair.localIndex);
    }
    this.countReceived(peer, link, length);
    const { order } = peer;
    if (order === null)
      this.plaintext(peer, pair, link, at + HEADER_SIZE, length - SEAL_OVERHEAD, counter, addressOff, now);
    else this.ordered(peer, order, pair, link, at + HEADER_SIZE, length - SEAL_OVERHEAD, counter, addressOff, now);
  }

  /** Of a peer that spreads what it sends over its links. */
  // HOT PATH
  private ordered(
    peer: Peer,
    order: Order,
    pair: KeyPair,
    link: number,
    at: number,
    length: number,
    counter: number,
    addressOff: number,
    now: number,
  ): void {
    const kind = this.state.arena.bytes[at]!;
    const hasData = kind === KIND_FRAME || kind === KIND_FRAGMENT;
    if (this.resequencer.waits(peer, order, pair, link, counter, hasData, at, length, now)) {
      if (pair !== this.acks.noted || counter < this.acks.notedFrom) this.acks.note(peer, pair, counter, link);
      return;
    }
    this.plaintext(peer, pair, link, at, length, counter, addressOff, now);
    this.resequencer.follow(peer, order, now);
  }

  /** What has waited for its turn. */
  // HOT PATH
  released(peer: Peer, at: number, length: number, now: number): void {
    if (this.state.arena.bytes[at]! === KIND_FRAME) this.frame(peer, at, length, now);
    else this.fragment(peer, at, length, now);
  }

  /** The time of what waits for its turn is up. */
  timeout(peer: Peer, now: number): void {
    this.lastHi = -1;
    this.resequencer.timeout(peer, now);
    this.deliver();
  }

  /** Came twice (over another link, say) or too late: not opened, but it shows that the link carries. */
  // HOT PATH
  private refused(peer: Peer, link: number, length: number, verdict: number): void {
    const { state } = this;
    const tooOld = verdict === COUNTER_TOO_OLD;
    state.count(tooOld ? LANE.rxTooOld : LANE.rxDuplicate);
    state.counters[peer.block + (tooOld ? PEER.tooOld : PEER.duplicates)]! += 1;
    this.countReceived(peer, link, length);
  }

  // HOT PATH
  private countReceived(peer: Peer, id: number, length: number): void {
    const link = peer.links[id]!;
    if (link === null) return;
    this.state.counters[link.block + LINK.rxDatagrams]! += 1;
    this.state.counters[link.block + LINK.rxBytes]! += length;
  }

  // HOT PATH
  private plaintext(
    peer: Peer,
    pair: KeyPair,
    link: number,
    at: number,
    length: number,
    counter: number,
    addressOff: number,
    now: number,
  ): void {
    const { state } = this;
    switch (state.arena.bytes[at]!) {
      case KIND_FRAME:
        if (pair !== this.acks.noted || counter < this.acks.notedFrom) this.acks.note(peer, pair, counter, link);
        this.frame(peer, at, length, now);
        return;
      case KIND_FRAGMENT:
        if (pair !== this.acks.noted || counter < this.acks.notedFrom) this.acks.note(peer, pair, counter, link);
        this.fragment(peer, at, length, now);
        return;
      case KIND_PING:
        this.heartbeats.ping({ peer, pair, link, at, length, counter, addressOff, now });
        return;
      case KIND_PONG:
        this.heartbeats.pong({ peer, pair, link, at, length, counter, addressOff, now });
        return;
      case KIND_ACK:
        this.acknowledgement(peer, at, length, now);
        return;
      case KIND_PROBE:
        this.heartbeats.probe({ peer, pair, link, at, length, counter, addressOff, now }, false);
        return;
      case KIND_PROBE_ANSWER:
        if (this.pings.takes(peer, link, at, length, now)) return;
        this.heartbeats.probe({ peer, pair, link, at, length, counter, addressOff, now }, true);
        return;
      case KIND_CLOSE:
        this.heartbeats.closed(peer, pair, now);
        return;
      default:
        state.count(LANE.rxUnknownKind);
    }
  }

  // HOT PATH
  private acknowledgement(peer: Peer, at: number, length: number, now: number): void {
    const { state } = this;
    if (!ackIsValid(state.arena, at, length)) return state.count(LANE.rxMalformed);
    state.count(LANE.acksRx);
    state.counters[peer.block + PEER.acksRx]! += 1;
    this.resender.acknowledged(peer, at, now);
  }

  // HOT PATH
  private fragment(peer: Peer, at: number, length: number, now: number): void {
    const { state } = this;
    state.counters[peer.block + PEER.fragmentsRx]! += 1;
    const slot = state.reassembler.push(peer.index, at, length, now);
    if (slot < 0) {
      if (fragmentIsMalformed(slot)) state.count(LANE.rxFragmentMalformed);
      return;
    }
    const frame = state.reassembler.offsetOf(slot);
    if (state.arena.bytes[frame] === KIND_FRAME) this.frame(peer, frame, state.reassembler.lengthOf(slot), now);
    else state.count(LANE.rxMalformed);
    // Only now: a full batch that is written to make room for this frame must not give its slot away.
    this.held[this.heldCount++] = slot;
    if (this.heldCount === MAX_HELD) this.deliver();
  }

  // HOT PATH
  private frame(peer: Peer, at: number, length: number, now: number): void {
    const { state } = this;
    const { bytes } = state.arena;
    const off = at + INNER_SIZE;
    const len = length - INNER_SIZE;
    if (len < ETHERNET_HEADER_SIZE || !innerIsValid(bytes, at, len) || isGroup(bytes, off + ETHERNET_SOURCE)) {
      return state.count(LANE.rxMalformed);
    }
    if ((peer.guard !== null || state.storm.active) && !this.admission.fromPeer(peer, off, len, now)) return;
    if (!this.learn(peer, macHi(bytes, off + ETHERNET_SOURCE), macLo(bytes, off + ETHERNET_SOURCE), now)) {
      state.count(LANE.rxMacHeld);
      state.counters[peer.block + PEER.macsHeld]! += 1;
      return;
    }
    state.counters[peer.block + PEER.rxFrames]! += 1;
    state.counters[peer.block + PEER.rxBytes]! += len;
    if (!state.frames.hasRoom()) this.deliver();
    const ip = networkOffset(bytes, off, len);
    state.joiner.add(off, len, ip < 0 ? -1 : ip - off);
  }

  /** Notes where a source address is. False: it is held behind another peer, and the frame may not pass. */
  // HOT PATH
  private learn(peer: Peer, hi: number, lo: number, now: number): boolean {
    if (hi === this.lastHi && lo === this.lastLo && peer.index === this.lastPeer) return this.lastMayPass;
    this.lastHi = hi;
    this.lastLo = lo;
    this.lastPeer = peer.index;
    this.lastMayPass = true;
    const { state } = this;
    const verdict = state.macs.learn(hi, lo, peer.index, now);
    if (state.trace !== null) traceLearned(state.trace, verdict, peer.index, hi, lo);
    switch (verdict) {
      case MAC_LEARNED:
        state.count(LANE.macLearned);
        break;
      case MAC_MOVED:
        state.count(LANE.macMoved);
        break;
      case MAC_HOLD_BEGAN: {
        const stays = state.macs.lookup(hi, lo, now);
        state.count(LANE.macHeld);
        state.alarms.move(hi, lo, peer.index, state.macs.movedFrom, stays, now);
        this.lastMayPass = stays === peer.index;
        break;
      }
      case MAC_HELD:
        this.lastMayPass = false;
        break;
      case MAC_REFUSED_PEER:
        state.counters[peer.block + PEER.macsRefused]! += 1;
        state.count(LANE.macRefused);
        break;
      case MAC_REFUSED_FULL:
        state.count(LANE.macRefused);
    }
    return this.lastMayPass;
  }
}

/** The outcomes of learning that are worth a word, by verdict. */
const LEARNED = new Map([
  [MAC_LEARNED, 'learned'],
  [MAC_MOVED, 'moved'],
  [MAC_HOLD_BEGAN, 'hold-began'],
  [MAC_HELD, 'held'],
  [MAC_REFUSED_PEER, 'refused-peer'],
  [MAC_REFUSED_FULL, 'refused-full'],
]);

function traceLearned(trace: Trace, verdict: number, peer: number, hi: number, lo: number): void {
  const event = LEARNED.get(verdict);
  if (event === undefined) return;
  const digits = hi.toString(16).padStart(4, '0') + (lo >>> 0).toString(16).padStart(8, '0');
  const mac = digits.replace(/..(?=.)/g, '$&:');
  trace({ topic: 'switch', event, peer, link: -1, fields: { mac } });
}
