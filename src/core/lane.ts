/**
 * The facade of the data path. Sans-IO: frames, datagrams and the time go in, sealed runs and joined
 * frames come out through the sink, and `nextTimeout` says when it wants to be called again.
 *
 *     out   onFrames ─► switch ─► fragment ─► choose link(s) ─► seal ─► sink.transmit
 *     in    onDatagrams ─► replay check ─► open ─► reassemble ─► learn MAC ─► sink.deliver
 */
import { LANE, PEER } from './counters.js';
import type { Cipher } from './crypto/cipher.js';
import { Acks } from './failover/acks.js';
import { Resender } from './failover/resender.js';
import { Heartbeats } from './heartbeats.js';
import { peerAddress } from './layout.js';
import { ADDRESS_STRIDE, LINKS, MAX_PEERS } from './limits.js';
import { publishShares } from './link/choice.js';
import { type Cause, UP } from './link/health.js';
import { Link, type LinkSettings } from './link/link.js';
import type { Policy } from './link/policy.js';
import { PathDiscovery } from './path-mtu/discovery.js';
import { DEFAULT_BUFFER, Peer } from './peer.js';
import { Pings } from './pings.js';
import { Receiver } from './receive.js';
import type { RxBatch } from './rx-batch.js';
import { KeyRing } from './session/key-ring.js';
import type { SessionKeys } from './session/keys.js';
import { HOUSEKEEPING, type LaneOptions, LaneState } from './state.js';
import { Guard, type GuardSettings } from './switch/guard.js';
import { Transmitter } from './transmit.js';
import type { TxBatch } from './tx-batch.js';
import { PATIENCE } from './waiting.js';
import { isSameEndpoint } from './wire/address.js';

/** Bytes that what is sent to one peer at once, heartbeats or acknowledgements, needs at most. */
const CONTROL_ROOM = 8192;
/** Milliseconds that a new session has to get an answer on any link. */
const SILENT_AFTER = 1000;
/** Milliseconds for which a lane listens at least, and at most, after it has said goodbye. */
const LEAST_FAREWELL = 5;
const MOST_FAREWELL = 200;
/** Milliseconds between rounds of housekeeping. */
const HOUSEKEEPING_INTERVAL = 500;

export class Lane {
  readonly state: LaneState;
  readonly pings: Pings;
  private readonly heartbeats: Heartbeats;
  private readonly transmitter: Transmitter;
  private readonly receiver: Receiver;
  private readonly acks: Acks;
  private readonly resender: Resender;
  private readonly paths: PathDiscovery;
  private readonly flush = (batch: TxBatch, now: number): void => this.transmitter.flush(batch, now);

  constructor(options: LaneOptions, now: number) {
    this.state = new LaneState(options);
    this.resender = new Resender(this.state);
    this.paths = new PathDiscovery(this.state, this.resender);
    this.heartbeats = new Heartbeats(this.state, this.resender, this.paths);
    this.transmitter = new Transmitter(this.state, this.heartbeats);
    this.acks = new Acks(this.state, this.heartbeats);
    this.pings = new Pings(this.state, this.flush);
    this.receiver = new Receiver(this.state, this.heartbeats, this.acks, this.resender, this.pings);
    this.state.deadlines.set(HOUSEKEEPING, now + HOUSEKEEPING_INTERVAL);
  }

  /** `count` frames lie in the TAP slots (layout.ts), each with its virtio-net header, `lengths[i]` bytes. */
  // HOT PATH
  onFrames(count: number, lengths: Int32Array, now: number): void {
    this.transmitter.frames(count, lengths, now);
  }

  /** One receive call brought these messages on local link `link`. */
  // HOT PATH
  onDatagrams(link: number, batch: RxBatch, now: number): void {
    this.receiver.datagrams(link, batch, now);
    this.acks.finish(now);
    this.transmitter.flush(this.state.control, now); // pongs before the frames: they measure the link
    this.receiver.deliver();
  }

  /** To be called when `nextTimeout` has come. */
  onTimeout(now: number): void {
    for (let id = this.state.deadlines.pop(now); id >= 0; id = this.state.deadlines.pop(now)) {
      if (id === HOUSEKEEPING) {
        this.housekeeping(now);
        continue;
      }
      if (!this.state.control.hasRoom(CONTROL_ROOM)) this.transmitter.flush(this.state.control, now);
      if (id > HOUSEKEEPING) {
        this.peerTimeout(id - HOUSEKEEPING - 1, now);
        continue;
      }
      const peer = this.state.peers[Math.floor(id / LINKS)]!;
      const link = peer?.links[id % LINKS];
      if (peer && link) this.heartbeats.tick(peer, link, now);
    }
    this.transmitter.flush(this.state.control, now);
    this.transmitter.flush(this.state.probes, now);
  }

  /** A deadline of a peer: acknowledgements, a round of what is sent again, what waits for its turn, or for the peer. */
  private peerTimeout(which: number, now: number): void {
    const peer = this.state.peers[which % MAX_PEERS]!;
    if (peer === null) return;
    if (which < MAX_PEERS) this.acks.send(peer, now);
    else if (which < 2 * MAX_PEERS) this.resender.round(peer, now, this.flush);
    else if (which < 3 * MAX_PEERS) this.receiver.timeout(peer, now);
    else this.transmitter.release(peer, now);
  }

  /** When `onTimeout` is due, in the caller's milliseconds. */
  nextTimeout(): number {
    return this.state.deadlines.next();
  }

  /** The kernel's view of a local link changed. `headers` is 28 for IPv4, 48 for IPv6. */
  setLocalLink(id: number, usable: boolean, mtu: number, headers: number, cause: Cause, now: number): void {
    const local = this.state.local[id]!;
    local.usable = usable;
    local.mtu = mtu;
    local.headers = headers;
    this.heartbeats.localChanged(id, usable, cause, now);
  }

  /** An asynchronous error (ICMP) says that a peer's endpoint can't be reached. `addressOff`: its record. */
  onUnreachable(id: number, addressOff: number, now: number): void {
    const { bytes } = this.state.arena;
    for (const peer of this.state.members) {
      const known = peerAddress(peer.index, id);
      if (isSameEndpoint(bytes, known, addressOff)) this.heartbeats.doubt(peer, id, now);
    }
  }

  /** An ICMP error says that packets larger than `mtu` bytes don't come to a peer's endpoint. */
  onTooLarge(id: number, addressOff: number, mtu: number, now: number): void {
    const { bytes } = this.state.arena;
    for (const peer of this.state.members) {
      if (isSameEndpoint(bytes, peerAddress(peer.index, id), addressOff)) this.heartbeats.hint(peer, id, mtu, now);
    }
  }

  /** Whether the TAP takes trains of UDP datagrams as one frame. */
  setUdpTrains(taken: boolean): void {
    this.state.joiner.joinUdp = taken;
  }

  setCipher(cipher: Cipher): void {
    this.state.cipher = cipher;
  }

  /** Adds a peer at `index`, or changes what is set of the one that is there. `buffer`: bytes kept to be sent again. */
  setPeer(index: number, hostId: number, policy: Policy, buffer = DEFAULT_BUFFER): void {
    const { state } = this;
    const known = state.peers[index]!;
    const peer = known ?? new Peer(index, hostId, policy, new KeyRing(state.aead, state.byIndex), state.counters);
    peer.policy = policy;
    peer.buffer = buffer;
    peer.recompute(state.capacityOf);
    state.ring.setLimit(index, buffer);
    if (known !== null) return;
    state.peers[index] = peer;
    state.members = [...state.members, peer];
  }

  /** What a peer may be on the segment. Addresses that it may not have any more are forgotten, with its others. */
  setGuard(index: number, settings: GuardSettings): void {
    const { state } = this;
    const peer = state.peers[index]!;
    if (peer === null) return;
    peer.guard = settings.macs.length === 0 && settings.vlans === null ? null : new Guard(settings);
    state.macs.setPeerLimit(index, settings.macLimit);
    if (settings.macs.length > 0) state.macs.forgetPeer(index);
  }

  /** Removes a peer; it is told, so that it doesn't go on sending to nobody. */
  removePeer(index: number, now: number): void {
    const { state } = this;
    const peer = state.peers[index]!;
    if (peer === null) return;
    this.heartbeats.sendClose(peer);
    this.transmitter.flush(state.control, now);
    for (let id = 0; id < LINKS; id++) this.removeLink(index, id, now);
    peer.keys.clear();
    state.macs.forgetPeer(index);
    state.macs.setPeerLimit(index, 0);
    state.storm.fill(index);
    state.reassembler.forgetPeer(index);
    this.resender.forget(peer);
    this.receiver.resequencer.forget(peer);
    this.transmitter.drop(peer, Number.POSITIVE_INFINITY);
    state.deadlines.clear(state.ackDeadlineOf(index));
    state.deadlines.clear(state.waitingDeadlineOf(index));
    state.peers[index] = null;
    state.members = state.members.filter((member) => member !== peer);
  }

  /** Adds or changes a link. `address`: its record, or null when the peer will make it known. */
  setLink(index: number, id: number, settings: LinkSettings, address: Uint8Array | null, now: number): void {
    const peer = this.state.peers[index]!;
    if (peer === null) return;
    const at = peerAddress(index, id);
    const known = peer.links[id]!;
    // An endpoint that is only learned is kept when other settings change.
    if (address !== null) this.state.arena.bytes.set(address, at);
    else if (known === null || !settings.dynamic) this.state.arena.bytes.fill(0, at, at + ADDRESS_STRIDE);
    if (known === null) {
      peer.links[id] = new Link(index, id, settings, this.state.counters, now);
    } else {
      known.settings = settings;
      known.health.setTimers(settings, now);
    }
    this.state.gate.endpointsChanged();
    this.paths.boundsChanged(peer, peer.links[id]!, now);
    peer.recompute(this.state.capacityOf);
    this.heartbeats.schedule(peer, peer.links[id]!);
  }

  removeLink(index: number, id: number, now: number): void {
    const peer = this.state.peers[index]!;
    if (peer === null || peer.links[id] === null) return;
    this.state.deadlines.clear(this.state.deadlineOf(index, id));
    this.state.mute.lift(index, id);
    const link = peer.links[id]!;
    peer.links[id] = null;
    this.state.gate.endpointsChanged();
    peer.recompute(this.state.capacityOf);
    if (link.health.state >= UP) this.resender.decided(peer, link, 'shutdown', now);
    else this.resender.begin(peer, now);
  }

  /** A link goes silent for at most so many milliseconds, as if something on its way had failed; 0: it carries again. */
  mute(index: number, id: number, milliseconds: number, now: number): void {
    if (milliseconds === 0) this.state.mute.lift(index, id);
    else if (this.state.peers[index]?.links[id]) this.state.mute.begin(index, id, now + milliseconds);
  }

  /** Sends a ping that an operator asked for; `pings.tell` is told what became of it. */
  ping(index: number, id: number, number: number, size: number, whole: boolean, now: number): void {
    const peer = this.state.peers[index]!;
    this.pings.send(peer, peer?.links[id] ?? null, number, size, whole, now);
  }

  /** Takes the keys of a finished handshake. */
  installKeys(keys: SessionKeys, now: number): void {
    const peer = this.state.peers[keys.peer]!;
    if (peer === null) return;
    // The peer may still hold pieces of frames from before we were restarted: no id may come again so soon.
    if (peer.keys.current === null) peer.frameId = keys.localIndex;
    peer.keys.install(keys, this.state.cipher);
    if (!keys.initiator) return;
    this.heartbeats.sessionChanged(peer, now);
    // The first datagram under new keys is what lets the responder use them.
    for (const link of peer.links) {
      if (link === null) continue;
      link.health.hurry(now);
      this.heartbeats.schedule(peer, link);
    }
  }

  /** These keys are too old to be used; others of the peer live on. */
  expireKeys(index: number, localIndex: number, now: number): void {
    const peer = this.state.peers[index]!;
    if (peer?.keys.expire(localIndex)) this.heartbeats.linksLost(peer, now);
  }

  /** Forgets all keys of a peer: its identity or ours changed. */
  dropSession(index: number, now: number): void {
    const peer = this.state.peers[index]!;
    if (peer !== null) this.heartbeats.sessionLost(peer, now);
  }

  /**
   * Sends a handshake message of at most 1,400 bytes: to one address record, or (null) over all links of a peer
   * but those in the mask `except`.
   */
  sendHandshake(
    bytes: Uint8Array,
    index: number,
    link: number,
    address: Uint8Array | null,
    now: number,
    except = 0,
  ): void {
    const { control, arena } = this.state;
    if (!control.hasRoom(LINKS * (bytes.length + ADDRESS_STRIDE))) this.transmitter.flush(control, now);
    if (address !== null) {
      if (!this.state.local[link]!.usable) return;
      const addressOff = control.top;
      arena.bytes.set(address.subarray(0, ADDRESS_STRIDE), addressOff);
      control.top += ADDRESS_STRIDE;
      this.putHandshake(bytes, link, addressOff);
    } else {
      const peer = this.state.peers[index]!;
      for (const each of peer?.links ?? []) {
        // Whatever the link's health: a handshake needs a way, not a verdict.
        if (each !== null && (except & (1 << each.id)) === 0 && this.state.reachable(index, each.id)) {
          this.putHandshake(bytes, each.id, peerAddress(index, each.id));
        }
      }
    }
    this.transmitter.flush(control, now);
  }

  /** Handshakes go to an address, not to a peer, so they don't count among a link's datagrams. */
  private putHandshake(bytes: Uint8Array, link: number, addressOff: number): void {
    const { control, arena } = this.state;
    arena.bytes.set(bytes, control.top);
    control.begin(-1, 1 << link, addressOff, bytes.length);
  }

  /**
   * Says goodbye to every peer: they fail over, or start anew, at once.
   * @returns milliseconds in which what they sent before they heard it may still come
   */
  close(now: number): number {
    let longest = 0;
    this.state.ended = true;
    for (const peer of this.state.members) {
      if (!this.state.control.hasRoom(CONTROL_ROOM)) this.transmitter.flush(this.state.control, now);
      this.heartbeats.sendClose(peer);
      for (const link of peer.links) {
        if (link === null || (peer.usable & (1 << link.id)) === 0) continue;
        longest = Math.max(longest, LEAST_FAREWELL, link.health.rtt.srtt + 4 * link.health.rtt.rttvar);
      }
    }
    this.transmitter.flush(this.state.control, now);
    return Math.min(longest, MOST_FAREWELL);
  }

  private housekeeping(now: number): void {
    const { state } = this;
    state.deadlines.set(HOUSEKEEPING, now + HOUSEKEEPING_INTERVAL);
    state.reassembler.expire(now);
    state.counters[LANE.rxFragmentDropped] = state.reassembler.dropped;
    state.macs.expire(now);
    for (const peer of state.members) {
      state.counters[peer.block + PEER.macAddresses] = state.macs.countOf(peer.index);
      state.counters[peer.block + PEER.lost] = peer.keys.lost();
      this.resender.expire(peer, now);
      if (peer.waiting > 0) this.transmitter.drop(peer, now - PATIENCE);
      peer.order?.turn();
      publishShares(peer.links);
      if (this.isSilent(peer, now)) state.sink.handshakeNeeded(peer.index, 'silent');
    }
  }

  /** A session none of whose links carries, though it has had the time to find out: the peer may be a new one. */
  private isSilent(peer: Peer, now: number): boolean {
    if (peer.usable !== 0 || peer.keys.current === null) return false;
    return now - this.state.counters[peer.block + PEER.establishedAt]! > SILENT_AFTER;
  }
}
