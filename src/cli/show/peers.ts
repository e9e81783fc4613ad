/** `show peers`. */
import type { PeerStatus } from '../../control/engine.js';
import { duration, short } from './quantity.js';
import { ordered, table } from './table.js';

const KEYS = [
  'peer',
  'id',
  'state',
  'policy',
  'description',
  'publicKey',
  'sessionAgeMs',
  'handshakes',
  'linksUp',
  'linksTotal',
  'txFrames',
  'rxFrames',
  'txBytes',
  'rxBytes',
  'duplicates',
  'tooOld',
  'lost',
  'macAddresses',
  'notPermittedRx',
  'notPermittedTx',
  'stormDropped',
  'macsRefused',
  'macsHeld',
  'resent',
  'resendLost',
  'failovers',
  'resequenced',
  'resequenceTimeouts',
  'acksTx',
  'acksRx',
] as const;

/** Sorted by host id. */
export function peersData(peers: readonly PeerStatus[]): PeerStatus[] {
  return [...peers].sort((a, b) => a.id - b.id).map((peer) => ordered(peer, KEYS));
}

/** Frames from the peer that the guards of the segment kept out. */
function denied(peer: PeerStatus): number {
  return peer.notPermittedRx + peer.stormDropped + peer.macsHeld;
}

export function peersText(peers: readonly PeerStatus[]): string {
  if (peers.length === 0) return 'No peers are configured.';
  return table<PeerStatus>(
    [
      { title: 'Peer', cell: (peer) => peer.peer },
      { title: 'Id', cell: (peer) => peer.id, align: 'right' },
      { title: 'State', cell: (peer) => peer.state },
      { title: 'Policy', cell: (peer) => peer.policy },
      { title: 'Up', cell: (peer) => `${peer.linksUp}/${peer.linksTotal}`, align: 'right' },
      { title: 'Session', cell: (peer) => (peer.sessionAgeMs === null ? null : duration(peer.sessionAgeMs)) },
      { title: 'Tx fr', cell: (peer) => short(peer.txFrames), align: 'right' },
      { title: 'Rx fr', cell: (peer) => short(peer.rxFrames), align: 'right' },
      { title: 'Lost', cell: (peer) => short(peer.lost), align: 'right' },
      { title: 'MACs', cell: (peer) => short(peer.macAddresses), align: 'right' },
      { title: 'Denied', cell: (peer) => short(denied(peer)), align: 'right' },
    ],
    peers,
  );
}
