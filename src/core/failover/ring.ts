/**
 * What was sent to a peer and is not acknowledged yet: the sealed datagrams stay where they were sealed, so
 * that another link can carry the same bytes. Nothing is copied.
 *
 * The memory is cut into chunks that all peers share. A peer takes chunk after chunk, and a chunk is free
 * again as soon as all that lies in it is acknowledged; the one that became free last is taken first, so
 * a working path goes round in a few chunks that stay in the cache. A *record* stands for one run of the
 * batch: datagrams of one size with counters in a row. Bounded by the memory, by `limit` for each peer, by
 * the number of records, and by age (`expire`); the oldest gives way.
 */
import { LINKS, MAX_PEERS } from '../limits.js';
import { LinkedSlots } from '../linked-slots.js';
import { ackBits, ackEnd, ackFirst } from '../wire/ack.js';

const CHUNK_SHIFT = 17;
export const CHUNK_SIZE = 1 << CHUNK_SHIFT;
/** Runs that are kept, of all peers. */
export const RECORDS = 32_768;

export class ResendRing {
  private readonly lists: LinkedSlots;
  // Chunks.
  private readonly freeChunks: Int32Array;
  private freeChunkCount: number;
  private readonly recordsIn: Int32Array;
  // Peers: most chunks, chunks held, the one that is being filled (or -1), and where in it.
  private readonly limits = new Int32Array(MAX_PEERS);
  private readonly held = new Int32Array(MAX_PEERS);
  private readonly open = new Int32Array(MAX_PEERS).fill(-1);
  private readonly top = new Int32Array(MAX_PEERS);
  /** Datagrams that gave way to newer ones unacknowledged, and the highest counter among them. */
  private readonly overruns = new Int32Array(MAX_PEERS);
  private readonly overrunUpTo = new Int32Array(MAX_PEERS);
  /** Where the sending again of a peer's records is, and the first that a socket had no room for; -1: nowhere. */
  private readonly cursors = new Int32Array(MAX_PEERS).fill(-1);
  private readonly refused = new Int32Array(MAX_PEERS).fill(-1);
  /** Datagrams that were sent again, in all. */
  resent = 0;
  /** The record whose runs are booked at the moment, and the links that had no room for one of them. */
  private partly = -1;
  private lacking = 0;
  // Records.
  private readonly freeRecords = new Int32Array(RECORDS);
  private freeRecordCount = 0;
  /** Records below this one have been used. */
  private fresh = 0;
  private readonly owner = new Uint16Array(RECORDS);
  readonly offset = new Int32Array(RECORDS);
  readonly length = new Int32Array(RECORDS);
  readonly segment = new Int32Array(RECORDS);
  readonly segments = new Int32Array(RECORDS);
  /** Receiver index and counter of the first datagram. */
  readonly session = new Int32Array(RECORDS);
  readonly counter = new Int32Array(RECORDS);
  /** Links that it was sent on. */
  readonly links = new Int32Array(RECORDS);
  /** Those of them that are known to have swallowed it, for its size. */
  readonly swallowed = new Int32Array(RECORDS);
  readonly sentAt = new Float64Array(RECORDS);
  /** What its link's model of the queue said of it. */
  readonly booked = new Float64Array(RECORDS);
  /** When it was sent last, over whichever link. */
  readonly againAt = new Float64Array(RECORDS);
  /** A bit for each datagram that was acknowledged: the first 32, and the others. */
  private readonly ackedLow = new Int32Array(RECORDS);
  private readonly ackedHigh = new Int32Array(RECORDS);
  /** After `acknowledge`: links that are proved to carry, and when the newest that came was sent on each. */
  proved = 0;
  readonly provedAt = new Float64Array(LINKS);
  /** What its link's model of the queue had said of that one. */
  readonly provedBooked = new Float64Array(LINKS);
  /** Bytes that came on each, which carried them alone. */
  readonly provedBytes = new Float64Array(LINKS);

  /** @param base where the memory begins; it has room for `size` bytes. */
  constructor(
    private readonly base: number,
    size: number,
  ) {
    const chunks = Math.floor(Math.max(0, size) / CHUNK_SIZE);
    this.freeChunks = Int32Array.from({ length: chunks }, (_, i) => chunks - 1 - i);
    this.freeChunkCount = chunks;
    this.lists = new LinkedSlots(MAX_PEERS, chunks === 0 ? 0 : RECORDS);
    this.recordsIn = new Int32Array(chunks);
  }

  /** Most bytes that are kept for a peer from now on. */
  setLimit(peer: number, bytes: number): void {
    this.limits[peer] = Math.floor(bytes / CHUNK_SIZE);
  }

  /** Chunks in use. */
  get used(): number {
    return this.recordsIn.length - this.freeChunkCount;
  }

  /** Bytes of memory that a peer holds, in whole chunks. */
  bytesOf(peer: number): number {
    return this.held[peer]! * CHUNK_SIZE;
  }

  /** The oldest record of a peer, or -1; and the one behind a record. */
  // HOT PATH
  first(peer: number): number {
    return this.lists.first(peer);
  }

  // HOT PATH
  next(record: number): number {
    return this.lists.next(record);
  }

  /**
   * Where the next datagram of `size` bytes for a peer goes; -1: there is no room. What gives way for it was
   * sent before `now`: runs of the batch at hand are not touched.
   */
  // HOT PATH
  place(peer: number, size: number, now: number): number {
    const open = this.open[peer]!;
    if (this.freeRecordCount === 0 && this.fresh === RECORDS && !this.evict(peer, now)) return -1;
    if (open >= 0 && this.open[peer]! === open && this.top[peer]! + size < this.chunkAt(open + 1)) {
      return this.top[peer]!;
    }
    if (this.held[peer]! >= this.limits[peer]! || this.freeChunkCount === 0) {
      if (!this.evict(peer, now) || this.freeChunkCount === 0) return -1;
    }
    const chunk = this.freeChunks[--this.freeChunkCount]!;
    this.held[peer]! += 1;
    this.open[peer] = chunk;
    this.top[peer] = this.chunkAt(chunk);
    return this.top[peer]!;
  }

  /** Up to where a run that begins at `at` may grow. The next chunk may be another peer's: no run touches it. */
  // HOT PATH
  endOf(at: number): number {
    return this.chunkAt(((at - this.base) >> CHUNK_SHIFT) + 1) - 1;
  }

  /** A datagram of `size` bytes, the first of a run, is at `at`, the place that was given. Returns its record. */
  // HOT PATH
  begin(peer: number, at: number, size: number, session: number, counter: number, now: number): number {
    const record = this.freeRecordCount > 0 ? this.freeRecords[--this.freeRecordCount]! : this.fresh++;
    this.owner[record] = peer;
    this.offset[record] = at;
    this.length[record] = size;
    this.segment[record] = size;
    this.segments[record] = 1;
    this.session[record] = session;
    this.counter[record] = counter;
    this.links[record] = 0;
    this.swallowed[record] = 0;
    this.sentAt[record] = now;
    this.againAt[record] = now;
    this.ackedLow[record] = 0;
    this.ackedHigh[record] = 0;
    this.top[peer] = at + size;
    this.recordsIn[this.open[peer]!]! += 1;
    this.lists.append(peer, record);
    return record;
  }

  /** A run that was begun is complete: `length` bytes, `segments` datagrams. */
  // HOT PATH
  close(record: number, length: number, segments: number): void {
    this.length[record] = length;
    this.segments[record] = segments;
    this.top[this.owner[record]!] = this.offset[record]! + length;
  }

  /**
   * `datagrams` of a record were handed to the kernel on `links` now, and those of `refused` had no room. What no link has
   * carried, for that reason alone, is not kept: too much was sent. A link that had room for some of a record's runs
   * only (what is sent again leaves gaps) has not carried it. Returns all links that have carried it.
   */
  // HOT PATH
  sent(record: number, links: number, refused: number, datagrams: number, now: number): number {
    if (record !== this.partly) {
      this.partly = record;
      this.lacking = 0;
    }
    this.lacking |= refused;
    const before = this.links[record]!;
    const after = (before | links) & ~this.lacking;
    this.links[record] = after;
    if (after === 0) this.free(record);
    else if (links === 0) this.refusedAgain(record);
    else if (before !== 0) {
      this.resent += datagrams;
      this.againAt[record] = now;
    }
    return after;
  }

  /** A batch is booked from here on. */
  // HOT PATH
  bookAnew(): void {
    this.partly = -1;
  }

  private refusedAgain(record: number): void {
    const peer = this.owner[record]!;
    if (this.refused[peer]! < 0) this.refused[peer] = record;
  }

  /** A link could not send a run at all. */
  failed(record: number, links: number): void {
    this.links[record]! |= links;
  }

  /** The record to be sent again next, or -1; `rewind` begins with the oldest, `proceed` goes on with another. */
  cursor(peer: number): number {
    return this.cursors[peer]!;
  }

  rewind(peer: number): void {
    this.cursors[peer] = this.first(peer);
    this.refused[peer] = -1;
  }

  /** Goes on with `record`, or with what a socket had no room for. True when that was so. */
  proceed(peer: number, record: number): boolean {
    const again = this.refused[peer]!;
    this.refused[peer] = -1;
    this.cursors[peer] = again >= 0 ? again : record;
    return again >= 0;
  }

  /** Takes in the acknowledgement at `at` of the datagrams of `session`. */
  // HOT PATH
  acknowledge(peer: number, session: number, view: DataView, at: number): void {
    const first = ackFirst(view, at);
    const end = ackEnd(view, at);
    this.proved = 0;
    this.provedBytes.fill(0);
    // From the newest on: what is older than the bitmap may be many, and what is newer is on its way.
    let found = false;
    for (let record = this.lists.last(peer); record >= 0; ) {
      const before = this.lists.previous(record);
      if (this.session[record]! === session) {
        found = true;
        const counter = this.counter[record]!;
        if (counter + this.segments[record]! <= first) break;
        if (counter < end) this.mark(record, ackBits(view, at, counter), ackBits(view, at, counter + 32));
      } else if (found) break;
      record = before;
    }
    if (this.overruns[peer]! > 0 && end > this.overrunUpTo[peer]! && this.proved !== 0) this.overruns[peer] = 0;
  }

  // HOT PATH
  private mark(record: number, low: number, high: number): void {
    const segments = this.segments[record]!;
    const allLow = segments >= 32 ? -1 : (1 << segments) - 1;
    const allHigh = segments <= 32 ? 0 : segments === 64 ? -1 : (1 << (segments - 32)) - 1;
    const nowLow = this.ackedLow[record]! | (low & allLow);
    const nowHigh = this.ackedHigh[record]! | (high & allHigh);
    if (nowLow === this.ackedLow[record]! && nowHigh === this.ackedHigh[record]!) return;
    const news = ones(nowLow ^ this.ackedLow[record]!) + ones(nowHigh ^ this.ackedHigh[record]!);
    this.ackedLow[record] = nowLow;
    this.ackedHigh[record] = nowHigh;
    const links = this.links[record]!;
    // What went over one link only came over that one. The walk goes back in time: the first is the newest.
    if (links !== 0 && (links & (links - 1)) === 0) {
      const link = 31 - Math.clz32(links);
      this.provedBytes[link]! += news * this.segment[record]!;
      if ((this.proved & links) === 0) {
        this.proved |= links;
        this.provedAt[link] = this.sentAt[record]!;
        this.provedBooked[link] = this.booked[record]!;
      }
    }
    if (nowLow === allLow && nowHigh === allHigh) this.free(record);
  }

  /** A datagram could not be kept: there was no room for it. */
  // HOT PATH
  overrun(peer: number, counter: number): void {
    this.overruns[peer]! += 1;
    this.overrunUpTo[peer] = counter + 1;
  }

  /** Whether datagram `i` of a record is acknowledged. */
  // HOT PATH
  isAcked(record: number, i: number): boolean {
    return ((i < 32 ? this.ackedLow[record]! : this.ackedHigh[record]!) & (1 << (i & 31))) !== 0;
  }

  /** Datagrams of a record that are not acknowledged. */
  pending(record: number): number {
    return this.segments[record]! - ones(this.ackedLow[record]!) - ones(this.ackedHigh[record]!);
  }

  /** Forgets a record. */
  // HOT PATH
  free(record: number): void {
    const peer = this.owner[record]!;
    const chunk = (this.offset[record]! - this.base) >> CHUNK_SHIFT;
    if (this.cursors[peer]! === record) this.cursors[peer] = this.lists.next(record);
    if (this.refused[peer]! === record) this.refused[peer] = this.lists.next(record);
    this.lists.remove(peer, record);
    this.freeRecords[this.freeRecordCount++] = record;
    this.recordsIn[chunk]! -= 1;
    if (this.recordsIn[chunk]! > 0) return;
    if (this.open[peer]! === chunk) this.open[peer] = -1;
    this.held[peer]! -= 1;
    this.freeChunks[this.freeChunkCount++] = chunk;
  }

  /** Forgets what was sent to a peer before `time`. */
  expire(peer: number, time: number): void {
    for (let record = this.first(peer); record >= 0 && this.sentAt[record]! < time; record = this.first(peer)) {
      this.free(record);
    }
  }

  /** Forgets all that was sent to a peer. */
  forget(peer: number): void {
    this.expire(peer, Number.POSITIVE_INFINITY);
    this.overruns[peer] = 0;
  }

  /** Datagrams of a peer that gave way though nothing that was sent later was known to have come; counts anew. */
  takeOverruns(peer: number): number {
    const count = this.overruns[peer]!;
    this.overruns[peer] = 0;
    return count;
  }

  /** The oldest chunk of a peer gives way. False: it holds none, or only what is not sent yet. */
  // HOT PATH
  private evict(peer: number, now: number): boolean {
    const oldest = this.first(peer);
    if (oldest < 0) return false;
    const chunk = (this.offset[oldest]! - this.base) >> CHUNK_SHIFT;
    const end = this.chunkAt(chunk + 1);
    for (let record = oldest; record >= 0; record = this.lists.next(record)) {
      if (this.offset[record]! >= end || this.offset[record]! < this.chunkAt(chunk)) break;
      if (this.sentAt[record]! >= now) return false;
    }
    while (this.recordsIn[chunk]! > 0) {
      const record = this.first(peer);
      this.overruns[peer]! += this.pending(record);
      this.overrunUpTo[peer] = this.counter[record]! + this.segments[record]!;
      this.free(record);
    }
    return true;
  }

  // HOT PATH
  private chunkAt(chunk: number): number {
    return this.base + chunk * CHUNK_SIZE;
  }
}

/** Number of one bits in a word. */
// HOT PATH
function ones(word: number): number {
  let count = 0;
  for (let left = word; left !== 0; left &= left - 1) count += 1;
  return count;
}
