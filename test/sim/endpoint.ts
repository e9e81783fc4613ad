/**
 * One local link of a host: its device, its socket, and the NAT that may stand before it. The sending
 * side keeps the contract of `UdpSender`, the receiving side that of `UdpReceiver`.
 */
import type { Arena } from '../../src/core/arena.js';
import { peerAddress, RX_ADDRESS_AT, RX_AT, RX_SLOTS, SLOT_SIZE } from '../../src/core/layout.js';
import { ADDRESS_STRIDE } from '../../src/core/limits.js';
import type { Cause } from '../../src/core/link/health.js';
import type { RxBatch } from '../../src/core/rx-batch.js';
import type { TxBatch } from '../../src/core/tx-batch.js';
import { type Address, readAddress, writeAddress } from './address.js';
import type { Datagram, Network, Receiver } from './network.js';
import type { Schedule } from './schedule.js';
import { copyOf } from './slab.js';

/** Datagrams that GRO puts into one message. */
const GRO_SEGMENTS = 64;
/** Datagrams that wait in a socket until new ones are dropped. */
const RECEIVE_QUEUE = 4000;
const IP_UDP_HEADERS = 28;

export class Endpoint implements Receiver {
  /** A process has the socket open. */
  open = false;
  /** The device is up and has its address. */
  up = true;
  mtu = 1500;
  /** Complain of data larger than the MTU, which the kernel would have to fragment. */
  strictMtu = true;
  /** What the kernel says to every send, if anything. */
  sendError: Cause | null = null;
  /** The socket takes no more data. */
  full = false;
  /** Bytes per millisecond that the device sends, and how many it holds back before the socket is full. */
  rate = Number.POSITIVE_INFINITY;
  queueBytes = 256 * 1024;
  /** Told of what can't be: a datagram to no address, or one larger than the device's MTU. */
  complain: (what: string) => void = () => {};
  /** Told that datagrams wait. */
  wake: () => void = () => {};
  /** Where the world sees this endpoint; another than its own address behind a NAT. */
  address: Address;

  #queue: Datagram[] = [];
  #busyUntil = 0;

  constructor(
    readonly host: number,
    readonly link: number,
    ownAddress: Address,
    private readonly network: Network,
    private readonly schedule: Schedule,
  ) {
    this.address = ownAddress;
    network.attach(ownAddress, this);
  }

  /** The NAT forgets the way back to us and gives us a new one. */
  rebind(address: Address): void {
    this.network.detach(this.address);
    this.address = address;
    this.network.attach(address, this);
  }

  /** Datagrams that wait to be read. */
  get waiting(): number {
    return this.#queue.length;
  }

  receive(datagram: Datagram): void {
    if (!this.open || !this.up || this.#queue.length >= RECEIVE_QUEUE) return;
    this.#queue.push(datagram);
    this.wake();
  }

  /** Everything is well with device and socket again. */
  heal(): void {
    this.up = true;
    this.sendError = null;
    this.full = false;
    this.rate = Number.POSITIVE_INFINITY;
    this.#busyUntil = 0;
  }

  /** The process that had the socket is gone, and what waited in it. */
  close(): void {
    this.open = false;
    this.#queue = [];
    this.#busyUntil = 0;
  }

  /** Sends those runs of the batch that go over this link. */
  transmit(batch: TxBatch, arena: Arena): void {
    for (let run = 0; run < batch.count; run++) {
      if ((batch.mask[run]! & (1 << this.link)) !== 0) this.#send(batch, run, arena);
    }
  }

  #send(batch: TxBatch, run: number, arena: Arena): void {
    const peer = batch.peer[run]!;
    const destination = readAddress(arena.bytes, peer < 0 ? batch.addressOff[run]! : peerAddress(peer, this.link));
    if (destination < 0) {
      this.complain(`a run for peer ${peer} on link ${this.link}, whose endpoint is not known`);
      batch.fail(run, this.link, 'address');
      return;
    }
    if (!this.up) return batch.fail(run, this.link, 'send-error');
    if (this.sendError !== null) return batch.fail(run, this.link, this.sendError);
    const length = batch.length[run]!;
    // Control datagrams have a band of their own at the device.
    const backlog = batch.control ? 0 : Math.max(0, this.#busyUntil - this.schedule.now);
    if (!batch.control && (this.full || backlog * this.rate + length > this.queueBytes)) {
      return batch.refuse(run, this.link);
    }
    const segment = batch.segment[run]!;
    const start = batch.offset[run]!;
    let datagrams = 0;
    for (let at = start; at < start + length; at += segment) {
      const size = Math.min(segment, start + length - at);
      if (batch.probes && size + IP_UDP_HEADERS > this.mtu) {
        batch.tooLarge(run, this.link);
        return batch.refuse(run, this.link);
      }
      if (this.strictMtu && !batch.control && size + IP_UDP_HEADERS > this.mtu) {
        this.complain(`${size} bytes over an MTU of ${this.mtu}`);
      }
      this.network.carry(
        this.host,
        this.link,
        this.address,
        destination,
        copyOf(arena.bytes, at, at + size),
        backlog,
        batch.probes,
        Math.min(size, this.mtu - IP_UDP_HEADERS),
      );
      datagrams++;
    }
    if (datagrams > 1 && segment + IP_UDP_HEADERS > this.mtu) batch.tooLarge(run, this.link);
    if (datagrams !== batch.segments[run]!) this.complain(`a run of ${datagrams} says it has ${batch.segments[run]}`);
    if (!batch.control) this.#busyUntil = this.schedule.now + backlog + length / this.rate;
  }

  /** Fills the receive slots and `batch` as one recvmmsg with GRO does. */
  read(batch: RxBatch, arena: Arena): void {
    batch.count = 0;
    while (batch.count < RX_SLOTS && this.#queue.length > 0) {
      const n = batch.count++;
      const first = this.#queue[0]!;
      const segment = first.bytes.length;
      let taken = 0;
      let length = 0;
      for (const datagram of this.#queue) {
        const size = datagram.bytes.length;
        const fits = size <= segment && length + size < 65_536 && datagram.source === first.source;
        if (taken > 0 && (!fits || taken === GRO_SEGMENTS)) break;
        arena.bytes.set(datagram.bytes, RX_AT + n * SLOT_SIZE + length);
        length += size;
        taken++;
        if (size < segment || size === 0) break;
      }
      this.#queue.splice(0, taken);
      batch.offset[n] = RX_AT + n * SLOT_SIZE;
      batch.length[n] = length;
      batch.segment[n] = segment;
      batch.address[n] = RX_ADDRESS_AT + n * ADDRESS_STRIDE;
      writeAddress(arena.bytes, batch.address[n]!, first.source);
    }
  }
}
