/**
 * Sealed datagrams on their way out. A *run* is a row of datagrams of one size (the last may be
 * shorter) that lie next to each other, go to one peer and over the same links: what one GSO send
 * takes. The I/O side sends every run over every link of its mask and reports links that failed.
 *
 * Bounded by the arena region and by MAX_RUNS; whoever fills it flushes it.
 */
import { MAX_RUN_BYTES, MAX_SEGMENTS } from './limits.js';
import { CAUSES, type Cause } from './link/health.js';

export const MAX_RUNS = 512;

export class TxBatch {
  readonly offset = new Int32Array(MAX_RUNS);
  readonly length = new Int32Array(MAX_RUNS);
  /** Size of each datagram but the last. */
  readonly segment = new Int32Array(MAX_RUNS);
  readonly segments = new Int32Array(MAX_RUNS);
  /** Peer index, or -1: the address record is at `addressOff`. */
  readonly peer = new Int32Array(MAX_RUNS);
  readonly addressOff = new Int32Array(MAX_RUNS);
  /** Bit per link over which the run goes. */
  readonly mask = new Int32Array(MAX_RUNS);
  /** What is kept of the run until it is acknowledged: a record of the resend ring, or -1. */
  readonly record = new Int32Array(MAX_RUNS);
  /** Bit per link that could not take the run because the link itself is broken; set by the I/O side. */
  readonly failed = new Int32Array(MAX_RUNS);
  /** Bit per link whose socket had no room for the run; the link itself is well. */
  readonly refused = new Int32Array(MAX_RUNS);
  /** Bit per link whose device or route does not take datagrams of this size. */
  readonly oversize = new Int32Array(MAX_RUNS);
  /** Why links failed: an index of CAUSES. */
  private readonly cause = new Uint8Array(MAX_RUNS);
  count = 0;
  /** Where the next datagram goes, unless it is kept elsewhere. */
  top: number;
  /** Bytes of datagrams that lie elsewhere; they count toward the bound, for a batch should not take long. */
  private elsewhere = 0;
  /** The place behind the last run, and up to where that may grow. */
  next: number;
  private most = 0;
  anyFailed = false;

  /**
   * @param control heartbeats, handshakes and probes: sent with priority.
   * @param probes of the path MTU: nobody on the way may fragment them.
   */
  constructor(
    readonly start: number,
    readonly end: number,
    readonly control: boolean,
    readonly probes = false,
  ) {
    this.top = start;
    this.next = start;
  }

  /** Whether another datagram of `size` bytes has room. */
  // HOT PATH
  hasRoom(size: number): boolean {
    return this.top + this.elsewhere + size <= this.end && this.count < MAX_RUNS;
  }

  /** Whether the last run can take another datagram of `size` bytes for the same peer, which lies at `next`. */
  // HOT PATH
  continues(peer: number, size: number): boolean {
    const run = this.count - 1;
    if (run < 0 || this.peer[run]! !== peer || this.next + size > this.most) return false;
    const segment = this.segment[run]!;
    const segments = this.segments[run]!;
    return (
      size <= segment &&
      segments < MAX_SEGMENTS &&
      this.length[run]! === segments * segment &&
      this.length[run]! + size <= MAX_RUN_BYTES
    );
  }

  /** Adds the datagram of `size` bytes right behind the last run to it. */
  // HOT PATH
  extend(size: number): void {
    const run = this.count - 1;
    this.length[run]! += size;
    this.segments[run]! += 1;
    this.take(this.next, size);
  }

  /** Begins a run with the datagram of `size` bytes at `at`; it may grow up to `most`. */
  // HOT PATH
  begin(peer: number, mask: number, addressOff: number, size: number, at = this.top, most = this.end): void {
    const run = this.count++;
    this.offset[run] = at;
    this.most = most;
    this.record[run] = -1;
    this.length[run] = size;
    this.segment[run] = size;
    this.segments[run] = 1;
    this.peer[run] = peer;
    this.addressOff[run] = addressOff;
    this.mask[run] = mask;
    this.failed[run] = 0;
    this.refused[run] = 0;
    this.oversize[run] = 0;
    this.take(at, size);
  }

  // HOT PATH
  private take(at: number, size: number): void {
    if (at === this.top) this.top += size;
    else this.elsewhere += size;
    this.next = at + size;
  }

  /** Called by the I/O side: `link` can't send. */
  fail(run: number, link: number, cause: Cause): void {
    this.failed[run]! |= 1 << link;
    this.cause[run] = CAUSES.indexOf(cause);
    this.anyFailed = true;
  }

  /** Called by the I/O side: the socket of `link` has no room now. */
  refuse(run: number, link: number): void {
    this.refused[run]! |= 1 << link;
  }

  /** Called by the I/O side: the datagrams are larger than the device or route of `link` takes at once. */
  tooLarge(run: number, link: number): void {
    this.oversize[run]! |= 1 << link;
  }

  causeOf(run: number): Cause {
    return CAUSES[this.cause[run]!]!;
  }

  reset(): void {
    this.count = 0;
    this.top = this.start;
    this.elsewhere = 0;
    this.anyFailed = false;
  }
}
