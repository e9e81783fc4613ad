/**
 * Everything a lane owns, handed to its parts. There is no state outside it, so a process may run
 * several lanes, and a test a whole network of them.
 */
import type { Arena } from './arena.js';
import type { Aead } from './crypto/aead.js';
import type { Cipher } from './crypto/cipher.js';
import { Deadlines } from './deadlines.js';
import type { FailoverReport } from './failover/failovers.js';
import { ResendRing } from './failover/ring.js';
import { Reassembler } from './fragment/reassembler.js';
import { FrameBatch } from './frame-batch.js';
import {
  CONTROL_AT,
  CONTROL_END,
  PROBE_AT,
  PROBE_END,
  peerAddress,
  REASSEMBLY_AT,
  REASSEMBLY_SLOTS,
  RESEND_AT,
  SLOT_SIZE,
  TX_AT,
  TX_END,
} from './layout.js';
import { LINKS, MAX_PEERS } from './limits.js';
import type { Cause, LinkState } from './link/health.js';
import type { Link } from './link/link.js';
import { Mute } from './mute.js';
import type { PathReport } from './path-mtu/discovery.js';
import type { Peer } from './peer.js';
import { Joiner } from './segment/join.js';
import { HandshakeGate } from './session/handshake-gate.js';
import type { KeyPair } from './session/key-ring.js';
import { type Alarm, Alarms } from './switch/alarms.js';
import { MacTable } from './switch/mac-table.js';
import { StormControl } from './switch/storm.js';
import type { Trace } from './trace.js';
import { TxBatch } from './tx-batch.js';
import { Waiting } from './waiting.js';
import { isKnownAddress } from './wire/address.js';
import { MAX_IP_PACKET } from './wire/ip.js';
import { SEAL_OVERHEAD, writeHeader } from './wire/transport.js';

/** Where the lane's output goes. Every call is made from within a call into the lane. */
export interface LaneSink {
  /** Sends every run of the batch over every link of its mask; marks links that can't send with `batch.fail`. */
  transmit(batch: TxBatch): void;
  /** Writes every frame of the batch to the TAP. */
  deliver(frames: FrameBatch): void;
  /** A handshake message of the right length came in, and not too many of them; the bytes are valid during the call only. */
  handshake(link: number, offset: number, length: number, addressOff: number): void;
  /** A link changed its state; doubts, and their end, are told by `failover`. */
  linkChanged(peer: number, link: number, state: LinkState, cause: Cause): void;
  /** The initiator has proved that it holds the keys with this index: they are current now. */
  confirmed(peer: number, localIndex: number): void;
  /** The present keys of a peer are nearly used up, or all its links are down: shake hands again. */
  handshakeNeeded(peer: number, why: 'rekey' | 'silent'): void;
  /** A failover is over: the link is down, or not suspect any more, and what was to be sent again has been. */
  failover(report: FailoverReport): void;
  /** The largest packet that passes a link was found, or has become another. */
  pathMtu(report: PathReport): void;
  /** A guard of the switch dropped something, of a kind that was not told of lately. */
  alarm(alarm: Alarm): void;
}

export interface LaneOptions {
  arena: Arena;
  counters: Float64Array;
  aead: Aead;
  sink: LaneSink;
  /** Secret seed of the hashes of the MAC table and the handshake gate. */
  seed: number;
}

/** Settings of one local link as the kernel shows it. */
export interface LocalLink {
  /** False: no carrier, no address, or not configured. */
  usable: boolean;
  /** Device MTU in bytes. */
  mtu: number;
  /** Bytes of IP and UDP headers: 28 for IPv4, 48 for IPv6. */
  headers: number;
}

const MAC_CAPACITY = 65_536;
/** Share of the MAC table that one peer may fill: it can't take all room from the others. */
const MAC_PEER_SHARE = 1 / 4;
const MAC_AGING = 300_000;
const REASSEMBLY_PER_PEER = 128;
const REASSEMBLY_AGE = 1000;

export class LaneState {
  readonly arena: Arena;
  readonly counters: Float64Array;
  readonly aead: Aead;
  readonly sink: LaneSink;
  readonly peers: (Peer | null)[] = new Array<Peer | null>(MAX_PEERS).fill(null);
  /** Peers by position, so that a flood visits only those that exist. */
  members: Peer[] = [];
  /** Key pairs by local index; at most three for each peer. */
  readonly byIndex = new Map<number, KeyPair>();
  readonly local: LocalLink[];
  readonly tx = new TxBatch(TX_AT, TX_END, false);
  readonly control = new TxBatch(CONTROL_AT, CONTROL_END, true);
  readonly probes = new TxBatch(PROBE_AT, PROBE_END, true, true);
  readonly frames = new FrameBatch();
  readonly joiner: Joiner;
  readonly macs: MacTable;
  readonly storm = new StormControl();
  readonly alarms: Alarms;
  readonly reassembler: Reassembler;
  readonly gate: HandshakeGate;
  readonly ring: ResendRing;
  readonly mute: Mute;
  /** Frames for peers that have no session at the moment. */
  readonly waiting: Waiting;
  /**
   * One deadline for each link of each peer, one for housekeeping, and four for each peer: what it is owed, what is sent
   * again, what waits for its turn, and what waits for the peer.
   */
  readonly deadlines = new Deadlines(MAX_PEERS * (LINKS + 4) + 1);
  /** Told more than usual, while somebody debugs. */
  trace: Trace | null = null;
  cipher: Cipher = 'aes-256-gcm';
  /** Goodbye was said: no handshake is heard any more, for its session would end at once. */
  ended = false;

  constructor(options: LaneOptions) {
    this.arena = options.arena;
    this.counters = options.counters;
    this.aead = options.aead;
    this.sink = options.sink;
    this.local = Array.from({ length: LINKS }, () => ({ usable: false, mtu: 1500, headers: 28 }));
    this.joiner = new Joiner(this.arena, this.frames);
    this.ring = new ResendRing(RESEND_AT, this.arena.bytes.length - RESEND_AT);
    this.waiting = new Waiting(this.arena);
    this.mute = new Mute(this.arena, this.byIndex);
    this.macs = new MacTable({
      capacity: MAC_CAPACITY,
      perPeerLimit: MAC_CAPACITY * MAC_PEER_SHARE,
      agingMs: MAC_AGING,
      maxPeers: MAX_PEERS,
      seed: options.seed,
    });
    this.gate = new HandshakeGate(this.arena.bytes, peerAddress, options.seed);
    this.alarms = new Alarms((alarm) => options.sink.alarm(alarm));
    this.reassembler = new Reassembler({
      bytes: this.arena.bytes,
      base: REASSEMBLY_AT,
      slotSize: SLOT_SIZE,
      slots: REASSEMBLY_SLOTS,
      perPeer: REASSEMBLY_PER_PEER,
      maxAgeMs: REASSEMBLY_AGE,
      maxPeers: MAX_PEERS,
    });
  }

  /** Most learned MAC addresses from now on, in all; of one peer a quarter of that. */
  setMacLimit(limit: number): void {
    this.macs.setLimit(limit, Math.ceil(limit * MAC_PEER_SHARE));
  }

  /** Counts one of the lane's own counters (an index of LANE). */
  // HOT PATH
  count(index: number): void {
    this.counters[index]! += 1;
  }

  /** Largest plaintext that one datagram carries on a link. */
  readonly capacityOf = (link: Link): number => link.path.mtu - this.local[link.id]!.headers - SEAL_OVERHEAD;

  /** The largest packet that the local device and the configuration of a link allow. */
  ceilingOf(link: Link): number {
    const local = this.local[link.id]!;
    const mtu = link.settings.mtu > 0 && link.settings.mtu < local.mtu ? link.settings.mtu : local.mtu;
    // A device may claim more than any packet has: loopback does.
    return Math.min(mtu, MAX_IP_PACKET);
  }

  /** Whether a datagram can be sent on a link at all: its local side works and the endpoint is known. */
  reachable(peer: number, id: number): boolean {
    return this.local[id]!.usable && isKnownAddress(this.arena.bytes, peerAddress(peer, id));
  }

  /** Those links of `mask` that datagrams to the peer can be sent on. */
  // HOT PATH
  reachableOf(peer: Peer, mask: number): number {
    let found = 0;
    for (let id = 0; id < LINKS; id++) {
      if ((mask & (1 << id)) !== 0 && peer.links[id]! !== null && this.reachable(peer.index, id)) found |= 1 << id;
    }
    return found;
  }

  /** Whether a datagram of `size` bytes, sealed, comes through a link: as it is, or in pieces if its own device has to cut it. */
  takes(link: Link, size: number): boolean {
    return size <= this.capacityOf(link) + SEAL_OVERHEAD || link.path.mtu >= this.ceilingOf(link);
  }

  /** Seals `length` bytes of plaintext at `plain` to a peer and adds them to `batch`, at `at`. The caller made room. */
  // HOT PATH
  seal(
    batch: TxBatch,
    pair: KeyPair,
    mask: number,
    plain: number,
    length: number,
    extend: boolean,
    at = batch.top,
    most = batch.end,
  ): void {
    const size = length + SEAL_OVERHEAD;
    const counter = pair.counter++;
    writeHeader(this.arena.view, at, pair.remoteIndex, counter);
    this.aead.seal(pair.sealKey, counter, plain, length, at);
    if (extend) batch.extend(size);
    else batch.begin(pair.peer, mask, 0, size, at, most);
  }

  /** Index of the deadline of a peer's link. */
  deadlineOf(peer: number, link: number): number {
    return peer * LINKS + link;
  }

  /** Index of the deadline of a peer's acknowledgements. */
  // HOT PATH
  ackDeadlineOf(peer: number): number {
    return HOUSEKEEPING + 1 + peer;
  }

  /** Index of the deadline of what is sent again to a peer. */
  resendDeadlineOf(peer: number): number {
    return HOUSEKEEPING + 1 + MAX_PEERS + peer;
  }

  /** Index of the deadline of what waits for its turn, of a peer. */
  // HOT PATH
  orderDeadlineOf(peer: number): number {
    return HOUSEKEEPING + 1 + 2 * MAX_PEERS + peer;
  }

  /** Index of the deadline of what waits for a peer. */
  waitingDeadlineOf(peer: number): number {
    return HOUSEKEEPING + 1 + 3 * MAX_PEERS + peer;
  }
}

/** The deadline of housekeeping; behind it are those of acknowledgements, of what is sent again, and of what waits. */
export const HOUSEKEEPING = MAX_PEERS * LINKS;
