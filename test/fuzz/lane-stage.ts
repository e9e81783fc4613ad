/**
 * A lane as the daemon has it, with the daemon's cipher, and two peers of it whose keys the fuzzer holds:
 * it can send anything in their name, and open what the lane sends to them.
 *
 * Links 0 and 1 of both peers have configured endpoints, link 2 follows the peer; link 3 is local only.
 */
import assert from 'node:assert/strict';
import { COUNTERS_LENGTH, LANE, LANE_COUNTERS, LINK, PEER } from '../../src/core/counters.js';
import type { Aead } from '../../src/core/crypto/aead.js';
import type { FrameBatch } from '../../src/core/frame-batch.js';
import { Lane } from '../../src/core/lane.js';
import {
  ARENA_SIZE,
  REASSEMBLY_SLOTS,
  RX_ADDRESS_AT,
  RX_AT,
  SLOT_HEADROOM,
  SLOT_SIZE,
  TAP_AT,
} from '../../src/core/layout.js';
import { LINKS } from '../../src/core/limits.js';
import { RxBatch } from '../../src/core/rx-batch.js';
import type { LaneSink } from '../../src/core/state.js';
import type { TxBatch } from '../../src/core/tx-batch.js';
import {
  counterOf,
  HEADER_SIZE,
  KIND_PING,
  KIND_PONG,
  SEAL_OVERHEAD,
  writeHeader,
} from '../../src/core/wire/transport.js';
import { NodeAead } from '../../src/io/node-aead.js';
import { OpensslAead } from '../../src/io/openssl.js';
import { arena, evp } from '../../src/io/syscalls.js';
import { type Address, addressRecord, hostAddress } from '../sim/address.js';
import { framesOf } from '../sim/frames-out.js';
import type { Random } from '../sim/random.js';

export const PEERS = [0, 1] as const;
/** Of the local links. */
export const MTU = 1500;
const HEADERS = 28;
const SETTINGS = { interval: 100, hold: 500, pongCount: 1, dynamic: false, priority: 1, weight: 1, mtu: 0 };
const CONFIGURED = [0, 1, 2];
const LOCAL = [0, 1, 2, 3];

// Arenas are never given back: one of each for a thread.
const openssl = evp();
const memory = arena(ARENA_SIZE);
const remoteMemory = arena(3 * SLOT_SIZE);
const PLAIN_AT = SLOT_SIZE;
const DATAGRAM_AT = 2 * SLOT_SIZE;
// All of it, so that no page is touched for the first time in the middle of a measurement.
memory.bytes.fill(1);

const aead = aeadOver(memory);
const remoteAead = aeadOver(remoteMemory);

function aeadOver(of: typeof memory): Aead {
  return openssl === null ? new NodeAead(of) : new OpensslAead(openssl, of);
}

/** Counters of the lane that say why a datagram was dropped. */
export const REFUSALS = LANE_COUNTERS.filter((name) => /^rx(?!Truncated|FragmentDropped)/.test(name));

export interface Sent {
  readonly peer: number;
  readonly mask: number;
  readonly control: boolean;
  readonly bytes: Uint8Array;
}

/** What the fuzzer holds of a session. */
interface Remote {
  localIndex: number;
  seal: number;
  open: number;
  /** The counter of the next datagram. */
  counter: number;
}

export class LaneStage {
  readonly lane: Lane;
  readonly counters = new Float64Array(COUNTERS_LENGTH);
  readonly remotes: Remote[] = PEERS.map(() => ({ localIndex: 0, seal: -1, open: -1, counter: 0 }));
  now = 1000;
  /** Since `clear`. */
  sent: Sent[] = [];
  delivered: Uint8Array[] = [];
  handshakes = 0;
  /** Why the lane asked for a handshake, from the beginning on. */
  readonly needed: string[] = [];
  private readonly batch = new RxBatch();
  private readonly lengths = new Int32Array(1);

  constructor(private readonly random: Random) {
    const sink: LaneSink = {
      transmit: (batch) => this.keep(batch),
      deliver: (frames: FrameBatch) => {
        for (const frame of framesOf(frames, memory)) this.delivered.push(frame);
      },
      handshake: () => this.handshakes++,
      linkChanged() {},
      confirmed() {},
      handshakeNeeded: (_peer, why) => this.needed.push(why),
      pathMtu() {},
      alarm() {},
      failover() {},
    };
    this.lane = new Lane({ arena: memory, counters: this.counters, aead, sink, seed: random.word() }, this.now);
    for (const link of LOCAL) this.lane.setLocalLink(link, true, MTU, HEADERS, 'none', this.now);
    for (const peer of PEERS) {
      this.lane.setPeer(peer, peer + 2, 'active');
      for (const link of CONFIGURED) {
        const record = link === 2 ? null : addressRecord(hostAddress(peer + 2, link));
        this.lane.setLink(peer, link, { ...SETTINGS, dynamic: link === 2 }, record, this.now);
      }
      this.install(peer);
    }
  }

  /** Frees what is not the collector's. */
  end(): void {
    for (const peer of PEERS) {
      this.lane.removePeer(peer, this.now);
      this.forget(this.remotes[peer]!);
    }
  }

  /**
   * New keys with a peer, as after a handshake that the lane's host began.
   * @param remoteIndex what the peer wants to see in what the lane sends; null: the very index that the lane gave out
   */
  install(peer: number, remoteIndex: number | null = this.random.word()): void {
    const { random } = this;
    const remote = this.remotes[peer]!;
    this.forget(remote);
    const [there, back] = [random.bytes(32), random.bytes(32)];
    remote.localIndex = 1 + (random.word() >>> 2) * 2 + peer;
    remote.seal = remoteAead.addKey('aes-256-gcm', back, 'seal');
    remote.open = remoteAead.addKey('aes-256-gcm', there, 'open');
    remote.counter = 0;
    const { localIndex } = remote;
    const indices = { localIndex, remoteIndex: remoteIndex ?? localIndex };
    this.lane.installKeys({ peer, ...indices, sendKey: there, receiveKey: back, initiator: true }, this.now);
  }

  private forget(remote: Remote): void {
    if (remote.seal < 0) return;
    remoteAead.removeKey(remote.seal);
    remoteAead.removeKey(remote.open);
    remote.seal = -1;
  }

  /** A datagram of the peer with this plaintext, sealed under its keys. */
  seal(peer: number, plaintext: Uint8Array, counter?: number): Uint8Array {
    const remote = this.remotes[peer]!;
    const used = counter ?? remote.counter++;
    const { bytes, view } = remoteMemory;
    bytes.set(plaintext, PLAIN_AT);
    writeHeader(view, DATAGRAM_AT, remote.localIndex, used);
    remoteAead.seal(remote.seal, used, PLAIN_AT, plaintext.length, DATAGRAM_AT);
    return bytes.slice(DATAGRAM_AT, DATAGRAM_AT + plaintext.length + SEAL_OVERHEAD);
  }

  /** What the peer reads in a datagram that the lane sent it. */
  open(sent: Sent): Uint8Array {
    const { bytes, view } = remoteMemory;
    bytes.set(sent.bytes, DATAGRAM_AT);
    const good = remoteAead.open(
      this.remotes[sent.peer]!.open,
      counterOf(view, DATAGRAM_AT),
      DATAGRAM_AT,
      sent.bytes.length,
    );
    assert.ok(good, 'the lane sent what its peer can not open');
    return bytes.slice(DATAGRAM_AT + HEADER_SIZE, DATAGRAM_AT + sent.bytes.length - 16);
  }

  /** One message of one receive call: a datagram, or a train of them, `segment` bytes each. */
  receive(link: number, source: Address, bytes: Uint8Array, segment = bytes.length): void {
    const { batch } = this;
    memory.bytes.set(bytes, RX_AT);
    memory.bytes.set(addressRecord(source), RX_ADDRESS_AT);
    batch.count = 1;
    batch.offset[0] = RX_AT;
    batch.length[0] = bytes.length;
    batch.segment[0] = segment;
    batch.address[0] = RX_ADDRESS_AT;
    this.lane.onDatagrams(link, batch, this.now);
  }

  /** A frame with its virtio-net header from the TAP; what stood behind it in the slot is overwritten with `behind`. */
  frame(bytes: Uint8Array, behind: number): void {
    const at = TAP_AT + SLOT_HEADROOM;
    memory.bytes.set(bytes, at);
    memory.bytes.fill(behind, at + bytes.length, Math.min(at + bytes.length + 4096, TAP_AT + SLOT_SIZE));
    this.lengths[0] = bytes.length;
    this.lane.onFrames(1, this.lengths, this.now);
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
    if (this.lane.nextTimeout() <= this.now) this.lane.onTimeout(this.now);
  }

  /** Answers pings until all configured links are up. */
  bringUp(): void {
    for (const peer of PEERS) {
      // Link 2 becomes known by a heartbeat.
      const ping = new Uint8Array(24);
      ping.set([KIND_PING, 2]);
      this.receive(2, hostAddress(peer + 2, 2), this.seal(peer, ping));
    }
    for (let round = 0; round < 4; round++) {
      this.sent = [];
      this.pass(100);
      for (const sent of this.sent) {
        if (sent.bytes.length !== 24 + SEAL_OVERHEAD) continue;
        const pong = this.open(sent);
        if (pong[0] !== KIND_PING) continue;
        pong[0] = KIND_PONG;
        const link = pong[1]!;
        this.receive(link, hostAddress(sent.peer + 2, link), this.seal(sent.peer, pong));
      }
    }
    for (const peer of PEERS) assert.equal(this.lane.state.peers[peer]!.usable, 0b111, 'links come up');
    this.clear();
  }

  clear(): void {
    this.sent = [];
    this.delivered = [];
  }

  /** Handshake messages that were passed on, or kept from the control thread because there are too many. */
  handshakesSeen(): number {
    return this.handshakes + this.counter('handshakeOverload');
  }

  /** All counters of refused datagrams, added up. */
  refused(): number {
    return REFUSALS.reduce((sum, name) => sum + this.counter(name), 0);
  }

  counter(name: string): number {
    return this.counters[LANE[name as keyof typeof LANE]]!;
  }

  /** Datagrams counted as received, on all links of all peers. */
  received(): number {
    let sum = 0;
    for (const peer of this.lane.state.members) {
      for (const link of peer.links) if (link !== null) sum += this.counters[link.block + LINK.rxDatagrams]!;
    }
    return sum;
  }

  ofPeer(peer: number, name: keyof typeof PEER): number {
    return this.counters[this.lane.state.peers[peer]!.block + PEER[name]]!;
  }

  /** Everything that could grow, or tell that something was believed. */
  standing(): Record<string, number> {
    const { state } = this.lane;
    return {
      sessions: state.byIndex.size,
      deadlines: state.deadlines.size,
      macs: PEERS.reduce<number>((sum, peer) => sum + state.macs.countOf(peer), 0),
      reassembly: PEERS.reduce<number>((sum, peer) => sum + state.reassembler.countOf(peer), 0),
      sent: this.sent.length,
      delivered: this.delivered.length,
      received: this.received(),
    };
  }

  assertBounds(): void {
    const { state } = this.lane;
    const { sessions, deadlines, reassembly } = this.standing() as { [name: string]: number };
    assert.ok(sessions! <= 4 * PEERS.length, `${sessions} sessions`);
    assert.ok(deadlines! <= LINKS * PEERS.length + 1, `${deadlines} deadlines`);
    assert.ok(reassembly! <= REASSEMBLY_SLOTS);
    for (const peer of PEERS) {
      assert.ok(state.reassembler.countOf(peer) <= REASSEMBLY_SLOTS / 2, 'the share of a peer in the reassembly');
      assert.ok(state.macs.countOf(peer) <= 16_384, 'the share of a peer in the MAC table');
      for (const link of state.peers[peer]!.links) {
        if (link !== null) assert.ok(link.health.rtt.srtt < 1e6, `a round-trip time of ${link.health.rtt.srtt}`);
      }
    }
  }

  private keep(batch: TxBatch): void {
    for (let run = 0; run < batch.count; run++) {
      const end = batch.offset[run]! + batch.length[run]!;
      for (let at = batch.offset[run]!; at < end; at += batch.segment[run]!) {
        const bytes = memory.bytes.slice(at, Math.min(end, at + batch.segment[run]!));
        this.sent.push({ peer: batch.peer[run]!, mask: batch.mask[run]!, control: batch.control, bytes });
      }
    }
  }
}
