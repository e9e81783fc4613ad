/**
 * Puts frames together again from their fragments (layout: fragmenter.ts). All memory is given: frames
 * are assembled in `slots` slots of one arena. Fragments were authenticated before they come here, so a
 * liar is a peer with a good key; what it can do is bounded by `perPeer` incomplete frames, by the slots
 * in all, and by age. When a bound is hit the oldest incomplete frame gives way.
 *
 * A complete frame holds its slot until `release`. Its id is forgotten at once: a fragment that comes
 * after that begins a new frame, which never completes and ages out (the replay window has removed true
 * duplicates before).
 */
import { LinkedSlots } from '../linked-slots.js';
import { KIND_FRAGMENT } from '../wire/transport.js';
import {
  FRAGMENT_COUNT,
  FRAGMENT_FRAME_ID,
  FRAGMENT_HEADER_SIZE,
  FRAGMENT_INDEX,
  FRAGMENT_RESERVED,
  FRAGMENT_TOTAL,
  fragmentSize,
  MAX_FRAGMENTED_TOTAL,
  MIN_FRAGMENTS,
} from './fragmenter.js';

/** Results of `push` that are not a slot number. From FRAGMENT_BAD_HEADER down: malformed. */
export const FRAGMENT_INCOMPLETE = -1;
/** This piece of the frame is there already. */
export const FRAGMENT_DUPLICATE = -2;
/** Every slot holds a complete frame that was not released. */
export const FRAGMENT_NO_SLOT = -3;
/** Too short, other kind, or the reserved byte is not zero. */
export const FRAGMENT_BAD_HEADER = -4;
/** Count below 2, or index not below count. */
export const FRAGMENT_BAD_INDEX = -5;
/** Total too large, or one that would leave the last piece empty. */
export const FRAGMENT_BAD_TOTAL = -6;
/** The piece is not as long as total and count say. */
export const FRAGMENT_BAD_LENGTH = -7;
/** Count or total differ from those of the frame's other fragments. */
export const FRAGMENT_CONFLICT = -8;

/** True for the results of `push` that mean: nonsense under a good key. */
// HOT PATH
export function fragmentIsMalformed(result: number): boolean {
  return result <= FRAGMENT_BAD_HEADER;
}

export interface ReassemblerOptions {
  /** The arena; fragments lie in it too, outside of the slots. */
  bytes: Uint8Array;
  /** Offset of slot 0. */
  base: number;
  /** Bytes of a slot; also a bound on a frame's length. */
  slotSize: number;
  slots: number;
  /** Most incomplete frames of one peer. */
  perPeer: number;
  /** Milliseconds after which an incomplete frame is dropped. Default 1000. */
  maxAgeMs?: number;
  maxPeers: number;
}

const FREE = 0;
const INCOMPLETE = 1;
const HELD = 2;

/** Words of a slot's bitmap of received pieces: 256 bits, of which 255 are used. */
const WORDS = 8;
/** The one list of `byAge` and `free`. */
const ALL = 0;

export class Reassembler {
  /** Incomplete frames given up: displaced by newer ones, too old, or no slot to begin them in. */
  dropped = 0;

  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly base: number;
  private readonly slotSize: number;
  private readonly largest: number;
  private readonly perPeer: number;
  private readonly maxAgeMs: number;

  private readonly state: Uint8Array;
  private readonly peer: Int32Array;
  private readonly frameId: Int32Array;
  private readonly total: Int32Array;
  private readonly count: Int32Array;
  private readonly missing: Int32Array;
  private readonly received: Int32Array;
  private readonly startedAt: Float64Array;

  /** Incomplete slots by (peer, frame id): heads of chains, and the chain links. */
  private readonly buckets: Int32Array;
  private readonly chain: Int32Array;
  private readonly mask: number;

  private readonly free: LinkedSlots;
  /** Incomplete slots in the order of their beginning: in all, and for each peer. */
  private readonly byAge: LinkedSlots;
  private readonly byPeer: LinkedSlots;
  private readonly incomplete: Int32Array;

  constructor(options: ReassemblerOptions) {
    const { bytes, slots, maxPeers } = options;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.base = options.base;
    this.slotSize = options.slotSize;
    this.largest = Math.min(options.slotSize, MAX_FRAGMENTED_TOTAL);
    this.perPeer = options.perPeer;
    this.maxAgeMs = options.maxAgeMs ?? 1000;
    this.state = new Uint8Array(slots);
    this.peer = new Int32Array(slots);
    this.frameId = new Int32Array(slots);
    this.total = new Int32Array(slots);
    this.count = new Int32Array(slots);
    this.missing = new Int32Array(slots);
    this.received = new Int32Array(slots * WORDS);
    this.startedAt = new Float64Array(slots);
    let size = 1;
    while (size < slots * 2) size *= 2;
    this.buckets = new Int32Array(size).fill(-1);
    this.chain = new Int32Array(slots).fill(-1);
    this.mask = size - 1;
    this.free = new LinkedSlots(1, slots);
    this.byAge = new LinkedSlots(1, slots);
    this.byPeer = new LinkedSlots(maxPeers, slots);
    this.incomplete = new Int32Array(maxPeers);
    for (let slot = 0; slot < slots; slot++) this.free.append(ALL, slot);
  }

  /**
   * Takes the fragment of `length` bytes (header included) at offset `srcOff` of the arena. Returns the
   * slot when this piece completes its frame, else one of the negative FRAGMENT_ results. `now` in
   * milliseconds, never going back. A refused fragment changes nothing (NO_SLOT counts as dropped).
   */
  // HOT PATH
  push(peer: number, srcOff: number, length: number, now: number): number {
    const bytes = this.bytes;
    if (length <= FRAGMENT_HEADER_SIZE || bytes[srcOff] !== KIND_FRAGMENT || bytes[srcOff + FRAGMENT_RESERVED] !== 0) {
      return FRAGMENT_BAD_HEADER;
    }
    const index = bytes[srcOff + FRAGMENT_INDEX]!;
    const count = bytes[srcOff + FRAGMENT_COUNT]!;
    if (count < MIN_FRAGMENTS || index >= count) return FRAGMENT_BAD_INDEX;
    // Read as signed, the numbers stay small integers; a total above 2^31 is negative, and so its last piece.
    const frameId = this.view.getInt32(srcOff + FRAGMENT_FRAME_ID, true);
    const total = this.view.getInt32(srcOff + FRAGMENT_TOTAL, true);
    if (total > this.largest) return FRAGMENT_BAD_TOTAL;
    const size = fragmentSize(total, count);
    const lastLength = total - (count - 1) * size;
    if (lastLength <= 0) return FRAGMENT_BAD_TOTAL;
    const pieceLength = index === count - 1 ? lastLength : size;
    if (length - FRAGMENT_HEADER_SIZE !== pieceLength) return FRAGMENT_BAD_LENGTH;

    let slot = this.find(peer, frameId);
    if (slot < 0) {
      slot = this.begin(peer, frameId, count, total, now);
      if (slot < 0) return FRAGMENT_NO_SLOT;
    } else if (this.count[slot]! !== count || this.total[slot]! !== total) {
      return FRAGMENT_CONFLICT;
    }
    const word = slot * WORDS + (index >> 5);
    const bit = 1 << (index & 31);
    if ((this.received[word]! & bit) !== 0) return FRAGMENT_DUPLICATE;
    this.received[word]! |= bit;
    const data = srcOff + FRAGMENT_HEADER_SIZE;
    bytes.copyWithin(this.base + slot * this.slotSize + index * size, data, data + pieceLength);
    const missing = this.missing[slot]! - 1;
    this.missing[slot] = missing;
    if (missing > 0) return FRAGMENT_INCOMPLETE;
    this.detach(slot);
    this.state[slot] = HELD;
    return slot;
  }

  /** Offset in the arena of a slot's frame. */
  // HOT PATH
  offsetOf(slot: number): number {
    return this.base + slot * this.slotSize;
  }

  /** Bytes of the complete frame in `slot`. */
  // HOT PATH
  lengthOf(slot: number): number {
    return this.total[slot]!;
  }

  /** Gives back the slot of a complete frame. Anything else is ignored. */
  // HOT PATH
  release(slot: number): void {
    if (this.state[slot] !== HELD) return;
    this.state[slot] = FREE;
    this.free.append(ALL, slot);
  }

  /** Drops the incomplete frames that are `maxAgeMs` old or older, counts them, and returns how many they were. */
  expire(now: number): number {
    let count = 0;
    for (let slot = this.byAge.first(ALL); slot >= 0; slot = this.byAge.first(ALL)) {
      if (now - this.startedAt[slot]! < this.maxAgeMs) break;
      this.discard(slot);
      count++;
    }
    this.dropped += count;
    return count;
  }

  /** Forgets the incomplete frames of a peer that is gone; they don't count as dropped. */
  forgetPeer(peer: number): void {
    for (let slot = this.byPeer.first(peer); slot >= 0; slot = this.byPeer.first(peer)) this.discard(slot);
  }

  /** Incomplete frames of `peer`. */
  countOf(peer: number): number {
    return this.incomplete[peer]!;
  }

  // HOT PATH
  private find(peer: number, frameId: number): number {
    let slot = this.buckets[this.bucketOf(peer, frameId)]!;
    while (slot >= 0 && (this.frameId[slot]! !== frameId || this.peer[slot]! !== peer)) slot = this.chain[slot]!;
    return slot;
  }

  /**
   * Frame ids that follow each other fall into different buckets. A peer that chooses its ids badly makes
   * long chains, but none longer than its own `perPeer` frames and the chance neighbours of other peers.
   */
  // HOT PATH
  private bucketOf(peer: number, frameId: number): number {
    return (frameId ^ (Math.imul(peer, 0x9e3779b1) >>> 16)) & this.mask;
  }

  // HOT PATH
  private begin(peer: number, frameId: number, count: number, total: number, now: number): number {
    if (this.incomplete[peer]! >= this.perPeer) {
      this.displace(this.byPeer.first(peer));
    } else if (this.free.first(ALL) < 0) {
      this.displace(this.byAge.first(ALL));
    }
    const slot = this.free.first(ALL);
    if (slot < 0) {
      this.dropped++;
      return -1;
    }
    this.free.remove(ALL, slot);
    this.state[slot] = INCOMPLETE;
    this.peer[slot] = peer;
    this.frameId[slot] = frameId;
    this.total[slot] = total;
    this.count[slot] = count;
    this.missing[slot] = count;
    this.startedAt[slot] = now;
    const words = slot * WORDS;
    for (let i = 0; i < WORDS; i++) this.received[words + i] = 0;
    const bucket = this.bucketOf(peer, frameId);
    this.chain[slot] = this.buckets[bucket]!;
    this.buckets[bucket] = slot;
    this.byAge.append(ALL, slot);
    this.byPeer.append(peer, slot);
    this.incomplete[peer]!++;
    return slot;
  }

  // HOT PATH
  private displace(slot: number): void {
    if (slot < 0) return;
    this.discard(slot);
    this.dropped++;
  }

  // HOT PATH
  private discard(slot: number): void {
    this.detach(slot);
    this.state[slot] = FREE;
    this.free.append(ALL, slot);
  }

  /** Takes an incomplete slot out of the index and the orders. */
  // HOT PATH
  private detach(slot: number): void {
    const peer = this.peer[slot]!;
    const bucket = this.bucketOf(peer, this.frameId[slot]!);
    const first = this.buckets[bucket]!;
    if (first === slot) {
      this.buckets[bucket] = this.chain[slot]!;
    } else {
      let before = first;
      while (this.chain[before]! !== slot) before = this.chain[before]!;
      this.chain[before] = this.chain[slot]!;
    }
    this.byAge.remove(ALL, slot);
    this.byPeer.remove(peer, slot);
    this.incomplete[peer]!--;
  }
}
