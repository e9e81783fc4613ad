/**
 * Which frames pass the guards of their peer and storm control, on the way in and on the way out. What does
 * not pass is counted by reason, and for the peer, and is neither learned nor delivered.
 */
import { LANE, PEER } from '../counters.js';
import type { Peer } from '../peer.js';
import type { LaneState } from '../state.js';
import {
  ETHERNET_SOURCE,
  ETHERTYPE_IPV6,
  etherType,
  isBroadcast,
  isGroup,
  macHi,
  macLo,
  networkOffset,
  vlanId,
} from '../wire/ethernet.js';
import { gsoSegments, INNER_SIZE } from '../wire/inner.js';
import { BROADCAST, FROM_TAP, MULTICAST, UNKNOWN_UNICAST } from './storm.js';

const ETHERTYPE_ARP = 0x0806;
const IPV6_NEXT_HEADER = 6;
const IPV6_HEADER_SIZE = 40;
const ICMPV6 = 58;
/** Neighbor discovery: ICMPv6 types 133 (router solicitation) to 137 (redirect), RFC 4861, 4. */
const FIRST_ND = 133;
const LAST_ND = 137;

export class Admission {
  constructor(private readonly state: LaneState) {}

  /** Whether a frame from `peer`, with its inner header before it, may come in. */
  // HOT PATH
  fromPeer(peer: Peer, off: number, len: number, now: number): boolean {
    const { state } = this;
    const { bytes } = state.arena;
    if (peer.guard !== null) {
      const hi = macHi(bytes, off + ETHERNET_SOURCE);
      const lo = macLo(bytes, off + ETHERNET_SOURCE);
      if (!peer.guard.permitsSource(hi, lo)) {
        this.refuse(peer, LANE.rxMacNotPermitted, PEER.notPermittedRx);
        state.alarms.notPermitted('mac', peer.index, hi, lo, vlanId(bytes, off, len), now);
        return false;
      }
      if (!peer.guard.permitsVlan(bytes, off, len)) {
        this.refuse(peer, LANE.rxVlanNotPermitted, PEER.notPermittedRx);
        state.alarms.notPermitted('vlan', peer.index, hi, lo, vlanId(bytes, off, len), now);
        return false;
      }
    }
    if (!state.storm.active || !isGroup(bytes, off)) return true;
    const kind = isBroadcast(bytes, off) ? BROADCAST : MULTICAST;
    const inner = off - INNER_SIZE;
    const frames = gsoSegments(bytes[inner + 2]!, bytes[inner + 6]! | (bytes[inner + 7]! << 8), len);
    if (state.storm.passes(kind, peer.index, frames, now)) return true;
    this.refuse(peer, kind === BROADCAST ? LANE.rxStormBroadcast : LANE.rxStormMulticast, PEER.stormDropped);
    this.countNeighbor(off, len);
    state.alarms.storm(kind, peer.index, now);
    return false;
  }

  /** Whether a frame from the TAP may go to this peer. */
  // HOT PATH
  toPeer(peer: Peer, off: number, len: number): boolean {
    if (peer.guard === null || peer.guard.permitsVlan(this.state.arena.bytes, off, len)) return true;
    this.refuse(peer, LANE.txVlanNotPermitted, PEER.notPermittedTx);
    return false;
  }

  /** Whether a frame from the TAP, with these GSO fields, may be flooded. */
  // HOT PATH
  toAll(off: number, len: number, gsoType: number, gsoSize: number, now: number): boolean {
    const { state } = this;
    if (!state.storm.active) return true;
    const { bytes } = state.arena;
    const kind = !isGroup(bytes, off) ? UNKNOWN_UNICAST : isBroadcast(bytes, off) ? BROADCAST : MULTICAST;
    if (state.storm.passes(kind, FROM_TAP, gsoSegments(gsoType, gsoSize, len), now)) return true;
    if (kind === BROADCAST) state.count(LANE.txStormBroadcast);
    else state.count(kind === MULTICAST ? LANE.txStormMulticast : LANE.txStormUnknownUnicast);
    this.countNeighbor(off, len);
    state.alarms.storm(kind, FROM_TAP, now);
    return false;
  }

  // HOT PATH
  private refuse(peer: Peer, reason: number, ofPeer: number): void {
    this.state.count(reason);
    this.state.counters[peer.block + ofPeer]! += 1;
  }

  /** A storm that takes ARP or neighbor discovery with it makes hosts unreachable: that shall be seen. */
  // HOT PATH
  private countNeighbor(off: number, len: number): void {
    const { bytes } = this.state.arena;
    const at = networkOffset(bytes, off, len);
    if (at < 0) return;
    const type = etherType(bytes, at);
    const isNd =
      type === ETHERTYPE_IPV6 &&
      at + IPV6_HEADER_SIZE < off + len &&
      bytes[at + IPV6_NEXT_HEADER] === ICMPV6 &&
      bytes[at + IPV6_HEADER_SIZE]! >= FIRST_ND &&
      bytes[at + IPV6_HEADER_SIZE]! <= LAST_ND;
    if (isNd || type === ETHERTYPE_ARP) this.state.count(LANE.stormNeighbor);
  }
}
