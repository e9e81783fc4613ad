/**
 * One host of the simulation: a whole `sennitd` without the kernel. The lane runs as the lane thread's
 * loop runs it (wait, then messages, sockets, TAP, timers, each a batch), the handshake machine as the
 * control thread runs it, and messages between the two take a moment, in order, as they do in life.
 * A host can be killed and started again, and can be stopped for a while (both threads, as by SIGSTOP).
 */
import type { Aead } from '../../src/core/crypto/aead.js';
import type { Primitives } from '../../src/core/crypto/primitives.js';
import type { FailoverReport } from '../../src/core/failover/failovers.js';
import { Lane } from '../../src/core/lane.js';
import { SLOT_HEADROOM, SLOT_SIZE, TAP_AT, TAP_SLOTS } from '../../src/core/layout.js';
import { ADDRESS_STRIDE, LINKS } from '../../src/core/limits.js';
import type { Cause } from '../../src/core/link/health.js';
import type { LinkSettings } from '../../src/core/link/link.js';
import type { Policy } from '../../src/core/link/policy.js';
import type { PathReport } from '../../src/core/path-mtu/discovery.js';
import { RxBatch } from '../../src/core/rx-batch.js';
import { Handshakes } from '../../src/core/session/handshake.js';
import type { HandshakeEvent, Refusal } from '../../src/core/session/handshake-sink.js';
import type { LaneSink } from '../../src/core/state.js';
import { VNET_SIZE } from '../../src/core/wire/inner.js';
import { addressRecord, hostAddress } from './address.js';
import { Endpoint } from './endpoint.js';
import { framesOf } from './frames-out.js';
import type { Ledger } from './ledger.js';
import { giveBack, type LaneMemory, takeMemory } from './memory-pool.js';
import type { Network } from './network.js';
import type { Random } from './random.js';
import type { Schedule } from './schedule.js';
import { room } from './slab.js';

/** What a host needs of the world. */
export interface World {
  readonly schedule: Schedule;
  readonly network: Network;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly primitives: Primitives;
  makeAead(memory: LaneMemory): Aead;
}

export interface PeerConfig {
  host: Host;
  policy: Policy;
  /** Bytes that are kept to be sent again, if not as many as usual. */
  buffer?: number;
  /** By link number; null: none. `known`: the peer's address is configured. */
  links: (null | { settings: LinkSettings; known: boolean })[];
}

/** Milliseconds at most for a message from one thread to the other. */
const HOP = 0.4;

export class Host {
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly endpoints: Endpoint[];
  /** In the order of their index in the lane. */
  readonly peers: PeerConfig[] = [];
  readonly events: HandshakeEvent[] = [];
  readonly refusals: Refusal[] = [];
  readonly failovers: FailoverReport[] = [];
  readonly pathMtus: PathReport[] = [];
  /** Up to so many milliseconds does a timer come late. */
  lateness = 0;
  memory: LaneMemory | null = null;
  aead: Aead | null = null;
  /** Number of lives so far: what an earlier one had in hand is void. */
  life = 0;

  #lane: Lane | null = null;
  #machine: Handshakes | null = null;
  #mailbox: (() => void)[] = [];
  #tap: Uint8Array[] = [];
  #stopped = false;
  #deferred: (() => void)[] = [];
  #wakeAsked = false;
  #laneAlarm = Number.POSITIVE_INFINITY;
  #machineAlarm = Number.POSITIVE_INFINITY;
  #lastToLane = 0;
  #lastToControl = 0;
  #lastStamp = 0n;
  readonly #batch = new RxBatch();
  readonly #lengths = new Int32Array(TAP_SLOTS);

  constructor(
    private readonly world: World,
    readonly id: number,
    readonly networkName: string,
    links: number,
  ) {
    this.secretKey = world.random.bytes(32);
    this.publicKey = world.primitives.x25519Base(this.secretKey);
    this.endpoints = Array.from({ length: links }, (_, link) => {
      const endpoint = new Endpoint(id, link, hostAddress(id, link), world.network, world.schedule);
      endpoint.complain = (what) => world.ledger.complain(`host ${id}: ${what}`, world.schedule.now);
      endpoint.wake = () => this.#wake();
      return endpoint;
    });
  }

  get alive(): boolean {
    return this.#lane !== null;
  }

  /** The running lane. */
  get lane(): Lane {
    if (this.#lane === null) throw new Error(`host ${this.id} does not run`);
    return this.#lane;
  }

  get machine(): Handshakes {
    if (this.#machine === null) throw new Error(`host ${this.id} does not run`);
    return this.#machine;
  }

  indexOf(other: Host): number {
    return this.peers.findIndex((peer) => peer.host === other);
  }

  start(): void {
    if (this.#lane !== null) return;
    const { schedule, random, primitives } = this.world;
    const { now } = schedule;
    this.life++;
    this.memory = takeMemory();
    this.aead = this.world.makeAead(this.memory);
    const { arena, counters } = this.memory;
    this.#lane = new Lane({ arena, counters, aead: this.aead, sink: this.#laneSink(), seed: random.word() }, now);
    this.#machine = this.#makeMachine(primitives, random);
    for (const endpoint of this.endpoints) {
      endpoint.open = true;
      this.tellLocal(endpoint.link, 'none');
    }
    const { secretKey, id, networkName } = this;
    this.#machine.setIdentity({ secretKey, hostId: id, network: networkName, cipher: 'aes-256-gcm', networkPsk: null });
    for (const [index, peer] of this.peers.entries()) {
      this.#lane.setPeer(index, peer.host.id, peer.policy, peer.buffer);
      for (const [link, config] of peer.links.entries()) {
        if (config === null) continue;
        const address = config.known ? addressRecord(peer.host.endpoints[link]!.address) : null;
        this.#lane.setLink(index, link, config.settings, address, now);
      }
      this.#machine.setPeer({ peer: index, hostId: peer.host.id, publicKey: peer.host.publicKey, psk: null });
      this.#machine.connect(index, now);
    }
    this.#armMachine();
    this.#wake();
  }

  /** As kill -9: nobody is told, and everything that was in memory is gone. */
  kill(): void {
    if (this.memory === null) return;
    giveBack(this.memory);
    this.memory = null;
    this.#lane = null;
    this.#machine = null;
    this.#mailbox = [];
    this.#tap = [];
    this.#deferred = [];
    this.#stopped = false;
    this.#wakeAsked = false;
    this.#laneAlarm = Number.POSITIVE_INFINITY;
    this.#machineAlarm = Number.POSITIVE_INFINITY;
    for (const endpoint of this.endpoints) endpoint.close();
  }

  /** Stops all clockwork of the host for `duration` ms; what comes meanwhile waits. */
  stall(duration: number): void {
    if (this.#lane === null) return;
    this.#stopped = true;
    this.#later(duration, () => {
      this.#stopped = false;
      const waiting = this.#deferred;
      this.#deferred = [];
      for (const work of waiting) work();
      this.#wake();
    });
  }

  /** Puts an Ethernet frame into the TAP, as the host's own network stack does. */
  send(frame: Uint8Array, vnet?: Uint8Array): void {
    if (this.#lane === null) return;
    const bytes = room(VNET_SIZE + frame.length).fill(0, 0, VNET_SIZE);
    if (vnet !== undefined) bytes.set(vnet);
    bytes.set(frame, VNET_SIZE);
    this.#tap.push(bytes);
    this.#wake();
  }

  /** The kernel reports what has become of a local link. */
  tellLocal(link: number, cause: Cause): void {
    const endpoint = this.endpoints[link]!;
    this.#toLaneNow(() => this.lane.setLocalLink(link, endpoint.up, endpoint.mtu, 28, cause, this.world.schedule.now));
  }

  /** Has control ask the lane or the machine for something, and all timers looked at anew. */
  control(work: () => void): void {
    this.#whenAwake(() => {
      work();
      this.#armMachine();
      this.#wake();
    });
  }

  #makeMachine(primitives: Primitives, random: Random): Handshakes {
    return new Handshakes({
      primitives,
      random: (length) => random.bytes(length),
      stamp: () => this.#stamp(),
      sink: {
        sendOnAllLinks: (peer, bytes, except) =>
          this.#toLane((now) => this.lane.sendHandshake(bytes, peer, 0, null, now, except)),
        sendReply: (link, address, bytes) => {
          const record = address.slice();
          this.#toLane((now) => this.lane.sendHandshake(bytes, -1, link, record, now));
        },
        established: (keys) => this.#toLane((now) => this.lane.installKeys(keys, now)),
        expired: (peer, localIndex) => this.#toLane((now) => this.lane.expireKeys(peer, localIndex, now)),
        refused: (reason) => this.refusals.push(reason),
        event: (_peer, event) => this.events.push(event),
      },
    });
  }

  #laneSink(): LaneSink {
    const { schedule, ledger } = this.world;
    return {
      transmit: (batch) => {
        for (let link = 0; link < LINKS; link++) {
          const endpoint = this.endpoints[link];
          if (endpoint !== undefined) endpoint.transmit(batch, this.memory!.arena);
          else for (let run = 0; run < batch.count; run++) this.#noSocket(batch.mask[run]!, link);
        }
      },
      deliver: (frames) => {
        for (const frame of framesOf(frames, this.memory!.arena)) {
          if (this.delivered === null)
            ledger.arrived(this.id, this.networkName, frame.subarray(VNET_SIZE), schedule.now);
          else this.delivered(frame);
        }
      },
      handshake: (link, offset, length, addressOff) => {
        const { bytes } = this.memory!.arena;
        const message = bytes.slice(offset, offset + length);
        const address = bytes.slice(addressOff, addressOff + ADDRESS_STRIDE);
        this.#toControl((now) => this.machine.onDatagram(link, message, address, now));
      },
      linkChanged: () => {},
      confirmed: (peer, localIndex) => this.#toControl(() => this.machine.confirmed(peer, localIndex)),
      handshakeNeeded: (peer) => this.#toControl((now) => this.machine.rekey(peer, now)),
      failover: (report) => this.failovers.push(report),
      pathMtu: (report) => this.pathMtus.push(report),
      alarm: () => undefined,
    };
  }

  /** If set, takes what comes out of the TAP (with virtio-net header) instead of the ledger. */
  delivered: ((frame: Uint8Array) => void) | null = null;

  #noSocket(mask: number, link: number): void {
    if ((mask & (1 << link)) === 0) return;
    this.world.ledger.complain(`host ${this.id}: a run for link ${link}, which it does not have`, 0);
  }

  /** As the daemon does: microseconds of a millisecond clock, but always more than the last one. */
  #stamp(): bigint {
    const wall = BigInt(Math.floor(this.world.schedule.now)) * 1000n;
    this.#lastStamp = wall > this.#lastStamp ? wall : this.#lastStamp + 1n;
    return this.#lastStamp;
  }

  // The threads.

  /** One round of the lane's loop. */
  #step(): void {
    const lane = this.#lane;
    if (lane === null || this.memory === null) return;
    const { now } = this.world.schedule;
    const mail = this.#mailbox;
    this.#mailbox = [];
    for (const work of mail) work();
    for (const endpoint of this.endpoints) {
      if (endpoint.waiting === 0) continue;
      endpoint.read(this.#batch, this.memory.arena);
      lane.onDatagrams(endpoint.link, this.#batch, now);
    }
    if (this.#tap.length > 0) this.#readTap(lane, now);
    if (lane.nextTimeout() <= now) lane.onTimeout(now);
    if (lane.nextTimeout() <= now || this.#tap.length > 0 || this.endpoints.some(({ waiting }) => waiting > 0)) {
      this.#wake();
    }
    this.#armLane();
  }

  #readTap(lane: Lane, now: number): void {
    const { bytes } = this.memory!.arena;
    const frames = this.#tap.splice(0, TAP_SLOTS);
    for (const [slot, frame] of frames.entries()) {
      bytes.set(frame, TAP_AT + slot * SLOT_SIZE + SLOT_HEADROOM);
      this.#lengths[slot] = frame.length;
    }
    lane.onFrames(frames.length, this.#lengths, now);
  }

  /** Asks for a round of the lane's loop, after all else that happens now. */
  #wake(): void {
    if (this.#wakeAsked || this.#lane === null) return;
    this.#wakeAsked = true;
    this.#later(0, () => {
      this.#wakeAsked = false;
      this.#whenAwake(() => this.#step());
    });
  }

  #armLane(): void {
    const at = this.lane.nextTimeout();
    if (at >= this.#laneAlarm) return;
    this.#laneAlarm = at;
    const late = this.lateness > 0 ? this.world.random.between(0, this.lateness) : 0;
    this.#later(at - this.world.schedule.now + late, () => {
      this.#laneAlarm = Number.POSITIVE_INFINITY;
      this.#wake();
    });
  }

  #armMachine(): void {
    const at = this.machine.nextTimeout();
    if (at >= this.#machineAlarm) return;
    this.#machineAlarm = at;
    this.#later(at - this.world.schedule.now, () => {
      this.#machineAlarm = Number.POSITIVE_INFINITY;
      this.#whenAwake(() => {
        this.machine.onTimeout(this.world.schedule.now);
        this.#armMachine();
      });
    });
  }

  #toLane(work: (now: number) => void): void {
    const at = Math.max(this.#lastToLane, this.world.schedule.now + this.world.random.between(0, HOP));
    this.#lastToLane = at;
    this.#later(at - this.world.schedule.now, () => this.#toLaneNow(() => work(this.world.schedule.now)));
  }

  #toLaneNow(work: () => void): void {
    this.#mailbox.push(work);
    this.#wake();
  }

  #toControl(work: (now: number) => void): void {
    const at = Math.max(this.#lastToControl, this.world.schedule.now + this.world.random.between(0, HOP));
    this.#lastToControl = at;
    this.#later(at - this.world.schedule.now, () =>
      this.#whenAwake(() => {
        work(this.world.schedule.now);
        this.#armMachine();
      }),
    );
  }

  #whenAwake(work: () => void): void {
    if (this.#stopped) this.#deferred.push(work);
    else work();
  }

  /** Something of this life: void once the host was killed. */
  #later(delay: number, work: () => void): void {
    const { life } = this;
    this.world.schedule.after(Math.max(0, delay), () => {
      if (life === this.life && this.#lane !== null) work();
    });
  }
}
