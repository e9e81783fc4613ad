/**
 * Path MTU discovery on all links: sends probes when they are due, answers those of peers, and makes what is found
 * hold: for the size of datagrams to the peer, for the doubt about a link that swallows large ones, and for what
 * it has swallowed already.
 */
import { LANE, LINK } from '../counters.js';
import type { Resender } from '../failover/resender.js';
import { CONTROL_PLAIN_AT, PROBE_PLAIN_AT } from '../layout.js';
import { PROBING } from '../link/health.js';
import type { Link } from '../link/link.js';
import type { Peer } from '../peer.js';
import type { KeyPair } from '../session/key-ring.js';
import type { LaneState } from '../state.js';
import {
  PROBE_SIZE,
  probeAnswerIsValid,
  probeIsValid,
  probeLength,
  probeLink,
  probeNumber,
  writeProbe,
  writeProbeAnswer,
} from '../wire/probe.js';
import { REJECT_AFTER_DATAGRAMS, SEAL_OVERHEAD } from '../wire/transport.js';
import { PATH_CONFIRMED, PATH_OFF } from './search.js';

const IPV4_HEADERS = 28;
/** RFC 791: what every host takes; RFC 8200, section 5: what every link carries. */
const LEAST_IPV4_MTU = 576;
const LEAST_IPV6_MTU = 1280;
/** Losses that pongs tell of from which on the path MTU is doubted. */
const LOSS_OF_DOUBT = 0.02;

/** A change of a link's path MTU that was found out. */
export interface PathReport {
  peer: number;
  link: number;
  /** Bytes of the largest IP packet. */
  mtu: number;
  /** What held before; 0: nothing was known. */
  before: number;
  /** Larger ones had come through before. */
  blackHole: boolean;
  /** Milliseconds that it took to find out; from the first unanswered probe on, if it is a black hole. */
  tookMs: number;
}

export class PathDiscovery {
  constructor(
    private readonly state: LaneState,
    private readonly resender: Resender,
  ) {}

  /** The state of a link changed, or what its peer says of itself. */
  linkChanged(peer: Peer, link: Link, now: number): void {
    if (link.health.state >= PROBING && peer.answersProbes) link.path.start(now);
    else link.path.stop();
    this.settle(peer, link, now);
  }

  /** The device's MTU changed, or what is configured. */
  boundsChanged(peer: Peer, link: Link, now: number): void {
    const { headers } = this.state.local[link.id]!;
    link.path.setBounds(headers === IPV4_HEADERS ? LEAST_IPV4_MTU : LEAST_IPV6_MTU, this.state.ceilingOf(link), now);
    this.settle(peer, link, now);
  }

  /** The time of a link's path has come. @param reachable something can be sent on it at all */
  tick(peer: Peer, link: Link, reachable: boolean, now: number): void {
    const { path } = link;
    if (now < path.due) return;
    const size = path.step(now);
    if (size > 0 && !(reachable && this.send(peer, link, size))) path.unsent(now);
    this.settle(peer, link, now);
  }

  /** Something large may have been lost on a link though small things pass. */
  doubt(peer: Peer, link: Link, now: number): void {
    link.path.doubt(now);
    this.settle(peer, link, now);
  }

  /** Pongs tell how much is lost. */
  lossTold(peer: Peer, link: Link, now: number): void {
    if (link.lossTx.loss > LOSS_OF_DOUBT) this.doubt(peer, link, now);
  }

  /** The kernel refused a datagram of `length` bytes for being too large. */
  tooLarge(peer: Peer, link: Link, length: number, now: number): void {
    link.path.tooLarge(length + this.state.local[link.id]!.headers, now);
    this.settle(peer, link, now);
  }

  /** ICMP says that packets larger than `mtu` don't pass. */
  hint(peer: Peer, link: Link, mtu: number, now: number): void {
    link.path.hint(mtu, now);
    this.settle(peer, link, now);
  }

  /** A probe could not be sent, its queue being full. */
  unsent(peer: Peer, link: Link, now: number): void {
    link.path.unsent(now);
    this.settle(peer, link, now);
  }

  /** Answers a probe that came in on link `id`: the plaintext of `length` bytes at `at`. */
  probe(peer: Peer, pair: KeyPair, id: number, reachable: boolean, at: number, length: number): void {
    const { state } = this;
    const { view } = state.arena;
    const link = this.linkOf(peer, id, at, probeIsValid(state.arena, at, length));
    if (link === null) return;
    // It was padded to be lost: it must not count where losses are counted, and its sender does not count it either.
    state.counters[link.block + LINK.rxDatagrams]! -= 1;
    if (!reachable) return;
    if (!state.control.hasRoom(PROBE_SIZE + SEAL_OVERHEAD) || pair.counter >= REJECT_AFTER_DATAGRAMS) return;
    writeProbeAnswer(view, CONTROL_PLAIN_AT, at);
    state.seal(state.control, pair, 1 << link.id, CONTROL_PLAIN_AT, PROBE_SIZE, false);
  }

  /** A probe was answered. */
  answer(peer: Peer, id: number, at: number, length: number, now: number): void {
    const { arena } = this.state;
    const link = this.linkOf(peer, id, at, probeAnswerIsValid(arena, at, length));
    if (link === null) return;
    const size = probeLength(arena.view, at);
    const number = probeNumber(arena.view, at);
    if (size === PROBE_SIZE) link.path.companionAnswered(number, now);
    else {
      this.state.counters[link.block + LINK.probesAnswered]! += 1;
      const packet = size + SEAL_OVERHEAD + this.state.local[link.id]!.headers;
      this.state.trace?.({ topic: 'mtu', event: 'answer', peer: peer.index, link: link.id, fields: { size: packet } });
      link.path.answered(number, packet, now);
    }
    this.settle(peer, link, now);
  }

  /** The link that a probe or answer is about, or null: it is refused, and counted. */
  private linkOf(peer: Peer, id: number, at: number, valid: boolean): Link | null {
    const link = peer.links[id]!;
    if (!valid) this.state.count(LANE.rxMalformed);
    else if (link === null || probeLink(this.state.arena.view, at) !== id) this.state.count(LANE.rxWrongLink);
    else return link;
    return null;
  }

  /** Sends a probe that makes a packet of `size` bytes, and its companion behind it. False: there is no room now. */
  private send(peer: Peer, link: Link, size: number): boolean {
    const { state } = this;
    const { probes, arena } = state;
    const pair = peer.keys.current;
    const length = size - state.local[link.id]!.headers - SEAL_OVERHEAD;
    const room = length + PROBE_SIZE + 2 * SEAL_OVERHEAD;
    if (pair === null || pair.counter >= REJECT_AFTER_DATAGRAMS - 1 || !probes.hasRoom(room)) return false;
    writeProbe(arena.view, PROBE_PLAIN_AT, link.id, length, link.path.lastNumber);
    state.seal(probes, pair, 1 << link.id, PROBE_PLAIN_AT, length, false);
    writeProbe(arena.view, PROBE_PLAIN_AT, link.id, PROBE_SIZE, link.path.lastNumber);
    state.seal(probes, pair, 1 << link.id, PROBE_PLAIN_AT, PROBE_SIZE, false);
    state.trace?.({ topic: 'mtu', event: 'probe', peer: peer.index, link: link.id, fields: { size } });
    return true;
  }

  /** Makes what a link's path is now hold everywhere. */
  private settle(peer: Peer, link: Link, now: number): void {
    const { path, block } = link;
    const { counters } = this.state;
    link.health.held = path.doubtful;
    const before = counters[block + LINK.pathMtu]!;
    counters[block + LINK.pathMtu] = path.mtu;
    counters[block + LINK.pathState] = path.state;
    if (before !== path.mtu) {
      const { index } = peer;
      this.state.trace?.({ topic: 'mtu', event: 'now', peer: index, link: link.id, fields: { mtu: path.mtu, before } });
      peer.recompute(this.state.capacityOf);
    }
    const swallowed = counters[block + LINK.blackHoles]! < path.blackHoles;
    if (swallowed) {
      counters[block + LINK.blackHoles] = path.blackHoles;
      this.resender.swallowed(peer, link, now);
    }
    this.tell(peer, link, swallowed, now);
  }

  /** Tells of a black hole at once, and of a size when it is confirmed; never the same twice. */
  private tell(peer: Peer, link: Link, blackHole: boolean, now: number): void {
    const { path } = link;
    if (path.state === PATH_OFF) link.toldMtu = 0;
    if (!blackHole && (path.state !== PATH_CONFIRMED || path.mtu === link.toldMtu)) return;
    const before = link.toldMtu;
    link.toldMtu = path.state === PATH_CONFIRMED ? path.mtu : 0;
    const tookMs = now - path.since;
    this.state.sink.pathMtu({ peer: peer.index, link: link.id, mtu: path.mtu, before, blackHole, tookMs });
  }
}
