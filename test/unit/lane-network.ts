/**
 * A few lanes in memory, each a peer of every other over one link, with keys that were never shaken for.
 * Datagrams arrive at once and in order; `pump` carries them until nothing moves.
 */
import { createHash } from 'node:crypto';
import { type Arena, arenaOver } from '../../src/core/arena.js';
import { COUNTERS_LENGTH } from '../../src/core/counters.js';
import type { FrameBatch } from '../../src/core/frame-batch.js';
import { Lane } from '../../src/core/lane.js';
import {
  ARENA_SIZE,
  RX_ADDRESS_AT,
  RX_AT,
  RX_SLOTS,
  SLOT_HEADROOM,
  SLOT_SIZE,
  TAP_AT,
  TAP_SLOTS,
} from '../../src/core/layout.js';
import { ADDRESS_STRIDE, MAX_SEGMENTS } from '../../src/core/limits.js';
import { UP } from '../../src/core/link/health.js';
import { RxBatch } from '../../src/core/rx-batch.js';
import type { LaneSink } from '../../src/core/state.js';
import type { Alarm } from '../../src/core/switch/alarms.js';
import type { TxBatch } from '../../src/core/tx-batch.js';
import { VNET_SIZE } from '../../src/core/wire/inner.js';
import { NodeAead } from '../../src/io/node-aead.js';

const LINK = 0;
const TIMERS = { interval: 100, hold: 500, pongCount: 3 };
const SETTINGS = { ...TIMERS, dynamic: false, priority: 1, weight: 1, mtu: 0 };

export interface Datagram {
  from: number;
  to: number;
  bytes: Uint8Array;
}

/** A frame with the virtio-net header it comes from the TAP with, or goes there with. */
export interface TapFrame {
  vnet: Uint8Array;
  frame: Uint8Array;
}

export class Host {
  readonly lane: Lane;
  readonly arena: Arena = arenaOver(new ArrayBuffer(ARENA_SIZE));
  readonly counters = new Float64Array(COUNTERS_LENGTH);
  /** What went to the TAP, since `take`. */
  delivered: TapFrame[] = [];
  readonly refused: number[] = [];
  readonly alarms: Alarm[] = [];

  constructor(
    readonly id: number,
    private readonly network: LaneNetwork,
  ) {
    const sink: LaneSink = {
      transmit: (batch) => this.transmit(batch),
      deliver: (frames) => this.deliver(frames),
      handshake() {},
      linkChanged() {},
      confirmed() {},
      handshakeNeeded() {},
      failover() {},
      pathMtu: () => undefined,
      alarm: (alarm) => this.alarms.push(alarm),
    };
    const aead = new NodeAead(this.arena);
    this.lane = new Lane({ arena: this.arena, counters: this.counters, aead, sink, seed: 7 + id }, network.now);
  }

  /** Frames from the TAP, in batches as it reads them, with an empty virtio-net header unless one is given. */
  send(...frames: (Uint8Array | TapFrame)[]): void {
    const lengths = new Int32Array(TAP_SLOTS);
    for (let from = 0; from < frames.length; from += TAP_SLOTS) {
      const batch = frames.slice(from, from + TAP_SLOTS);
      batch.forEach((given, i) => {
        const { vnet, frame } = given instanceof Uint8Array ? { vnet: new Uint8Array(VNET_SIZE), frame: given } : given;
        const at = TAP_AT + i * SLOT_SIZE + SLOT_HEADROOM;
        this.arena.bytes.set(vnet, at);
        this.arena.bytes.set(frame, at + VNET_SIZE);
        lengths[i] = VNET_SIZE + frame.length;
      });
      this.lane.onFrames(batch.length, lengths, this.network.now);
    }
  }

  /** Frames that went to the TAP since the last call. */
  take(): Uint8Array[] {
    const frames = this.delivered.map(({ frame }) => frame);
    this.delivered = [];
    return frames;
  }

  /** One receive call: as many of the datagrams as it takes, which are counted; those of one size and source as a train. */
  receive(datagrams: readonly Datagram[]): number {
    const batch = new RxBatch();
    let at = 0;
    let trains = 0;
    let taken = 0;
    let last: Datagram | null = null;
    for (const datagram of datagrams) {
      const i = batch.count - 1;
      const { bytes } = datagram;
      const joins =
        last !== null &&
        last.from === datagram.from &&
        bytes.length <= batch.segment[i]! &&
        last.bytes.length === batch.segment[i]! &&
        trains < MAX_SEGMENTS &&
        at + bytes.length <= RX_AT + i * SLOT_SIZE + 65_000;
      if (!joins) {
        if (batch.count === RX_SLOTS) break;
        const n = batch.count++;
        at = RX_AT + n * SLOT_SIZE;
        trains = 0;
        batch.offset[n] = at;
        batch.length[n] = 0;
        batch.segment[n] = bytes.length;
        batch.address[n] = RX_ADDRESS_AT + n * ADDRESS_STRIDE;
        this.arena.bytes.set(addressOf(datagram.from), batch.address[n]!);
      }
      this.arena.bytes.set(bytes, at);
      at += bytes.length;
      trains += 1;
      batch.length[batch.count - 1]! += bytes.length;
      last = datagram;
      taken += 1;
    }
    if (batch.count > 0) this.lane.onDatagrams(LINK, batch, this.network.now);
    return taken;
  }

  private transmit(batch: TxBatch): void {
    for (let run = 0; run < batch.count; run++) {
      const to = batch.peer[run]!;
      if (batch.mask[run]! === 0 || to < 0) continue;
      const end = batch.offset[run]! + batch.length[run]!;
      for (let at = batch.offset[run]!; at < end; at += batch.segment[run]!) {
        const bytes = this.arena.bytes.slice(at, Math.min(end, at + batch.segment[run]!));
        this.network.queue.push({ from: this.id, to, bytes });
        if (!batch.control) this.network.sent.push({ from: this.id, to, bytes });
      }
    }
  }

  private deliver(frames: FrameBatch): void {
    for (let i = 0; i < frames.count; i++) {
      const pieces: Uint8Array[] = [];
      for (let n = 0; n < frames.pieces[i]!; n++) {
        const at = frames.pieceOffset[frames.firstPiece[i]! + n]!;
        pieces.push(this.arena.bytes.subarray(at, at + frames.pieceLength[frames.firstPiece[i]! + n]!));
      }
      const whole = new Uint8Array(Buffer.concat(pieces));
      this.delivered.push({ vnet: whole.slice(0, VNET_SIZE), frame: whole.slice(VNET_SIZE) });
    }
  }
}

export class LaneNetwork {
  now = 1000;
  queue: Datagram[] = [];
  /** Data datagrams since they were last looked at. */
  sent: Datagram[] = [];
  readonly hosts: Host[];

  /** Hosts that are up for each other. */
  constructor(count: number, mtu = 1500) {
    this.hosts = Array.from({ length: count }, (_, id) => new Host(id, this));
    for (const host of this.hosts) host.lane.setLocalLink(LINK, true, mtu, 28, 'none', this.now);
    for (const host of this.hosts) for (const peer of this.hosts) if (peer !== host) this.introduce(host, peer);
    for (let step = 0; step < 40; step++) this.pass(10);
    for (const host of this.hosts) {
      for (const peer of host.lane.state.members) {
        if (peer.links[LINK]!.health.state !== UP) throw new Error(`host ${host.id}: peer ${peer.index} is not up`);
      }
    }
    this.sent = [];
  }

  /** Lets time pass, with whatever is due in it. */
  pass(milliseconds: number): void {
    this.now += milliseconds;
    for (const { lane } of this.hosts) if (lane.nextTimeout() <= this.now) lane.onTimeout(this.now);
    this.pump();
  }

  /** Carries datagrams until nothing moves. */
  pump(): void {
    while (this.queue.length > 0) {
      const { to } = this.queue[0]!;
      const other = this.queue.findIndex((datagram) => datagram.to !== to);
      const datagrams = this.queue.splice(0, other < 0 ? this.queue.length : other);
      const taken = this.hosts[to]!.receive(datagrams);
      this.queue.unshift(...datagrams.slice(taken));
    }
  }

  private introduce(host: Host, peer: Host): void {
    host.lane.setPeer(peer.id, peer.id + 1, 'passive');
    host.lane.setLink(peer.id, LINK, SETTINGS, addressOf(peer.id), this.now);
    this.shake(host, peer);
  }

  /** Gives one its keys for the other. */
  shake(host: Host, peer: Host): void {
    const keys = {
      peer: peer.id,
      localIndex: indexOf(host.id, peer.id),
      remoteIndex: indexOf(peer.id, host.id),
      sendKey: keyOf(host.id, peer.id),
      receiveKey: keyOf(peer.id, host.id),
      initiator: true,
    };
    host.lane.installKeys(keys, this.now);
  }
}

function indexOf(host: number, peer: number): number {
  return 1 + host * 64 + peer;
}

function keyOf(from: number, to: number): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`${from} to ${to}`).digest());
}

function addressOf(host: number): Uint8Array {
  const record = new Uint8Array(ADDRESS_STRIDE);
  record.set([2, 0, 0x51, 0x42, 192, 0, 2, host + 1]);
  return record;
}
