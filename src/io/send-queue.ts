/**
 * How much may wait in the send buffer of one UDP socket. Heartbeats share the device's queue with bulk
 * data, and a link must not be taken for dead because its own traffic stands in the way; so the buffer
 * is kept to what the device drains in a few tens of milliseconds. That rate is measured while the
 * queue is full, which the kernel's refusals tell; as long as it refuses nothing, nothing needs to change.
 *
 * Heartbeats themselves may go beyond the bound: `open` and `shut` stand around their sending.
 */
import { lower, raise } from './capabilities.js';
import { ioctl, type MappedArena, setsockoptInt } from './syscalls.js';

const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
/** Bytes of memory that the kernel holds for unsent datagrams of the socket (linux/sockios.h). */
const SIOCOUTQ = 0x5411;

/** Bounds in bytes; the kernel doubles what it is told, for its own overhead. */
export const FIRST_LIMIT = 64 * 1024;
const LARGEST = 2 * 1024 * 1024;
const SMALLEST = 8 * 1024;
/** Milliseconds of traffic that may wait. */
const TARGET = 40;
/** A rate is measured over at least, and at most, so many milliseconds of a full queue. */
const SPAN = 5;
const LONGEST_SPAN = 100;
/** Room for heartbeats beyond the bound. */
const RESERVE = 4 * LARGEST;

export class SendQueue {
  private limit = FIRST_LIMIT;
  private measuredFrom = Number.NEGATIVE_INFINITY;
  private waitingThen = 0;
  private taken = 0;

  constructor(private readonly scratch: MappedArena) {}

  /** The present bound as the kernel counts it: with its own overhead, which it doubles the bound for. */
  get limitBytes(): number {
    return 2 * this.limit;
  }

  /** Counts bytes that the kernel has taken. */
  // HOT PATH
  add(bytes: number): void {
    this.taken += bytes;
  }

  /** Makes room for heartbeats. */
  open(fd: number): void {
    this.set(fd, RESERVE);
  }

  /** Back to the bound. */
  shut(fd: number): void {
    this.set(fd, this.limit);
  }

  /** Beyond net.core.wmem_max only with CAP_NET_ADMIN (socket(7)). */
  private set(fd: number, bytes: number): void {
    raise();
    setsockoptInt(fd, SOL_SOCKET, SO_SNDBUFFORCE, bytes);
    lower();
  }

  /** The kernel took no more: the queue is full now. `now` in milliseconds. */
  refused(fd: number, now: number): void {
    const span = now - this.measuredFrom;
    if (span < SPAN) return;
    const waiting = ioctl(fd, SIOCOUTQ, this.scratch.address) < 0 ? 0 : this.scratch.view.getInt32(0, true);
    if (span <= LONGEST_SPAN) {
      const drained = this.taken + this.waitingThen - waiting;
      this.limit = Math.round(Math.min(LARGEST, Math.max(SMALLEST, (drained / span) * TARGET)));
      this.shut(fd);
    }
    this.measuredFrom = now;
    this.waitingThen = waiting;
    this.taken = 0;
  }
}
