/**
 * Receives datagrams into the arena: one recvmmsg takes up to RX_SLOTS messages, and with UDP_GRO each
 * may be a whole train of datagrams. Also reads the sockets' error queues (IP_RECVERR).
 */
import { RX_ADDRESS_AT, RX_AT, RX_SLOTS, RX_TRAINS, SLOT_SIZE } from '../core/layout.js';
import { ADDRESS_STRIDE } from '../core/limits.js';
import { RxBatch } from '../core/rx-batch.js';
import { ECONNREFUSED, EHOSTUNREACH, EMSGSIZE, ENETUNREACH } from './errno.js';
import { AF_INET } from './netlink/constants.js';
import { arena, type MappedArena, putPointer, recvmmsg, recvmsg } from './syscalls.js';
import { SOL_IP, SOL_IPV6, SOL_UDP } from './udp-socket.js';

const MSG_DONTWAIT = 0x40;
const MSG_TRUNC = 0x20;
const MSG_ERRQUEUE = 0x2000;
const UDP_GRO = 104;
const IP_RECVERR = 11;
const IPV6_RECVERR = 25;

const MMSGHDR = 64;
const CONTROL = 256;
const IOVEC = 16;
const CMSG_HEADER = 16;
/** struct sock_extended_err (linux/errqueue.h). */
const EE_INFO = 8;
/** Errors read from one queue at a time; the rest waits for the next poll. */
const MOST_ERRORS = 64;

export class UdpReceiver {
  readonly batch = new RxBatch();
  calls = 0;
  /** Messages that did not fit their buffer. */
  truncated = 0;
  /** Messages to ask for: fewer where the last ones were trains. */
  private wanted = RX_SLOTS;

  /** The last is for the error queue. */
  private readonly headers = arena((RX_SLOTS + 1) * MMSGHDR);
  private readonly vectors = arena((RX_SLOTS + 1) * IOVEC);
  private readonly controls = arena((RX_SLOTS + 1) * CONTROL);

  constructor(private readonly memory: MappedArena) {
    for (let i = 0; i <= RX_SLOTS; i++) {
      putPointer(this.vectors.view, i * IOVEC, memory.address + RX_AT + i * SLOT_SIZE);
      this.vectors.view.setUint32(i * IOVEC + 8, SLOT_SIZE, true);
      putPointer(this.headers.view, i * MMSGHDR, memory.address + RX_ADDRESS_AT + i * ADDRESS_STRIDE);
      putPointer(this.headers.view, i * MMSGHDR + 16, this.vectors.address + i * IOVEC);
      this.headers.view.setUint32(i * MMSGHDR + 24, 1, true);
      putPointer(this.headers.view, i * MMSGHDR + 32, this.controls.address + i * CONTROL);
      this.rearm(i);
    }
  }

  /** Fills `batch` with what waits on the socket; false when there was nothing. */
  // HOT PATH
  receive(fd: number): boolean {
    const { batch, headers } = this;
    batch.count = 0;
    this.calls += 1;
    const count = recvmmsg(fd, headers.address, this.wanted, MSG_DONTWAIT);
    if (count <= 0) return false;
    let trains = 0;
    for (let i = 0; i < count; i++) {
      const header = i * MMSGHDR;
      const length = headers.view.getInt32(header + 56, true);
      if ((headers.view.getInt32(header + 48, true) & MSG_TRUNC) !== 0) {
        this.truncated += 1;
      } else {
        const n = batch.count++;
        batch.offset[n] = RX_AT + i * SLOT_SIZE;
        batch.length[n] = length;
        batch.segment[n] = this.segmentOf(i, length);
        if (batch.segment[n]! < length) trains += 1;
        batch.address[n] = RX_ADDRESS_AT + i * ADDRESS_STRIDE;
        this.clearTail(batch.address[n]!);
      }
      this.rearm(i);
    }
    this.wanted = trains * 2 > count ? RX_TRAINS : RX_SLOTS;
    return true;
  }

  /**
   * Reads the error queue; each ICMP error that means "can't be reached" is reported with the address it is about, and
   * one that a packet is too large with the size that is not (of the whole IP packet).
   */
  errors(fd: number, report: (addressOff: number) => void, tooLarge: (addressOff: number, mtu: number) => void): void {
    const i = RX_SLOTS; // a slot of its own: frames in the others may not have been written yet
    const address = RX_ADDRESS_AT + i * ADDRESS_STRIDE;
    for (let n = 0; n < MOST_ERRORS; n++) {
      this.rearm(i);
      if (recvmsg(fd, this.headers.address + i * MMSGHDR, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
      const errno = this.errorOf(i);
      this.clearTail(address);
      if (errno === EMSGSIZE)
        tooLarge(address, this.controls.view.getUint32(i * CONTROL + CMSG_HEADER + EE_INFO, true));
      if (errno === ECONNREFUSED || errno === EHOSTUNREACH || errno === ENETUNREACH) report(address);
    }
  }

  /** Size of the datagrams in message `i`, from its UDP_GRO control message; without one it is one datagram. */
  // HOT PATH
  private segmentOf(i: number, length: number): number {
    const { view } = this.controls;
    const control = i * CONTROL;
    if (this.headers.view.getInt32(i * MMSGHDR + 40, true) < CMSG_HEADER + 4) return length;
    if (view.getInt32(control + 8, true) !== SOL_UDP || view.getInt32(control + 12, true) !== UDP_GRO) return length;
    return view.getInt32(control + CMSG_HEADER, true);
  }

  /** ee_errno of the extended error in message `i`, or 0. */
  private errorOf(i: number): number {
    const { view } = this.controls;
    const control = i * CONTROL;
    if (this.headers.view.getInt32(i * MMSGHDR + 40, true) < CMSG_HEADER + 4) return 0;
    const level = view.getInt32(control + 8, true);
    const type = view.getInt32(control + 12, true);
    if (!(level === SOL_IP && type === IP_RECVERR) && !(level === SOL_IPV6 && type === IPV6_RECVERR)) return 0;
    return view.getInt32(control + CMSG_HEADER, true);
  }

  /** The kernel writes 16 bytes of an IPv4 address; the rest of the record must not be that of another. */
  // HOT PATH
  private clearTail(address: number): void {
    const { bytes } = this.memory;
    if (bytes[address]! !== AF_INET) return;
    for (let i = 8; i < 28; i++) bytes[address + i] = 0;
  }

  /** The kernel shortens these lengths to what it wrote. */
  // HOT PATH
  private rearm(i: number): void {
    const { view } = this.headers;
    view.setInt32(i * MMSGHDR + 8, 28, true);
    view.setInt32(i * MMSGHDR + 40, CONTROL, true);
  }
}
