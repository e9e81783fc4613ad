/** A row of struct mmsghdr for sendmmsg(2), each with one iovec and, for a GSO send, a UDP_SEGMENT cmsg. */
import { arena, putPointer } from './syscalls.js';

const SOL_UDP = 17;
const UDP_SEGMENT = 103;

/** sizeof(struct mmsghdr), and what a message needs of control data: one cmsg with a u16. */
const MMSGHDR = 64;
const CMSG_SPACE = 24;
const CMSG_LENGTH = 18;
const IOVEC = 16;

export class MessageVector {
  count = 0;
  /** Run and bytes of each message. */
  readonly runOf: Int32Array;
  readonly lengthOf: Int32Array;
  private readonly headers;
  private readonly vectors;
  private readonly controls;

  constructor(readonly capacity: number) {
    this.runOf = new Int32Array(capacity);
    this.lengthOf = new Int32Array(capacity);
    this.headers = arena(capacity * MMSGHDR);
    this.vectors = arena(capacity * IOVEC);
    this.controls = arena(capacity * CMSG_SPACE);
    for (let i = 0; i < capacity; i++) {
      putPointer(this.headers.view, i * MMSGHDR + 16, this.vectors.address + i * IOVEC);
      this.headers.view.setUint32(i * MMSGHDR + 24, 1, true);
      const control = i * CMSG_SPACE;
      this.controls.view.setUint32(control, CMSG_LENGTH, true);
      this.controls.view.setInt32(control + 8, SOL_UDP, true);
      this.controls.view.setInt32(control + 12, UDP_SEGMENT, true);
    }
  }

  /** Address of message `i`. */
  // HOT PATH
  addressOf(i: number): number {
    return this.headers.address + i * MMSGHDR;
  }

  /**
   * Adds `length` bytes at address `data` for the socket address at `to`. `segment` 0: one datagram;
   * otherwise the kernel cuts them into datagrams of `segment` bytes.
   */
  // HOT PATH
  put(run: number, to: number, toLength: number, data: number, length: number, segment: number): void {
    const i = this.count++;
    const header = i * MMSGHDR;
    putPointer(this.headers.view, header, to);
    this.headers.view.setInt32(header + 8, toLength, true);
    putPointer(this.vectors.view, i * IOVEC, data);
    this.vectors.view.setInt32(i * IOVEC + 8, length, true);
    if (segment > 0) {
      this.controls.view.setInt16(i * CMSG_SPACE + 16, segment, true);
      putPointer(this.headers.view, header + 32, this.controls.address + i * CMSG_SPACE);
      this.headers.view.setInt32(header + 40, CMSG_SPACE, true);
    } else {
      putPointer(this.headers.view, header + 32, 0);
      this.headers.view.setInt32(header + 40, 0, true);
    }
    this.runOf[i] = run;
    this.lengthOf[i] = length;
  }
}
