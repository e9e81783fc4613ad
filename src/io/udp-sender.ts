/**
 * Sends batches of sealed datagrams: for each link one sendmmsg over all its runs, and each run one
 * message that the kernel segments (UDP_SEGMENT). A link whose socket is full, or that can't send at
 * all, never keeps the other links from sending.
 */
import { performance } from 'node:perf_hooks';
import { peerAddress } from '../core/layout.js';
import { LINKS, MAX_SEGMENTS } from '../core/limits.js';
import type { Cause } from '../core/link/health.js';
import { MAX_RUNS, type TxBatch } from '../core/tx-batch.js';
import * as errno from './errno.js';
import { MessageVector } from './message-vector.js';
import { AF_INET } from './netlink/constants.js';
import { SendQueue } from './send-queue.js';
import { arena, type MappedArena, sendmmsg, setsockoptInt } from './syscalls.js';
import { SOL_IP, SOL_IPV6, setFragmentable } from './udp-socket.js';

const MSG_DONTWAIT = 0x40;
const SOL_SOCKET = 1;
const SO_PRIORITY = 12;
const IP_TOS = 1;
const IPV6_TCLASS = 67;
/** DSCP CS6, network control (RFC 4594), and the queueing discipline's first band. */
const CONTROL_TOS = 0xc0;
const CONTROL_PRIORITY = 6;

/** What a socket is set to send now: nothing known, data, heartbeats and handshakes, or path MTU probes. */
const UNSET = 0;
const DATA = 1;
const CONTROL = 2;
const PROBES = 3;

/** How often a message is tried again when errors of others are in its way. */
const MOST_TRIES = 3;

/**
 * Errors that concern a datagram and not its link: it is too large, a packet filter refuses it, or ICMP
 * errors come faster than they are read. If the link is dead, its heartbeat finds out.
 */
const OF_THE_DATAGRAM: ReadonlySet<number> = new Set([errno.EMSGSIZE, errno.EIO, errno.EPERM, errno.ECONNREFUSED]);

export class UdpSender {
  /** Socket of each local link, -1 for none, and whether it is IPv6. */
  readonly fds = new Int32Array(LINKS).fill(-1);
  private readonly v6 = new Uint8Array(LINKS);
  calls = 0;

  /** 0 where the kernel or the device does not segment: there each datagram is a message of its own. */
  private readonly gso = new Uint8Array(LINKS);
  private readonly whole = new MessageVector(MAX_RUNS);
  /** The datagrams of one run, when the kernel did not take the run as a whole. */
  private readonly single = new MessageVector(MAX_SEGMENTS);
  private readonly queues: SendQueue[];
  private readonly mode = new Uint8Array(LINKS);
  /** 1 where nobody may fragment what the socket sends. */
  private readonly solid = new Uint8Array(LINKS);

  /**
   * @param readErrors empties a socket's error queue: an ICMP error for one peer makes the next send
   *   fail, whoever it is for.
   * @param whyUnusable says why a device does not take anything, if the reason is not that it has much to send.
   * @param onNoGso is told once of a link whose device does not segment.
   */
  constructor(
    private readonly memory: MappedArena,
    private readonly readErrors: (link: number) => void,
    private readonly whyUnusable: (link: number) => Cause | null,
    private readonly onNoGso: (link: number) => void,
  ) {
    const scratch = arena(8);
    this.queues = Array.from({ length: LINKS }, () => new SendQueue(scratch));
  }

  // HOT PATH
  transmit(batch: TxBatch): void {
    let links = 0;
    for (let run = 0; run < batch.count; run++) links |= batch.mask[run]!;
    for (let link = 0; link < LINKS; link++) {
      if ((links & (1 << link)) === 0) continue;
      if (this.fds[link]! < 0) {
        this.failAll(batch, link);
        continue;
      }
      const mode = batch.probes ? PROBES : batch.control ? CONTROL : DATA;
      if (this.mode[link]! !== mode) this.setMode(link, mode);
      this.transmitLink(batch, link);
    }
  }

  /** Gives a local link its socket; -1 for none. */
  setSocket(link: number, fd: number, v6: boolean, gso: boolean): void {
    this.fds[link] = fd;
    this.v6[link] = v6 ? 1 : 0;
    this.gso[link] = gso ? 1 : 0;
    this.mode[link] = UNSET;
    this.solid[link] = 0;
  }

  /** Bytes that may wait in the send buffer of each local link. */
  queueLimits(): number[] {
    return this.queues.map(({ limitBytes }) => limitBytes);
  }

  private failAll(batch: TxBatch, link: number): void {
    for (let run = 0; run < batch.count; run++) {
      if ((batch.mask[run]! & (1 << link)) !== 0) batch.fail(run, link, 'shutdown');
    }
  }

  /** Heartbeats and handshakes overtake the bulk that the kernel holds for the device. */
  private setMode(link: number, mode: number): void {
    const fd = this.fds[link]!;
    const solid = mode === PROBES ? 1 : 0;
    if (this.solid[link]! !== solid) setFragmentable(fd, this.v6[link]! === 1, solid === 0);
    this.solid[link] = solid;
    if (mode !== DATA) {
      this.queues[link]!.open(fd);
      this.setPriority(link, CONTROL_TOS, CONTROL_PRIORITY);
    } else {
      this.queues[link]!.shut(fd);
      this.setPriority(link, 0, 0);
    }
    this.mode[link] = mode;
  }

  private setPriority(link: number, tos: number, priority: number): void {
    const fd = this.fds[link]!;
    if (this.v6[link]! === 0) setsockoptInt(fd, SOL_IP, IP_TOS, tos);
    else setsockoptInt(fd, SOL_IPV6, IPV6_TCLASS, tos);
    setsockoptInt(fd, SOL_SOCKET, SO_PRIORITY, priority);
  }

  // HOT PATH
  private transmitLink(batch: TxBatch, link: number): void {
    const bit = 1 << link;
    for (let run = 0; run < batch.count; run++) {
      if ((batch.mask[run]! & bit) === 0) continue;
      if (this.gso[link]! === 0 && batch.segments[run]! > 1) {
        this.send(this.whole, batch, link); // in order
        this.sendSingly(batch, run, link);
        continue;
      }
      const segment = batch.segments[run]! > 1 ? batch.segment[run]! : 0;
      this.put(this.whole, batch, run, link, batch.offset[run]!, batch.length[run]!, segment);
    }
    this.send(this.whole, batch, link);
  }

  // HOT PATH
  private put(
    to: MessageVector,
    batch: TxBatch,
    run: number,
    link: number,
    at: number,
    length: number,
    segment: number,
  ) {
    const peer = batch.peer[run]!;
    const address = peer < 0 ? batch.addressOff[run]! : peerAddress(peer, link);
    const base = this.memory.address;
    to.put(run, base + address, this.memory.bytes[address]! === AF_INET ? 16 : 28, base + at, length, segment);
  }

  private sendSingly(batch: TxBatch, run: number, link: number): void {
    const segment = batch.segment[run]!;
    const end = batch.offset[run]! + batch.length[run]!;
    for (let at = batch.offset[run]!; at < end; at += segment) {
      this.put(this.single, batch, run, link, at, Math.min(segment, end - at), 0);
    }
    this.send(this.single, batch, link);
  }

  /** Sends the messages put together so far; an error concerns its own message only. */
  // HOT PATH
  private send(messages: MessageVector, batch: TxBatch, link: number): void {
    const fd = this.fds[link]!;
    const count = messages.count;
    messages.count = 0;
    let sent = 0;
    let tries = 0;
    while (sent < count) {
      this.calls += 1;
      const error = -sendmmsg(fd, messages.addressOf(sent), count - sent, MSG_DONTWAIT);
      if (error < 0) {
        for (const end = sent - error; sent < end; sent++) this.queues[link]!.add(messages.lengthOf[sent]!);
        continue;
      }
      if (error === errno.EINTR) continue;
      if (error === errno.EAGAIN || error === errno.ENOBUFS || error === errno.ENOMEM) {
        // Without a carrier, too, a device drops what it is given (ENOBUFS). That is to go over other links.
        const cause = error === errno.ENOBUFS ? this.whyUnusable(link) : null;
        if (cause !== null) {
          for (; sent < count; sent++) batch.fail(messages.runOf[sent]!, link, cause);
          return;
        }
        for (; sent < count; sent++) batch.refuse(messages.runOf[sent]!, link);
        this.queues[link]!.refused(fd, performance.now());
        this.mode[link] = UNSET; // its buffer may have another size now
        return;
      }
      // It may be an old ICMP error, for another peer even: look at those, and try again.
      if ((unreachable(error) || error === errno.EMSGSIZE) && ++tries <= MOST_TRIES) {
        this.readErrors(link);
        continue;
      }
      tries = 0;
      this.sendFailed(messages, batch, messages.runOf[sent]!, link, error);
      sent += 1;
    }
  }

  private sendFailed(messages: MessageVector, batch: TxBatch, run: number, link: number, error: number): void {
    const whole = messages === this.whole && batch.segments[run]! > 1;
    if (whole && error === errno.EIO && this.gso[link]! === 1) {
      // This device can't segment (no checksum offload): it isn't asked again.
      this.gso[link] = 0;
      this.onNoGso(link);
    }
    if (whole && (error === errno.EIO || error === errno.EMSGSIZE || error === errno.EINVAL)) {
      this.sendSingly(batch, run, link); // larger than the device's MTU: the kernel may still fragment it
      const sent = ((batch.failed[run]! | batch.refused[run]!) & (1 << link)) === 0;
      if (error !== errno.EIO && sent) batch.tooLarge(run, link);
    } else if (OF_THE_DATAGRAM.has(error)) {
      if (error === errno.EMSGSIZE) batch.tooLarge(run, link);
      batch.refuse(run, link);
    } else {
      batch.fail(run, link, causeOf(error));
    }
  }
}

function unreachable(error: number): boolean {
  return error === errno.ECONNREFUSED || error === errno.EHOSTUNREACH || error === errno.ENETUNREACH;
}

/** EINVAL is what the kernel says of a source address that this host no longer has. */
function causeOf(error: number): Cause {
  return error === errno.EINVAL ? 'address' : 'send-error';
}
