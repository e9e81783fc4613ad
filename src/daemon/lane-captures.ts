/**
 * The lane's side of captures: copies packets into the rings of those that go on. The lane has none of these while
 * nothing is captured. Nothing here waits, and nothing changes what the lane does.
 */
import { performance } from 'node:perf_hooks';
import type { Packet } from '../capture/record.js';
import { beginRecord, INBOUND, OUTBOUND, putAddress } from '../capture/record.js';
import { RingWriter } from '../capture/ring.js';
import type { FrameBatch } from '../core/frame-batch.js';
import { peerAddress, SLOT_HEADROOM, SLOT_SIZE, TAP_AT } from '../core/layout.js';
import { LINKS } from '../core/limits.js';
import type { RxBatch } from '../core/rx-batch.js';
import type { LaneState } from '../core/state.js';
import type { TxBatch } from '../core/tx-batch.js';
import { isSameEndpoint } from '../core/wire/address.js';
import { ETHERNET_HEADER_SIZE, ETHERNET_SOURCE, isGroup, macHi, macLo } from '../core/wire/ethernet.js';
import { VNET_SIZE } from '../core/wire/inner.js';
import { TYPE_TRANSPORT } from '../core/wire/transport.js';

/** What one capture takes. */
export interface CaptureFilter {
  /** Bits of the links whose datagrams are taken; 0: frames of the interface are. */
  readonly links: number;
  /** Index of the only peer, or -1: all. */
  readonly peer: number;
  /** Most bytes of a packet. */
  readonly snapLength: number;
}

interface Taker extends CaptureFilter {
  readonly id: number;
  readonly ring: RingWriter;
}

/** Traffic class of heartbeats and handshakes, as udp-sender.ts sets it. */
const CONTROL_TOS = 0xc0;

export class LaneCaptures {
  /** Bounded by who starts them (captures.ts). */
  private takers: readonly Taker[] = [];
  /** The packet at hand. */
  private readonly packet: Packet = { direction: 0, link: 0, tos: 0, peer: -1, length: 0, time: 0 };

  constructor(private readonly state: LaneState) {}

  get isEmpty(): boolean {
    return this.takers.length === 0;
  }

  start(id: number, filter: CaptureFilter, memory: SharedArrayBuffer): void {
    this.takers = [...this.takers, { ...filter, id, ring: new RingWriter(memory) }];
  }

  stop(id: number): void {
    this.takers = this.takers.filter((taker) => taker.id !== id);
  }

  /** Datagrams that came in on a link; to be called before they are opened. */
  received(link: number, batch: RxBatch): void {
    const takers = this.takers.filter(({ links }) => (links & (1 << link)) !== 0);
    if (takers.length === 0) return;
    Object.assign(this.packet, { direction: INBOUND, link, tos: 0, time: performance.now() });
    for (let i = 0; i < batch.count; i++) {
      const segment = batch.segment[i]!;
      const end = batch.offset[i]! + batch.length[i]!;
      for (let at = batch.offset[i]!; at < end && segment > 0; at += segment) {
        const length = Math.min(segment, end - at);
        this.packet.peer = this.senderOf(link, at, length, batch.address[i]!);
        this.datagram(takers, at, length, batch.address[i]!);
      }
    }
  }

  /** Datagrams that were given to the kernel; to be called before the batch is used again. */
  sent(batch: TxBatch): void {
    this.packet.time = performance.now();
    this.packet.direction = OUTBOUND;
    this.packet.tos = batch.control ? CONTROL_TOS : 0;
    for (let run = 0; run < batch.count; run++) {
      const taken = batch.mask[run]! & ~(batch.failed[run]! | batch.refused[run]!);
      for (let link = 0; link < LINKS; link++) {
        if ((taken & (1 << link)) !== 0) this.sentRun(batch, run, link);
      }
    }
  }

  private sentRun(batch: TxBatch, run: number, link: number): void {
    const takers = this.takers.filter(({ links }) => (links & (1 << link)) !== 0);
    if (takers.length === 0) return;
    const peer = batch.peer[run]!;
    const address = peer < 0 ? batch.addressOff[run]! : peerAddress(peer, link);
    this.packet.link = link;
    this.packet.peer = peer < 0 ? this.peerAt(link, address) : peer;
    const segment = batch.segment[run]!;
    const end = batch.offset[run]! + batch.length[run]!;
    for (let at = batch.offset[run]!; at < end; at += segment) {
      this.datagram(takers, at, Math.min(segment, end - at), address);
    }
  }

  private datagram(takers: readonly Taker[], at: number, length: number, address: number): void {
    const { bytes } = this.state.arena;
    const { packet } = this;
    packet.length = length;
    for (const { ring, peer, snapLength } of takers) {
      if (peer >= 0 && packet.peer !== peer) continue;
      const captured = Math.min(length, snapLength);
      const to = beginRecord(ring, packet, captured);
      if (to < 0) continue;
      putAddress(ring, to, bytes, address);
      ring.bytes.set(bytes.subarray(at, at + captured), to);
      ring.commit();
    }
  }

  /** Frames that lie in the TAP slots (Lane.onFrames); to be called before they are switched. */
  read(count: number, lengths: Int32Array): void {
    const takers = this.takers.filter(({ links }) => links === 0);
    if (takers.length === 0) return;
    const { bytes } = this.state.arena;
    const { packet } = this;
    const now = performance.now();
    Object.assign(packet, { direction: OUTBOUND, link: 0, tos: 0, time: now });
    for (let i = 0; i < count; i++) {
      const at = TAP_AT + i * SLOT_SIZE + SLOT_HEADROOM + VNET_SIZE;
      packet.length = lengths[i]! - VNET_SIZE;
      if (packet.length < ETHERNET_HEADER_SIZE) continue;
      packet.peer = isGroup(bytes, at) ? -1 : this.ownerOf(at, now);
      for (const { ring, peer, snapLength } of takers) {
        // What nobody owns is flooded, to this peer as well.
        if (peer >= 0 && packet.peer >= 0 && packet.peer !== peer) continue;
        const captured = Math.min(packet.length, snapLength);
        const to = beginRecord(ring, packet, captured);
        if (to < 0) continue;
        ring.bytes.set(bytes.subarray(at, at + captured), to);
        ring.commit();
      }
    }
  }

  /** Frames that go to the TAP. */
  written(frames: FrameBatch): void {
    const takers = this.takers.filter(({ links }) => links === 0);
    if (takers.length === 0) return;
    const { packet } = this;
    const now = performance.now();
    Object.assign(packet, { direction: INBOUND, link: 0, tos: 0, time: now });
    for (let i = 0; i < frames.count; i++) {
      const at = frames.pieceOffset[frames.firstPiece[i]!]! + VNET_SIZE;
      packet.length = frames.bytes[i]! - VNET_SIZE;
      packet.peer = this.ownerOf(at + ETHERNET_SOURCE, now);
      for (const { ring, peer, snapLength } of takers) {
        if (peer >= 0 && packet.peer !== peer) continue;
        this.gather(frames, i, ring, Math.min(packet.length, snapLength));
      }
    }
  }

  /** Puts the pieces of a frame together in a ring. */
  private gather(frames: FrameBatch, frame: number, ring: RingWriter, captured: number): void {
    const { bytes } = this.state.arena;
    const begin = beginRecord(ring, this.packet, captured);
    if (begin < 0) return;
    let to = begin;
    for (let piece = 0; piece < frames.pieces[frame]!; piece++) {
      const which = frames.firstPiece[frame]! + piece;
      const skip = piece === 0 ? VNET_SIZE : 0;
      const from = frames.pieceOffset[which]! + skip;
      const length = Math.min(frames.pieceLength[which]! - skip, begin + captured - to);
      ring.bytes.set(bytes.subarray(from, from + length), to);
      to += length;
    }
    ring.commit();
  }

  /** The peer behind which the address at `at` was learned, or -1. */
  private ownerOf(at: number, now: number): number {
    const { macs, arena } = this.state;
    return macs.lookup(macHi(arena.bytes, at), macLo(arena.bytes, at), now);
  }

  /** Whom a datagram is from, as far as can be told before it is opened: by its session, else by its address. */
  private senderOf(link: number, at: number, length: number, address: number): number {
    const { bytes, view } = this.state.arena;
    if (length >= 8 && bytes[at]! === TYPE_TRANSPORT)
      return this.state.byIndex.get(view.getInt32(at + 4, true))?.peer ?? -1;
    return this.peerAt(link, address);
  }

  private peerAt(link: number, address: number): number {
    const { members, arena } = this.state;
    return members.find(({ index }) => isSameEndpoint(arena.bytes, peerAddress(index, link), address))?.index ?? -1;
  }
}
