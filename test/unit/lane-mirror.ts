/**
 * A lane that is its own peer over two links: it seals and opens with the same key, so what it sends is
 * what it receives. Nothing is copied but heartbeats, so that a test sees what the lane leaves on the heap.
 */
import assert from 'node:assert/strict';
import { COUNTERS_LENGTH } from '../../src/core/counters.js';
import type { FrameBatch } from '../../src/core/frame-batch.js';
import { Lane } from '../../src/core/lane.js';
import {
  ARENA_SIZE,
  RESEND_SIZE,
  RX_ADDRESS_AT,
  RX_AT,
  RX_SLOTS,
  SLOT_HEADROOM,
  SLOT_SIZE,
  TAP_AT,
} from '../../src/core/layout.js';
import { ADDRESS_STRIDE } from '../../src/core/limits.js';
import type { Policy } from '../../src/core/link/policy.js';
import { RxBatch } from '../../src/core/rx-batch.js';
import type { TxBatch } from '../../src/core/tx-batch.js';
import { VNET_SIZE } from '../../src/core/wire/inner.js';
import { OpensslAead } from '../../src/io/openssl.js';
import { arena, type Evp } from '../../src/io/syscalls.js';

const WARM_BATCHES = 4000;

/** Most frames of a batch. */
export const BATCH = 64;

export class LaneMirror {
  readonly counters = new Float64Array(COUNTERS_LENGTH);
  /** Frames and bytes, virtio-net headers included, that came out at the TAP. */
  frames = 0;
  frameBytes = 0;
  private now = 1000.25;
  private readonly memory = arena(ARENA_SIZE + RESEND_SIZE / 16);
  readonly lane: Lane;
  private readonly lengths = new Int32Array(BATCH);
  /** What the lane sent, as messages to be received. */
  private readonly sent = [new RxBatch(), new RxBatch()] as const;
  /** The heartbeat that is being received. */
  private readonly control = new RxBatch();
  private heartbeatsSent = 0;
  private heartbeatsTaken = 0;

  constructor(openssl: Evp, policy: Policy) {
    const sink = {
      transmit: (batch: TxBatch) => this.transmit(batch),
      deliver: (frames: FrameBatch) => {
        this.frames += frames.count;
        for (let i = 0; i < frames.count; i++) this.frameBytes += frames.bytes[i]!;
      },
      handshake() {},
      linkChanged() {},
      confirmed() {},
      handshakeNeeded() {},
      failover() {},
      pathMtu() {},
      alarm() {},
    };
    const aead = new OpensslAead(openssl, this.memory);
    this.lane = new Lane({ arena: this.memory, counters: this.counters, aead, sink, seed: 3 }, this.now);
    this.lane.setPeer(0, 1, policy);
    const address = new Uint8Array(ADDRESS_STRIDE).fill(2, 0, 1);
    this.memory.bytes.set(address, RX_ADDRESS_AT);
    this.control.address[0] = RX_ADDRESS_AT;
    for (const link of [0, 1]) {
      const settings = {
        interval: 100,
        hold: 500,
        pongCount: 3,
        dynamic: false,
        priority: 1,
        weight: 3 + link,
        mtu: 0,
      };
      this.lane.setLocalLink(link, true, 1500, 28, 'none', this.now);
      this.lane.setLink(0, link, settings, address, this.now);
    }
    const key = new Uint8Array(32).fill(7);
    const keys = { peer: 0, localIndex: 5, remoteIndex: 5, sendKey: key, receiveKey: key.slice(), initiator: true };
    this.lane.installKeys(keys, this.now);
    for (let step = 0; step < 100; step++) this.pass();
    assert.equal(this.lane.state.peers[0]!.usable, 0b11);
  }

  /** Puts `count` copies of the frame into the TAP slots. They stay, unless they are too large to go in one datagram. */
  load(frame: Uint8Array, vnet: Uint8Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const at = TAP_AT + i * SLOT_SIZE + SLOT_HEADROOM;
      this.memory.bytes.set(vnet, at);
      this.memory.bytes.set(frame, at + VNET_SIZE);
      this.lengths[i] = VNET_SIZE + frame.length;
    }
  }

  /**
   * Batches of one frame until the code that runs once a batch, for acknowledgements above all, is optimized: a test
   * that counts frames runs it too seldom for that. At first many get lost, then none, so that all is well in the end.
   * They don't count, and nothing is learned.
   */
  warm(): void {
    for (let i = 0; i < WARM_BATCHES; i++) this.batch(1, (i & 64) === 0 || i > WARM_BATCHES / 2);
    this.frames = 0;
    this.frameBytes = 0;
    this.lane.state.macs.clear();
  }

  /** One batch out, and if `receive`, the same in again. */
  batch(count: number, receive: boolean): void {
    const { sent } = this;
    sent[0].count = 0;
    sent[1].count = 0;
    this.lane.onFrames(count, this.lengths, this.now);
    if (receive) {
      if (sent[0].count > 0) this.lane.onDatagrams(0, sent[0], this.now);
      if (sent[1].count > 0) this.lane.onDatagrams(1, sent[1], this.now);
    }
    this.pass();
  }

  private pass(): void {
    this.now += 5.5;
    if (this.lane.nextTimeout() <= this.now) this.lane.onTimeout(this.now);
    while (this.heartbeatsTaken < this.heartbeatsSent) {
      const slot = this.heartbeatsTaken++ % RX_SLOTS;
      const { control } = this;
      control.count = 1;
      control.offset[0] = RX_AT + slot * SLOT_SIZE;
      control.length[0] = control.segment[0] = this.memory.view.getInt32(control.offset[0]! - 4, true);
      this.lane.onDatagrams(this.memory.view.getInt32(control.offset[0]! - 8, true), control, this.now);
    }
  }

  private transmit(batch: TxBatch): void {
    for (let run = 0; run < batch.count; run++) {
      for (let link = 0; link < 2; link++) {
        if ((batch.mask[run]! & (1 << link)) === 0) continue;
        if (batch.control) this.keepHeartbeat(link, batch.offset[run]!, batch.length[run]!);
        else this.keep(this.sent[link as 0 | 1], batch, run);
      }
    }
  }

  private keep(to: RxBatch, batch: TxBatch, run: number): void {
    const n = to.count++;
    assert.ok(n < RX_SLOTS);
    to.offset[n] = batch.offset[run]!;
    to.length[n] = batch.length[run]!;
    to.segment[n] = batch.segment[run]!;
    to.address[n] = RX_ADDRESS_AT;
  }

  /** Answers go out of the place that pings went out of, so pings are copied. */
  private keepHeartbeat(link: number, offset: number, length: number): void {
    const at = RX_AT + (this.heartbeatsSent++ % RX_SLOTS) * SLOT_SIZE;
    this.memory.view.setInt32(at - 8, link, true);
    this.memory.view.setInt32(at - 4, length, true);
    this.memory.bytes.copyWithin(at, offset, offset + length);
  }
}
