/** UDP sockets of the measuring programs, and datagrams from them many at a time. */

import { arena, bind, putPointer, recvmmsg, setsockoptInt, socket } from '../src/io/syscalls.js';
import { addressRecord } from '../src/io/udp-socket.js';

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
export const MSG_DONTWAIT = 0x40;
export const EAGAIN = 11;
const MMSGHDR = 64;
const IOVEC = 16;
/** struct sockaddr_in and sockaddr_in6. */
export const SOCKADDR_IN = 16;
export const SOCKADDR_IN6 = 28;

/** Some 20,000 small datagrams; net.core.rmem_max does not bound it. */
const RECEIVE_BUFFER = 16 << 20;
/** What waits in a queue that the kernel keeps for a slow device counts here: that queue is to be the bound, not this. */
const SEND_BUFFER = 4 << 20;

/** Room for one datagram of any link of the lab with the usual MTU. */
export const SLOT = 2048;

/** A socket bound to an address. @throws Error with the errno */
export function boundSocket(address: string, port: number): number {
  const v6 = address.includes(':');
  const fd = unboundSocket(v6);
  must('SO_RCVBUFFORCE', setsockoptInt(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER));
  must('SO_SNDBUFFORCE', setsockoptInt(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER));
  const record = arena(SOCKADDR_IN6);
  record.bytes.set(addressRecord(address, port).subarray(0, SOCKADDR_IN6));
  must(`bind ${address} port ${port}`, bind(fd, record.address, v6 ? SOCKADDR_IN6 : SOCKADDR_IN));
  return fd;
}

/** A socket that sends from whatever address and port the kernel gives it. @throws Error with the errno */
export function unboundSocket(v6 = false): number {
  return must('socket', socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0));
}

/** Slots of `slot` bytes into which recvmmsg(2) puts up to `capacity` datagrams; what is longer is cut off. */
export class ReceiveBatch {
  readonly #slots;
  readonly #bytes;
  readonly #headers;
  readonly #slot;

  constructor(
    readonly capacity: number,
    slot = SLOT,
  ) {
    this.#slot = slot;
    this.#slots = arena(capacity * slot);
    this.#bytes = Buffer.from(this.#slots.bytes.buffer, this.#slots.bytes.byteOffset, capacity * slot);
    this.#headers = arena(capacity * MMSGHDR);
    const vectors = arena(capacity * IOVEC);
    for (let i = 0; i < capacity; i++) {
      putPointer(vectors.view, i * IOVEC, this.#slots.address + i * slot);
      vectors.view.setUint32(i * IOVEC + 8, slot, true);
      putPointer(this.#headers.view, i * MMSGHDR + 16, vectors.address + i * IOVEC);
      this.#headers.view.setUint32(i * MMSGHDR + 24, 1, true);
    }
  }

  /** Takes what is there; how many, or the negative errno. */
  receive(fd: number): number {
    return recvmmsg(fd, this.#headers.address, this.capacity, MSG_DONTWAIT);
  }

  /** Bytes of datagram `i`. */
  lengthOf(i: number): number {
    return this.#headers.view.getUint32(i * MMSGHDR + 56, true);
  }

  addressOf(i: number): number {
    return this.#slots.address + i * this.#slot;
  }

  /** The bytes of datagram `i`, until the next `receive`. */
  bytesOf(i: number): Buffer {
    return this.#bytes.subarray(i * this.#slot, i * this.#slot + this.lengthOf(i));
  }

  /** The first four bytes of datagram `i`, little-endian. */
  firstWordOf(i: number): number {
    return this.#slots.view.getUint32(i * this.#slot, true);
  }
}

/** @throws Error if a system call failed */
export function must(call: string, result: number): number {
  if (result < 0) throw new Error(`${call}: errno ${-result}`);
  return result;
}
