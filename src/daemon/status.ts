/** Reads what `show` prints out of the lane's shared counters. */
import { endpoint } from '../cli/grammar/address.js';
import type { Config, PeerConfig, PeerLinkConfig } from '../config/model.js';
import type { LinkState, LinkStatus, MacEntry, PeerStatus } from '../control/engine.js';
import type { PeerQueues } from '../control/queues.js';
import { LINK, linkBlock, PEER, peerBlock } from '../core/counters.js';
import { CAUSES, STATE_NAMES } from '../core/link/health.js';
import { PATH_CONFIRMED, PATH_OFF } from '../core/path-mtu/search.js';
import type { QueueRows } from '../core/queues.js';
import { macText } from './guards.js';
import type { MacRows } from './lane-messages.js';

export interface StatusSource {
  config: Config;
  counters: Float64Array;
  /** The lane's clock now. */
  now: number;
  /** Index of a peer in the lane, null when it does not take part. */
  indexOf(peer: string): number | null;
  /** Present endpoint of a peer's link, for those that move. */
  endpointOf(index: number, link: number): string | null;
}

/** Every link of every peer, in the order of the configuration. */
export function linkStatuses(source: StatusSource): LinkStatus[] {
  const rows: LinkStatus[] = [];
  for (const peer of source.config.interface?.peers.values() ?? []) {
    for (const [id, link] of [...peer.links].sort(([a], [b]) => a - b)) rows.push(linkStatus(source, peer, id, link));
  }
  return rows;
}

function linkStatus(source: StatusSource, peer: PeerConfig, id: number, link: PeerLinkConfig): LinkStatus {
  const index = source.indexOf(peer.name);
  const active = index !== null && !link.shutdown;
  const block = linkBlock(index ?? 0, id);
  const read = (field: number): number => (active ? (source.counters[block + field] ?? 0) : 0);
  const known = (field: number): number | null => (active && read(field) >= 0 ? read(field) : null);
  const local = source.config.interface?.localLinks.get(id);
  const configured = link.endpoint === null ? null : endpoint(link.endpoint.address, link.endpoint.port);
  const rtt = known(LINK.srtt);
  const pathState = read(LINK.pathState);
  return {
    peer: peer.name,
    link: id,
    description: link.description,
    state: stateOf(source, index, id, link),
    lastDownCause: read(LINK.downs) > 0 ? (CAUSES[read(LINK.downCause)] ?? null) : null,
    sinceMs: active ? Math.max(0, Math.round(source.now - read(LINK.changedAt))) : 0,
    rttMs: rtt,
    jitterMs: rtt === null ? null : read(LINK.rttvar),
    lossTx: known(LINK.lossTx),
    lossRx: known(LINK.lossRx),
    localAddress: local === undefined ? null : endpoint(local.address, local.port),
    remoteAddress: (active ? source.endpointOf(index, id) : null) ?? configured,
    txDatagrams: read(LINK.txDatagrams),
    txBytes: read(LINK.txBytes),
    rxDatagrams: read(LINK.rxDatagrams),
    rxBytes: read(LINK.rxBytes),
    sendErrors: read(LINK.sendErrors),
    queueDrops: read(LINK.queueDrops),
    downs: read(LINK.downs),
    suspicions: read(LINK.suspicions),
    vetoes: read(LINK.vetoes),
    failovers: read(LINK.failovers),
    pathMtu: pathState === PATH_OFF ? null : read(LINK.pathMtu),
    pathMtuState: pathState === PATH_OFF ? null : pathState === PATH_CONFIRMED ? 'confirmed' : 'searching',
    pathProbes: read(LINK.probesTx),
    pathProbesAnswered: read(LINK.probesAnswered),
    blackHoles: read(LINK.blackHoles),
    priority: link.priority,
    weight: link.weight,
    capacityMbps: read(LINK.capacity) > 0 ? Number((read(LINK.capacity) * 0.008).toFixed(1)) : null,
    share: known(LINK.share) === null ? null : Number(read(LINK.share).toFixed(3)),
    longer: read(LINK.longer) === 1,
    intervalMs: link.interval,
    holdMs: link.hold,
  };
}

function stateOf(source: StatusSource, index: number | null, id: number, link: PeerLinkConfig): LinkState {
  if (index === null || link.shutdown) return 'disabled';
  return STATE_NAMES[source.counters[linkBlock(index, id) + LINK.state] ?? 0] ?? 'down';
}

/** Links that carry. */
function carrying(source: StatusSource, index: number | null, peer: PeerConfig): number {
  let count = 0;
  for (const [id, link] of peer.links) {
    const state = stateOf(source, index, id, link);
    if (state === 'up' || state === 'suspect') count += 1;
  }
  return count;
}

/** Every peer, in the order of the configuration. */
export function peerStatuses(source: StatusSource): PeerStatus[] {
  return [...(source.config.interface?.peers.values() ?? [])].map((peer) => {
    const index = source.indexOf(peer.name);
    const block = peerBlock(index ?? 0);
    const read = (field: number): number => (index === null ? 0 : (source.counters[block + field] ?? 0));
    const established = read(PEER.establishedAt);
    const linksUp = carrying(source, index, peer);
    const connected = established > 0 && linksUp > 0;
    return {
      peer: peer.name,
      id: peer.id,
      policy: peer.policy,
      state: peer.shutdown ? 'shutdown' : connected ? 'connected' : 'connecting',
      description: peer.description,
      publicKey: peer.publicKey,
      sessionAgeMs: established > 0 ? Math.max(0, Math.round(source.now - established)) : null,
      handshakes: read(PEER.handshakes),
      linksUp,
      linksTotal: peer.links.size,
      txFrames: read(PEER.txFrames),
      rxFrames: read(PEER.rxFrames),
      txBytes: read(PEER.txBytes),
      rxBytes: read(PEER.rxBytes),
      duplicates: read(PEER.duplicates),
      tooOld: read(PEER.tooOld),
      lost: read(PEER.lost),
      macAddresses: read(PEER.macAddresses),
      notPermittedRx: read(PEER.notPermittedRx),
      notPermittedTx: read(PEER.notPermittedTx),
      stormDropped: read(PEER.stormDropped),
      macsRefused: read(PEER.macsRefused),
      macsHeld: read(PEER.macsHeld),
      resent: read(PEER.resent),
      resendLost: read(PEER.resendLost),
      failovers: read(PEER.failovers),
      resequenced: read(PEER.resequenced),
      resequenceTimeouts: read(PEER.resequenceTimeouts),
      acksTx: read(PEER.acksTx),
      acksRx: read(PEER.acksRx),
    };
  });
}

/** What waits of every peer that takes part, in the order of the configuration. */
export function peerQueues({ config, indexOf }: StatusSource, rows: QueueRows): PeerQueues[] {
  const rowOf = new Map([...rows.peer].map((index, row) => [index, row]));
  return [...(config.interface?.peers.values() ?? [])].flatMap(({ name, failoverBuffer }) => {
    const row = rowOf.get(indexOf(name) ?? -1);
    if (row === undefined) return [];
    return {
      peer: name,
      waitingFrames: rows.waiting[row] ?? 0,
      resendBytes: rows.kept[row] ?? 0,
      resendLimitBytes: failoverBuffer * 2 ** 20,
      earlyDatagrams: rows.early[row] ?? 0,
      incompleteFrames: rows.incomplete[row] ?? 0,
    };
  });
}

/** The lane's copy of the MAC table as `show mac-table` lists it, by address. */
export function macEntries(rows: MacRows, nameOf: (peer: number) => string): MacEntry[] {
  const entries = [...rows.hi].map((hi, row) => ({
    mac: macText({ hi, lo: rows.lo[row] ?? 0 }),
    peer: nameOf(rows.peer[row] ?? -1),
    ageSeconds: Math.round((rows.ageMs[row] ?? 0) / 1000),
    heldSeconds: Math.ceil((rows.heldMs[row] ?? 0) / 1000),
  }));
  return entries.sort((a, b) => (a.mac < b.mac ? -1 : 1));
}
