/**
 * Counters and gauges of the data path: one Float64Array that the lane writes and others only read.
 * Layout: a block for the lane, then a block for each peer, then a block for each link of each peer.
 * A double counts exactly to 2^53.
 */
import { LINKS, MAX_PEERS } from './limits.js';

const LANE_NAMES = [
  // frames from and to the TAP
  'tapRxFrames',
  'tapRxBytes',
  'tapTxFrames',
  'tapTxBytes',
  'tapReads',
  'tapWrites',
  // frames that the TAP did not take: all, and by reason (the interface is down, no room, anything else)
  'tapWriteErrors',
  'tapWriteDown',
  'tapWriteFull',
  'tapWriteRefused',
  'tapRunts',
  // datagrams refused, by reason
  'rxShort',
  'rxBadType',
  'rxBadHeader',
  'rxUnknownIndex',
  'rxCounterLimit',
  'rxDuplicate',
  'rxTooOld',
  'rxBadSeal',
  'rxUnknownKind',
  'rxMalformed',
  'rxWrongLink',
  'rxFragmentMalformed',
  'rxFragmentDropped',
  'rxTruncated',
  // handshake messages passed to, and kept from, the control thread
  'handshakeRx',
  'handshakeOverload',
  // frames that could not be sent, by reason
  'txNoPeer',
  'txNoSession',
  'txNoLink',
  'txTooBig',
  'txKeyExhausted',
  // frames that waited for a session with their peer, and were sent then
  'txWaited',
  // datagrams that a socket did not take, by reason; txQueueFull is the sum of the links' queueDrops
  'txQueueFull',
  'txSendError',
  'txRerouted',
  'macLearned',
  'macMoved',
  'macRefused',
  // moves of addresses that were damped: how often that began, and frames dropped meanwhile
  'macHeld',
  'rxMacHeld',
  // frames of peers, and to peers, that their guards don't permit
  'rxMacNotPermitted',
  'rxVlanNotPermitted',
  'txVlanNotPermitted',
  // frames beyond the rates of storm control, from peers and from the TAP; stormNeighbor: ARP and ND among them
  'rxStormBroadcast',
  'rxStormMulticast',
  'txStormBroadcast',
  'txStormMulticast',
  'txStormUnknownUnicast',
  'stormNeighbor',
  'floods',
  'holdVetoes',
  'acksTx',
  'acksRx',
  // datagrams that the kernel found too large for a device or route
  'txTooLarge',
  // datagrams that a drill kept from its link
  'txMuted',
  'rxMuted',
  'loops',
  'sendCalls',
  'receiveCalls',
] as const;

const PEER_NAMES = [
  'txFrames',
  'txBytes',
  'rxFrames',
  'rxBytes',
  'duplicates',
  'tooOld',
  'lost',
  'handshakes',
  'establishedAt',
  'macAddresses',
  'fragmentsTx',
  'fragmentsRx',
  'notPermittedRx',
  'notPermittedTx',
  'stormDropped',
  'macsRefused',
  'macsHeld',
  'acksTx',
  'acksRx',
  // datagrams that were sent again over another link, and those that could not be
  'resent',
  'resendLost',
  // links that went down though they had carried
  'failovers',
  // datagrams that waited for what was sent before them, and gaps that were given up when their time was over
  'resequenced',
  'resequenceTimeouts',
] as const;

const LINK_NAMES = [
  'state',
  'changedAt',
  'downCause',
  'downs',
  'srtt',
  'rttvar',
  'lossTx',
  'lossRx',
  'txDatagrams',
  'txBytes',
  'rxDatagrams',
  'rxBytes',
  'sendErrors',
  'roams',
  'queueDrops',
  'suspicions',
  'vetoes',
  'failovers',
  // bytes a millisecond that it is known to carry (0: not known), and its share of the data sent lately (-1: none was)
  'capacity',
  'share',
  // 1: it has become much longer than another, and policy passive prefers an equal
  'longer',
  // the largest packet that passes, how sure that is, probes for it, and how often what had passed was swallowed
  'pathMtu',
  'pathState',
  'probesTx',
  'probesAnswered',
  'blackHoles',
] as const;

type Indices<T extends readonly string[]> = { readonly [K in T[number]]: number };

function indices<T extends readonly string[]>(names: T): Indices<T> {
  return Object.fromEntries(names.map((name, index) => [name, index])) as Indices<T>;
}

/** Index of each counter in its block. */
export const LANE = indices(LANE_NAMES);
export const PEER = indices(PEER_NAMES);
export const LINK = indices(LINK_NAMES);

export const LANE_COUNTERS: readonly string[] = LANE_NAMES;

const PEERS_AT = 96;
const PEER_STRIDE = 32;
const LINKS_AT = PEERS_AT + MAX_PEERS * PEER_STRIDE;
const LINK_STRIDE = 32;

/** Doubles that the whole layout takes. */
export const COUNTERS_LENGTH = LINKS_AT + MAX_PEERS * LINKS * LINK_STRIDE;

/** Offset of a peer's block. */
export function peerBlock(peer: number): number {
  return PEERS_AT + peer * PEER_STRIDE;
}

/** Offset of the block of one link of a peer. */
export function linkBlock(peer: number, link: number): number {
  return LINKS_AT + (peer * LINKS + link) * LINK_STRIDE;
}
