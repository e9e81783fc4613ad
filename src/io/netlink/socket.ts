/**
 * A netlink socket to the kernel's routing tables. The kernel answers a request before sendto(2)
 * returns, so waiting for an answer takes no longer than the kernel's own work.
 */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import * as k from './constants.js';
import type { NetlinkKernel } from './kernel.js';
import { decodeMessages, type NetlinkMessage } from './messages.js';

const { EAGAIN, EINTR, EMSGSIZE, ETIMEDOUT } = constants.errno;

/** A dump's datagram is at most 32 KiB (netlink_dump in the kernel), notifications are far smaller. */
const RECEIVE_BYTES = 65536;
const SEND_BYTES = 4096;
const ADDRESS = RECEIVE_BYTES + SEND_BYTES;
const POLLFD = ADDRESS + 16;
const TIMESPEC = POLLFD + 8;

/** Bytes of memory a socket works in. */
export const NETLINK_MEMORY = TIMESPEC + 16;

const WAIT_SECONDS = 1;
/** Datagrams read for one answer before it is given up: bounds a request amid a storm of notifications. */
const MOST_DATAGRAMS = 20_000;

/** How a request ended: errno 0 is success, `text` the kernel's own explanation if it gave one. */
export interface Outcome {
  errno: number;
  text: string | null;
  /** The tables changed during the dump, which may have holes. */
  interrupted: boolean;
}

/** `ENODEV (no such device)`, or what the kernel said beyond it: `mtu less than device minimum (EINVAL)`. */
export function errorText(errno: number, said: string | null = null): string {
  const [name, message] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, 'unknown error'];
  return `${said ?? message} (${name})`;
}

export class NetlinkSocket {
  readonly fd: number;
  private seq = 0;

  /**
   * @param memory at least NETLINK_MEMORY bytes, used by no other socket at the same time
   * @param groups RTMGRP_… bits of the notifications to receive
   * @throws Error when the kernel refuses the socket
   */
  constructor(
    private readonly kernel: NetlinkKernel,
    private readonly memory: ReturnType<NetlinkKernel['arena']>,
    groups = 0,
  ) {
    this.fd = kernel.socket(k.AF_NETLINK, k.SOCK_RAW | k.SOCK_CLOEXEC | k.SOCK_NONBLOCK, k.NETLINK_ROUTE);
    if (this.fd < 0) throw new Error(`can't open a netlink socket: the kernel said: ${errorText(-this.fd)}`);
    // Explanations are a courtesy of kernels since 4.12: without them, errno remains.
    kernel.setsockoptInt(this.fd, k.SOL_NETLINK, k.NETLINK_EXT_ACK, 1);
    kernel.setsockoptInt(this.fd, k.SOL_NETLINK, k.NETLINK_CAP_ACK, 1);
    // struct sockaddr_nl: family u16, pad u16, port u32 (0: the kernel chooses), groups u32.
    memory.view.setUint32(ADDRESS, k.AF_NETLINK, true);
    memory.view.setUint32(ADDRESS + 4, 0, true);
    memory.view.setUint32(ADDRESS + 8, groups, true);
    const bound = kernel.bind(this.fd, memory.address + ADDRESS, 12);
    if (bound < 0) {
      kernel.close(this.fd);
      throw new Error(`can't bind a netlink socket: the kernel said: ${errorText(-bound)}`);
    }
  }

  /** The next datagram's messages, never waiting; the negative errno if there is none to be had (EAGAIN: no more). */
  receive(): ReturnType<typeof decodeMessages> | number {
    const { kernel, memory } = this;
    let length: number;
    do {
      length = kernel.recv(this.fd, memory.address, RECEIVE_BYTES, k.MSG_TRUNC);
    } while (length === -EINTR);
    if (length < 0) return length;
    if (length > RECEIVE_BYTES) return -EMSGSIZE;
    return decodeMessages(memory.bytes.subarray(0, length));
  }

  /**
   * Sends one request and reads until its answer is complete. `build` gets the sequence number; the
   * request must have NLM_F_ACK or NLM_F_DUMP. `visit` gets all other messages that arrive meanwhile:
   * the objects asked for, and notifications.
   */
  request(build: (seq: number) => Uint8Array, visit: (message: NetlinkMessage) => void = () => {}): Outcome {
    this.seq = (this.seq + 1) >>> 0;
    const outcome: Outcome = { errno: this.send(build(this.seq)), text: null, interrupted: false };
    if (outcome.errno !== 0) return outcome;
    for (let n = 0; n < MOST_DATAGRAMS; n++) {
      const received = this.receive();
      if (typeof received === 'number') {
        if (received === -EAGAIN && this.wait()) continue;
        outcome.errno = received === -EAGAIN ? ETIMEDOUT : -received;
        return outcome;
      }
      let ended = false;
      for (const message of received.messages) {
        if ((message.flags & k.NLM_F_DUMP_INTR) !== 0 && message.seq === this.seq) outcome.interrupted = true;
        if (message.kind !== 'error' && message.kind !== 'done') visit(message);
        else if (message.seq === this.seq) {
          ended = true;
          outcome.errno = message.errno;
          if (message.kind === 'error') outcome.text = message.text;
        }
      }
      if (ended) return outcome;
    }
    outcome.errno = ETIMEDOUT;
    return outcome;
  }

  close(): void {
    this.kernel.close(this.fd);
  }

  /** 0, or the errno. */
  private send(message: Uint8Array): number {
    const { kernel, memory } = this;
    if (message.length > SEND_BYTES) return EMSGSIZE;
    memory.bytes.set(message, RECEIVE_BYTES);
    const sent = kernel.sendto(this.fd, memory.address + RECEIVE_BYTES, message.length, 0, 0, 0);
    return sent < 0 ? -sent : 0;
  }

  /** Waits for something to read: false when nothing came. */
  private wait(): boolean {
    const { kernel, memory } = this;
    memory.view.setInt32(POLLFD, this.fd, true);
    memory.view.setUint32(POLLFD + 4, k.POLLIN, true);
    memory.view.setBigInt64(TIMESPEC, BigInt(WAIT_SECONDS), true);
    memory.view.setBigInt64(TIMESPEC + 8, 0n, true);
    return kernel.ppoll(memory.address + POLLFD, 1, memory.address + TIMESPEC) !== 0;
  }
}
