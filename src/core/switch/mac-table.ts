/**
 * The MAC table: behind which peer an Ethernet address was last seen. A MAC is two numbers, its first
 * 16 bits (`hi`, 0..65535) and its last 32 (`lo`, as int32, that is `| 0`), so that both stay small
 * integers.
 *
 * Entries lie in a pool of `capacity`, found through an open-addressed index that is at most half full,
 * and linked in the order in which they were last seen, so that aging only ever looks at the oldest.
 * Bounds: entries in all, entries per peer, and the length of a probe. The hash is a tabulation hash
 * over tables drawn from a secret seed: who doesn't know the seed can't choose addresses that collide.
 *
 * `now` is a monotonic time in milliseconds; an earlier one than before counts as the latest.
 */
import { LinkedSlots } from '../linked-slots.js';
import { tabulation } from '../tabulation.js';
import { MoveDamping, type MoveLimit } from './move-damping.js';

/** Results of `learn`. */
export const MAC_KNOWN = 0;
export const MAC_LEARNED = 1;
/** Was behind another peer until now. */
export const MAC_MOVED = 2;
/** Refused: the table is full. Nothing changed. */
export const MAC_REFUSED_FULL = 3;
/** Refused: the peer has as many addresses as it may. Nothing changed; also for an address that wants to move there. */
export const MAC_REFUSED_PEER = 4;
/** It moves too often and is held behind another peer. Nothing changed. */
export const MAC_HELD = 5;
/** With this move it was one too often: from now on it is held, behind the peer that `lookup` gives; `movedFrom` is where it was. */
export const MAC_HOLD_BEGAN = 6;

export interface MacTableOptions {
  /** Most entries, for which memory is taken at once. */
  capacity: number;
  /** Most entries of one peer. Default: no bound but the table's. */
  perPeerLimit?: number;
  /** Milliseconds until an address that was not seen again is forgotten; Infinity: never. */
  agingMs: number;
  maxPeers: number;
  /** A secret random u32. */
  seed: number;
}

/**
 * Most index places one search looks at. The longest search among 65,536 entries, at half load, measures
 * about 30; an insertion that would pass the bound is refused as if the table were full.
 */
const MAX_PROBE = 128;
/** The one list of `byAge` and `free`. */
const ALL = 0;
const HASH_BYTES = 6;

export class MacTable {
  private readonly capacity: number;
  /** The peer behind which the address of the last MAC_HOLD_BEGAN was until then. */
  movedFrom = -1;
  private limit: number;
  private perPeerLimit: number;
  private count = 0;

  private readonly hi: Uint16Array;
  private readonly lo: Int32Array;
  private readonly peer: Int32Array;
  private readonly seen: Float64Array;
  /** Where each entry's search begins. */
  private readonly home: Int32Array;

  /** Entry numbers, -1 for a free place. */
  private readonly index: Int32Array;
  private readonly mask: number;
  private readonly hashTable: Int32Array;

  private readonly free: LinkedSlots;
  private readonly byAge: LinkedSlots;
  private readonly perPeer: Int32Array;
  /** Most entries of each peer; 0: `perPeerLimit`. */
  private readonly ownLimit: Int32Array;
  private readonly damping: MoveDamping;
  /** Aging and latest time, in an array because doubles in fields may be boxed anew at each write. */
  private readonly times: Float64Array;

  constructor(options: MacTableOptions) {
    const { capacity, maxPeers } = options;
    this.capacity = capacity;
    this.limit = capacity;
    this.perPeerLimit = options.perPeerLimit ?? capacity;
    this.hi = new Uint16Array(capacity);
    this.lo = new Int32Array(capacity);
    this.peer = new Int32Array(capacity);
    this.seen = new Float64Array(capacity);
    this.home = new Int32Array(capacity);
    let places = 2;
    while (places < capacity * 2) places *= 2;
    this.index = new Int32Array(places).fill(-1);
    this.mask = places - 1;
    this.hashTable = tabulation(options.seed, HASH_BYTES);
    this.free = new LinkedSlots(1, capacity);
    this.byAge = new LinkedSlots(1, capacity);
    this.perPeer = new Int32Array(maxPeers);
    this.ownLimit = new Int32Array(maxPeers);
    this.damping = new MoveDamping(capacity);
    this.times = new Float64Array([options.agingMs, Number.NEGATIVE_INFINITY]);
    for (let entry = 0; entry < capacity; entry++) this.free.append(ALL, entry);
  }

  /** Entries held; some may have expired and wait for a `learn` or `expire` to go. */
  get size(): number {
    return this.count;
  }

  /** Entries of `peer`, as `size`. */
  countOf(peer: number): number {
    return this.perPeer[peer]!;
  }

  /** Notes that a frame with this source address came from `peer` (0..maxPeers-1). Returns a MAC_ result. */
  // HOT PATH
  learn(hi: number, lo: number, peer: number, now: number): number {
    if (now > this.times[1]!) this.times[1] = now;
    // Mostly a look at the oldest entry only; each one it removes was once learned.
    this.removeExpired();
    const home = this.homeOf(hi, lo);
    const place = this.find(home, hi, lo);
    if (place >= 0) {
      const entry = this.index[place]!;
      const before = this.peer[entry]!;
      if (before !== peer) {
        if (this.damping.isHeld(entry, this.times[1]!)) return MAC_HELD;
        if (this.isFull(peer)) return MAC_REFUSED_PEER;
        const home = this.damping.moves(entry, before, this.times[1]!);
        if (home >= 0) {
          this.movedFrom = before;
          if (home !== before && !this.isFull(home)) this.move(entry, home);
          return MAC_HOLD_BEGAN;
        }
        this.move(entry, peer);
      }
      this.seen[entry] = this.times[1]!;
      if (this.byAge.last(ALL) !== entry) {
        this.byAge.remove(ALL, entry);
        this.byAge.append(ALL, entry);
      }
      return before === peer ? MAC_KNOWN : MAC_MOVED;
    }
    if (this.count >= this.limit) return MAC_REFUSED_FULL;
    if (this.isFull(peer)) return MAC_REFUSED_PEER;
    return this.insert(home, hi, lo, peer);
  }

  /** The peer behind which the address is, or -1 when it is unknown or has expired. */
  // HOT PATH
  lookup(hi: number, lo: number, now: number): number {
    const place = this.find(this.homeOf(hi, lo), hi, lo);
    if (place < 0) return -1;
    const entry = this.index[place]!;
    return now - this.seen[entry]! >= this.times[0]! ? -1 : this.peer[entry]!;
  }

  /** Removes what has expired; returns how many entries. To be called now and then. */
  expire(now: number): number {
    if (now > this.times[1]!) this.times[1] = now;
    return this.removeExpired();
  }

  /** Removes all addresses of a peer; returns how many. Looks at every entry. */
  forgetPeer(peer: number): number {
    this.damping.forgetPeer(peer);
    let removed = 0;
    for (let entry = this.byAge.first(ALL); entry >= 0 && this.perPeer[peer]! > 0; ) {
      const next = this.byAge.next(entry);
      if (this.peer[entry]! === peer) {
        this.remove(entry);
        removed++;
      }
      entry = next;
    }
    return removed;
  }

  /** Removes every entry. */
  clear(): void {
    for (let entry = this.byAge.first(ALL); entry >= 0; entry = this.byAge.first(ALL)) this.remove(entry);
  }

  /** From now on entries live `ms` milliseconds since they were last seen; Infinity: for ever. */
  setAging(ms: number): void {
    this.times[0] = ms;
  }

  /** Most entries from now on, in all (at most the capacity) and of one peer. What is above stays until it ages. */
  setLimit(limit: number, perPeerLimit = this.perPeerLimit): void {
    this.limit = Math.max(0, Math.min(limit, this.capacity));
    this.perPeerLimit = perPeerLimit;
  }

  /** Most entries of one peer from now on; 0: as many as of any. What is above stays until it ages. */
  setPeerLimit(peer: number, limit: number): void {
    this.ownLimit[peer] = limit;
  }

  /** How often an address may move between peers from now on, before it is held. At first: as it likes. */
  setMoveLimit(limit: MoveLimit): void {
    this.damping.setLimit(limit);
  }

  /**
   * Calls `fn` for every entry, the longest unseen first; `heldUntil` is when its hold ends, the past or 0 for
   * none. `fn` must not change the table.
   */
  forEach(fn: (hi: number, lo: number, peer: number, lastSeen: number, heldUntil: number) => void): void {
    for (let entry = this.byAge.first(ALL); entry >= 0; entry = this.byAge.next(entry)) {
      fn(this.hi[entry]!, this.lo[entry]!, this.peer[entry]!, this.seen[entry]!, this.damping.holdEnd(entry));
    }
  }

  /** Whether the peer has as many entries as it may. */
  // HOT PATH
  private isFull(peer: number): boolean {
    const own = this.ownLimit[peer]!;
    return this.perPeer[peer]! >= (own > 0 ? own : this.perPeerLimit);
  }

  // HOT PATH
  private move(entry: number, peer: number): void {
    this.perPeer[this.peer[entry]!]!--;
    this.perPeer[peer]!++;
    this.peer[entry] = peer;
  }

  // HOT PATH
  private removeExpired(): number {
    let removed = 0;
    for (let entry = this.byAge.first(ALL); entry >= 0; entry = this.byAge.first(ALL)) {
      if (this.times[1]! - this.seen[entry]! < this.times[0]!) break;
      this.remove(entry);
      removed++;
    }
    return removed;
  }

  // HOT PATH
  private homeOf(hi: number, lo: number): number {
    const t = this.hashTable;
    const hash =
      t[hi & 255]! ^
      t[256 + ((hi >> 8) & 255)]! ^
      t[512 + (lo & 255)]! ^
      t[768 + ((lo >> 8) & 255)]! ^
      t[1024 + ((lo >> 16) & 255)]! ^
      t[1280 + ((lo >> 24) & 255)]!;
    return hash & this.mask;
  }

  /** Place in the index of the address, or -1. */
  // HOT PATH
  private find(home: number, hi: number, lo: number): number {
    for (let probe = 0; probe < MAX_PROBE; probe++) {
      const place = (home + probe) & this.mask;
      const entry = this.index[place]!;
      if (entry < 0) return -1;
      if (this.lo[entry]! === lo && this.hi[entry]! === hi) return place;
    }
    return -1;
  }

  // HOT PATH
  private insert(home: number, hi: number, lo: number, peer: number): number {
    let place = home;
    for (let probe = 0; this.index[place]! >= 0; place = (place + 1) & this.mask) {
      if (++probe >= MAX_PROBE) return MAC_REFUSED_FULL;
    }
    const entry = this.free.first(ALL);
    this.free.remove(ALL, entry);
    this.index[place] = entry;
    this.hi[entry] = hi;
    this.lo[entry] = lo;
    this.peer[entry] = peer;
    this.seen[entry] = this.times[1]!;
    this.home[entry] = home;
    this.damping.forget(entry);
    this.byAge.append(ALL, entry);
    this.perPeer[peer]!++;
    this.count++;
    return MAC_LEARNED;
  }

  /**
   * Takes an entry out and shifts those behind it back, so that no search meets a gap before its entry
   * and no tombstones pile up.
   */
  // HOT PATH
  private remove(entry: number): void {
    let gap = this.home[entry]!;
    while (this.index[gap]! !== entry) gap = (gap + 1) & this.mask;
    for (let place = (gap + 1) & this.mask; this.index[place]! >= 0; place = (place + 1) & this.mask) {
      const home = this.home[this.index[place]!]!;
      // An entry may move to the gap when its own search passes the gap.
      if (((place - home) & this.mask) < ((place - gap) & this.mask)) continue;
      this.index[gap] = this.index[place]!;
      gap = place;
    }
    this.index[gap] = -1;
    this.byAge.remove(ALL, entry);
    this.free.append(ALL, entry);
    this.perPeer[this.peer[entry]!]!--;
    this.count--;
  }
}
