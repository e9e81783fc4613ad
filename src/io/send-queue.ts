/**
 * How much may wait in the send buffer of one UDP socket. Heartbeats share the device's queue with bulk
 * data, and a link must not be taken for dead because its own traffic stands in the way; so the buffer
 * is kept to what the device drains in a few tens of milliseconds. Measured at every heartbeat: a
 * queue that is never empty shows the rate, a queue that is empty shows that there is no need.
 *
 * Heartbeats themselves may go beyond the bound: `open` and `shut` stand around their sending.
 */
import { ioctl, type MappedArena, setsockoptInt } from './syscalls.js';

const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
/** Bytes of memory that the kernel holds for unsent datagrams of the socket (linux/sockios.h). */
const SIOCOUTQ = 0x5411;

/** The kernel doubles what it is told, for its own overhead. */
const LARGEST = 2 * 1024 * 1024;
const SMALLEST = 64 * 1024;
/** Milliseconds of traffic that may wait. */
const TARGET = 40;
/** Milliseconds over which a rate is measured. */
const SPAN = 50;
/** Room for heartbeats beyond the bound. */
const RESERVE = 4 * LARGEST;

export class SendQueue {
  /** What the socket is set to; 0 until it was set. */
  private limit = LARGEST;
  private measuredAt = 0;
  private waitingBefore = 0;
  private taken = 0;

  constructor(private readonly scratch: MappedArena) {}

  /** Counts bytes that the kernel has taken. */
  // HOT PATH
  add(bytes: number): void {
    this.taken += bytes;
  }

  /** Makes room for heartbeats. */
  open(fd: number): void {
    setsockoptInt(fd, SOL_SOCKET, SO_SNDBUFFORCE, RESERVE);
  }

  /** Back to the bound, adjusted to what the last milliseconds showed. `now` in milliseconds. */
  shut(fd: number, now: number): void {
    if (now - this.measuredAt >= SPAN) this.measure(fd, now);
    setsockoptInt(fd, SOL_SOCKET, SO_SNDBUFFORCE, this.limit);
  }

  private measure(fd: number, now: number): void {
    const waiting = ioctl(fd, SIOCOUTQ, this.scratch.address) < 0 ? 0 : this.scratch.view.getInt32(0, true);
    if (waiting > SMALLEST && this.waitingBefore > SMALLEST) {
      const drained = this.taken + this.waitingBefore - waiting;
      const bound = (drained / (now - this.measuredAt)) * TARGET;
      this.limit = Math.round(Math.min(LARGEST, Math.max(SMALLEST, bound)));
    } else if (waiting < this.limit / 2) {
      this.limit = Math.min(LARGEST, this.limit * 2);
    }
    this.measuredAt = now;
    this.waitingBefore = waiting;
    this.taken = 0;
  }
}
