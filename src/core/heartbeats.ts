/**
 * The heartbeats of all links: sends pings when they are due, answers pings, judges links by pongs and
 * by silence, and tells the peer what we know of its links. Also keeps the endpoint of a roaming peer.
 */
import { LANE, LINK, PEER } from './counters.js';
import type { Resender } from './failover/resender.js';
import { CONTROL_PLAIN_AT, peerAddress } from './layout.js';
import { LINKS } from './limits.js';
import { type Cause, DOWN, PROBING, STATE_NAMES, SUSPECT, UP } from './link/health.js';
import type { Link } from './link/link.js';
import type { Doubt } from './link/suspicion.js';
import type { PathDiscovery } from './path-mtu/discovery.js';
import type { Peer } from './peer.js';
import type { KeyPair } from './session/key-ring.js';
import type { LaneState } from './state.js';
import { ofLink, told } from './trace.js';
import { ADDRESS_SIZE, isKnownAddress, isSameAddress } from './wire/address.js';
import {
  FLAG_ANSWERS_PROBES,
  FLAG_SPEAKS_ACKS,
  FLAG_SPREADS,
  FLAG_WANTS_ACKS,
  HEARTBEAT_DOWN_MASK,
  HEARTBEAT_FLAGS,
  HEARTBEAT_LINK,
  HEARTBEAT_SIZE,
  heartbeatCount,
  heartbeatEcho,
  heartbeatSequence,
  heartbeatTime,
  writePing,
  writePong,
} from './wire/heartbeat.js';
import { KIND_CLOSE, REJECT_AFTER_DATAGRAMS, SEAL_OVERHEAD } from './wire/transport.js';

/** A heartbeat that was authenticated. */
export interface Heard {
  peer: Peer;
  pair: KeyPair;
  /** The local link that it came in on. */
  link: number;
  /** Its plaintext: offset and bytes. */
  at: number;
  length: number;
  counter: number;
  /** Address record of its source. */
  addressOff: number;
  now: number;
}

export class Heartbeats {
  constructor(
    private readonly state: LaneState,
    private readonly resender: Resender,
    private readonly paths: PathDiscovery,
  ) {}

  /** The deadline of a link has come: send a ping if one is due, and judge silence. */
  tick(peer: Peer, link: Link, now: number): void {
    const { health } = link;
    const vetoes = health.vetoes;
    if (health.unanswered(now)) this.linkFailed(peer, link.id, 'refused', now);
    else if (health.silent(now)) this.linkFailed(peer, link.id, 'silence', now);
    if (health.vetoes !== vetoes) this.state.count(LANE.holdVetoes);
    const doubt = health.suspicious(now);
    if (doubt !== null) this.suspect(peer, link, doubt, now);
    this.state.counters[link.block + LINK.vetoes] = health.vetoes + health.suspicion.vetoes;
    const sequence = health.ping(now);
    if (sequence >= 0) this.sendPing(peer, link, sequence, now);
    this.paths.tick(peer, link, this.state.reachable(peer.index, link.id), now);
    this.schedule(peer, link);
  }

  // HOT PATH
  schedule(peer: Peer, link: Link): void {
    const due = Math.min(link.health.deadline(), link.path.due);
    this.state.deadlines.set(this.state.deadlineOf(peer.index, link.id), due);
  }

  // HOT PATH
  watch(peer: Peer, now: number): void {
    this.resender.watch(peer, now);
  }

  /** A link can't carry any more: bring it down now, and let the peer know over the others. */
  linkFailed(peer: Peer, id: number, cause: Cause, now: number): void {
    const link = peer.links[id]!;
    if (link === null) return;
    if (cause === 'send-error' || cause === 'refused') this.state.counters[link.block + LINK.sendErrors]! += 1;
    const carried = link.health.state >= UP;
    // What was decided here says nothing of the path.
    if (!link.health.fail(now, cause !== 'session' && cause !== 'shutdown')) return;
    this.changed(peer, link, cause, now);
    if (carried) this.resender.decided(peer, link, cause, now);
  }

  /** Something is late: others carry beside the link until it has proved that it carries. Alone it is believed. */
  private suspect(peer: Peer, link: Link, doubt: Doubt, now: number): void {
    // Data is missing, and pings are not: it may be that only what is large is missing.
    if (doubt !== 'late-pong') this.paths.doubt(peer, link, now);
    if (((peer.usable | peer.probing) & ~(1 << link.id)) === 0) {
      link.health.suspicion.restart(now);
      return;
    }
    link.health.suspect(now);
    this.state.trace?.({ ...ofLink(peer.index, link.id), event: 'suspect', fields: { doubt } });
    this.state.counters[link.block + LINK.suspicions]! += 1;
    this.noted(peer, link, now);
    peer.doubted(now);
    this.hurryOthers(peer, link, now);
    this.resender.suspected(peer, link, doubt, now);
  }

  /** Asks the other links of a peer at once whether they carry. */
  private hurryOthers(peer: Peer, link: Link, now: number): void {
    for (const other of peer.links) {
      if (other === null || other === link || other.health.state === DOWN) continue;
      other.health.hurry(now);
      this.schedule(peer, other);
    }
  }

  /** An ICMP error, which anybody can forge, says that a link is dead: it must prove that it lives. */
  doubt(peer: Peer, id: number, now: number): void {
    const link = peer.links[id]!;
    if (link === null) return;
    link.health.doubt(now);
    this.schedule(peer, link);
  }

  /** A local link lost or found its footing. */
  localChanged(id: number, usable: boolean, cause: Cause, now: number): void {
    for (const peer of this.state.members) {
      const link = peer.links[id]!;
      if (link === null) continue;
      this.paths.boundsChanged(peer, link, now);
      if (!usable) this.linkFailed(peer, id, cause, now);
      else {
        link.health.hurry(now);
        this.schedule(peer, link);
      }
      peer.recompute(this.state.capacityOf);
    }
  }

  /** New keys carry the session: counts and orders that belonged to the old ones begin anew. */
  sessionChanged(peer: Peer, now: number): void {
    const { counters } = this.state;
    counters[peer.block + PEER.handshakes]! += 1;
    counters[peer.block + PEER.establishedAt] = now;
    peer.newestMask = -1;
    for (const link of peer.links) {
      if (link === null) continue;
      link.newestHeartbeat = -1;
      if (link.health.state < UP) {
        link.health.hurry(now);
        this.schedule(peer, link);
      }
    }
  }

  /** The peer said goodbye. */
  closed(peer: Peer, pair: KeyPair, now: number): void {
    if (pair !== peer.keys.current) return;
    this.sessionLost(peer, now);
    this.state.sink.handshakeNeeded(peer.index, 'silent');
  }

  /** Forgets the session's keys; all its links are down. */
  sessionLost(peer: Peer, now: number): void {
    peer.keys.clear();
    peer.agree(false, false);
    this.linksLost(peer, now);
  }

  /** Without keys to send under no link carries. */
  linksLost(peer: Peer, now: number): void {
    this.state.counters[peer.block + PEER.establishedAt] = 0;
    for (let id = 0; id < LINKS; id++) this.linkFailed(peer, id, 'session', now);
    this.resender.forget(peer);
  }

  /** Tells a peer that we end the session, over every link that may still carry. */
  sendClose(peer: Peer): void {
    const pair = peer.keys.current;
    if (pair === null) return;
    this.state.arena.bytes[CONTROL_PLAIN_AT] = KIND_CLOSE;
    this.send(pair, peer.usable, 1);
  }

  /** Answers a ping. */
  ping(heard: Heard): void {
    const { peer, pair, link: id, at } = heard;
    const { state } = this;
    const link = this.accept(heard);
    if (link === null) return;
    const received = state.counters[link.block + LINK.rxDatagrams]!;
    // The ping itself is counted as received, and not yet in its own count of sent ones.
    link.lossRx.update(heartbeatCount(state.arena.view, at), received - 1);
    if (!this.state.reachable(peer.index, id)) return;
    writePong(state.arena.view, CONTROL_PLAIN_AT, peer.downMask(), flagsOf(peer), (received - 1) | 0, at);
    this.send(pair, 1 << id, HEARTBEAT_SIZE);
  }

  /** Judges the link by a pong. */
  pong(heard: Heard): void {
    const { peer, at, now } = heard;
    const { view } = this.state.arena;
    const link = this.accept(heard);
    if (link === null) return;
    if (link.lossTx.update(heartbeatEcho(view, at), heartbeatCount(view, at))) this.paths.lossTold(peer, link, now);
    if (link.health.state === UP) this.resender.countLosses(peer, link, now);
    const before = link.health.state;
    const sentAt = heartbeatTime(view, at);
    const fastest = peer.tripBeside(link.id, now);
    const changed = link.health.pong(heartbeatSequence(view, at), sentAt, now, peer.needs(link.id), fastest);
    peer.proved(link.id, sentAt);
    link.pace.ponged(now - sentAt, now);
    link.pace.settle(link.lossTx.loss, now);
    peer.spread.compare(peer.links, peer.usable & ~peer.suspects);
    link.publishEstimates();
    this.state.trace?.({
      ...ofLink(peer.index, link.id),
      event: 'pong',
      fields: {
        seq: heartbeatSequence(view, at),
        ms: told(now - sentAt),
        loss: told(link.lossTx.loss),
      },
    });
    if (changed && before === SUSPECT) {
      this.noted(peer, link, now);
      this.resender.decided(peer, link, 'none', now);
    } else if (changed) this.changed(peer, link, 'none', now);
    this.schedule(peer, link);
  }

  /** Checks of a heartbeat that pings and pongs share; the link it belongs to, or null. */
  private accept(heard: Heard): Link | null {
    const { peer, pair, link: id, at, length, counter, addressOff, now } = heard;
    const { state } = this;
    const { bytes } = state.arena;
    if (length !== HEARTBEAT_SIZE) {
      state.count(LANE.rxMalformed);
      return null;
    }
    const link = peer.links[id]!;
    if (link === null || bytes[at + HEARTBEAT_LINK]! !== id) {
      state.count(LANE.rxWrongLink);
      return null;
    }
    if (pair !== peer.keys.current) {
      // A peer that moved just when keys changed can only say so under the old ones: the new have not reached it.
      if (link.newestHeartbeat < 0 && pair === peer.keys.previous) this.follow(peer, link, addressOff);
      return link;
    }
    if (counter > link.newestHeartbeat) {
      link.newestHeartbeat = counter;
      this.follow(peer, link, addressOff);
    }
    if (counter > peer.newestMask) {
      const flags = bytes[at + HEARTBEAT_FLAGS]!;
      if (peer.newestMask < 0) this.agreeOnProbes(peer, (flags & FLAG_ANSWERS_PROBES) !== 0, now);
      peer.newestMask = counter;
      this.heed(peer, bytes[at + HEARTBEAT_DOWN_MASK]!, now);
      peer.agree((flags & FLAG_SPEAKS_ACKS) !== 0, (flags & FLAG_WANTS_ACKS) !== 0);
      peer.setSpreads((flags & FLAG_SPREADS) !== 0);
    }
    return link;
  }

  /** Whether the peer answers probes may change with its software, from one session to the next: its first word counts. */
  private agreeOnProbes(peer: Peer, answers: boolean, now: number): void {
    if (peer.answersProbes === answers) return;
    peer.answersProbes = answers;
    for (const link of peer.links) {
      if (link === null) continue;
      this.paths.linkChanged(peer, link, now);
      this.schedule(peer, link);
    }
  }

  /** A path MTU probe, or the answer to one, that was authenticated. */
  probe(heard: Heard, isAnswer: boolean): void {
    const { peer, pair, link: id, at, length, now } = heard;
    if (!isAnswer) {
      this.paths.probe(peer, pair, id, this.state.reachable(peer.index, id), at, length);
      return;
    }
    this.paths.answer(peer, id, at, length, now);
    const link = peer.links[id]!;
    if (link !== null) this.schedule(peer, link);
  }

  /** The kernel has refused a datagram, or a whole run of them, since they are too large for the device of a link. */
  tooLarge(peer: Peer, id: number, length: number, now: number): void {
    const link = peer.links[id]!;
    if (link === null) return;
    this.paths.tooLarge(peer, link, length, now);
    this.schedule(peer, link);
  }

  /** A probe could not be sent: its socket has no room. */
  probeUnsent(peer: Peer, id: number, now: number): void {
    const link = peer.links[id]!;
    if (link === null) return;
    this.paths.unsent(peer, link, now);
    this.schedule(peer, link);
  }

  /** An ICMP error, which anybody can forge, tells the largest packet that passes. */
  hint(peer: Peer, id: number, mtu: number, now: number): void {
    const link = peer.links[id]!;
    if (link === null) return;
    this.paths.hint(peer, link, mtu, now);
    this.schedule(peer, link);
  }

  /** Takes the source of the newest heartbeat for the peer's endpoint, where that may move. */
  private follow(peer: Peer, link: Link, addressOff: number): void {
    const { bytes } = this.state.arena;
    const known = peerAddress(peer.index, link.id);
    if (!link.settings.dynamic && isKnownAddress(bytes, known)) return;
    if (isSameAddress(bytes, known, addressOff)) return;
    bytes.copyWithin(known, addressOff, addressOff + ADDRESS_SIZE);
    this.state.gate.endpointsChanged();
    this.state.counters[link.block + LINK.roams]! += 1;
  }

  /** Heeds the peer's verdicts on our common links. */
  private heed(peer: Peer, mask: number, now: number): void {
    for (let id = 0; id < LINKS; id++) {
      const link = peer.links[id]!;
      if (link === null) continue;
      const condemned = (mask & (1 << id)) !== 0;
      if (condemned !== link.health.peerCondemned)
        this.state.trace?.({ ...ofLink(peer.index, link.id), event: 'peer-says', fields: { down: condemned } });
      link.health.peerCondemned = condemned;
      if (link.health.peerCondemned && link.health.state >= UP) this.linkFailed(peer, id, 'peer', now);
    }
  }

  /** A link became suspect, or is not any more: the links in use. The sink is told when the failover is over. */
  private noted(peer: Peer, link: Link, now: number): void {
    link.published('none', now);
    peer.recompute(this.state.capacityOf);
    this.schedule(peer, link);
  }

  /** After a change of state: shared counters, the links in use, and the peer, who must know of a fault. */
  private changed(peer: Peer, link: Link, cause: Cause, now: number): void {
    link.published(cause, now);
    this.paths.linkChanged(peer, link, now);
    this.state.trace?.({
      ...ofLink(peer.index, link.id),
      event: 'state',
      fields: { state: STATE_NAMES[link.health.state]!, cause },
    });
    peer.recompute(this.state.capacityOf);
    this.state.sink.linkChanged(peer.index, link.id, link.health.state, cause);
    if (link.health.state === UP || link.health.state === PROBING) this.resender.begin(peer, now);
    if (link.health.state === DOWN && cause !== 'peer' && cause !== 'session') this.hurryOthers(peer, link, now);
    this.schedule(peer, link);
  }

  /** Seals `length` bytes of plaintext at CONTROL_PLAIN_AT for a peer, to go out on the links of `mask`. */
  // HOT PATH
  sendTo(peer: Peer, mask: number, length: number): void {
    if (peer.keys.current !== null) this.send(peer.keys.current, mask, length);
  }

  private sendPing(peer: Peer, link: Link, sequence: number, now: number): void {
    const pair = peer.keys.current;
    if (pair === null || !this.state.reachable(peer.index, link.id)) return;
    const sent = this.state.counters[link.block + LINK.txDatagrams]! | 0;
    writePing(this.state.arena.view, CONTROL_PLAIN_AT, link.id, peer.downMask(), flagsOf(peer), sequence, now, sent);
    this.send(pair, 1 << link.id, HEARTBEAT_SIZE);
  }

  /** Seals `length` bytes of plaintext at CONTROL_PLAIN_AT. When the batch is full the datagram is dropped. */
  private send(pair: KeyPair, mask: number, length: number): void {
    const { control } = this.state;
    if (mask === 0 || !control.hasRoom(length + SEAL_OVERHEAD) || pair.counter >= REJECT_AFTER_DATAGRAMS) return;
    this.state.seal(control, pair, mask, CONTROL_PLAIN_AT, length, false);
  }
}

/** What we do about acknowledgements, probes and order, for the peer to know. */
function flagsOf(peer: Peer): number {
  const acks = FLAG_SPEAKS_ACKS | (peer.asksForAcks ? FLAG_WANTS_ACKS : 0);
  return FLAG_ANSWERS_PROBES | acks | (peer.spreads ? FLAG_SPREADS : 0);
}
