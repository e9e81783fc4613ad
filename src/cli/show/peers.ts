/** `show peers`. */
import type { PeerStatus } from '../../control/engine.js';
import { type Kinds, namesOf } from './kinds.js';
import { duration, short } from './quantity.js';
import { fields, ordered, table } from './table.js';

export const PEER_KINDS: Kinds<PeerStatus> = {
  peer: 'state',
  id: 'state',
  state: 'state',
  policy: 'state',
  description: 'state',
  publicKey: 'state',
  sessionAgeMs: 'state',
  handshakes: 'count',
  linksUp: 'state',
  linksTotal: 'state',
  txFrames: 'count',
  rxFrames: 'count',
  txBytes: 'count',
  rxBytes: 'count',
  duplicates: 'count',
  tooOld: 'count',
  lost: 'count',
  macAddresses: 'state',
  notPermittedRx: 'count',
  notPermittedTx: 'count',
  stormDropped: 'count',
  macsRefused: 'count',
  macsHeld: 'count',
  resent: 'count',
  resendLost: 'count',
  failovers: 'count',
  resequenced: 'count',
  resequenceTimeouts: 'count',
  acksTx: 'count',
  acksRx: 'count',
};
const KEYS = namesOf(PEER_KINDS);

/** One or all, sorted by host id. */
export function peersData(peers: readonly PeerStatus[], only: string | null): PeerStatus[] {
  const wanted = peers.filter(({ peer }) => only === null || peer === only);
  return wanted.sort((a, b) => a.id - b.id).map((peer) => ordered(peer, KEYS));
}

/** Frames from the peer that the guards of the segment kept out. */
function denied(peer: PeerStatus): number {
  return peer.notPermittedRx + peer.stormDropped + peer.macsHeld;
}

export function peersText(peers: readonly PeerStatus[]): string {
  if (peers.length === 0) return 'No peers are configured.';
  return table<PeerStatus>(
    [
      { title: 'Peer', cell: (peer) => peer.peer, least: 12 },
      { title: 'Id', cell: (peer) => peer.id, align: 'right' },
      { title: 'State', cell: (peer) => peer.state },
      { title: 'Policy', cell: (peer) => peer.policy, least: 7 },
      { title: 'Up', cell: (peer) => `${peer.linksUp}/${peer.linksTotal}`, align: 'right' },
      {
        title: 'Session',
        cell: (peer) => (peer.sessionAgeMs === null ? null : duration(peer.sessionAgeMs)),
        spare: true,
      },
      { title: 'Tx fr', cell: (peer) => short(peer.txFrames), align: 'right' },
      { title: 'Rx fr', cell: (peer) => short(peer.rxFrames), align: 'right' },
      { title: 'Lost', cell: (peer) => short(peer.lost), align: 'right' },
      { title: 'MACs', cell: (peer) => short(peer.macAddresses), align: 'right', spare: true },
      { title: 'Denied', cell: (peer) => short(denied(peer)), align: 'right' },
    ],
    peers,
  );
}

/** Everything about each peer, one under the other. */
export function peersDetail(peers: readonly PeerStatus[]): string {
  if (peers.length === 0) return 'No peers are configured.';
  return peers.map((peer) => `Peer ${peer.peer}\n${fields(detailsOf(peer), '  ')}`).join('\n\n');
}

function detailsOf(peer: PeerStatus): [string, string | number | null][] {
  const age = peer.sessionAgeMs === null ? 'none' : `${duration(peer.sessionAgeMs)} old`;
  return [
    ['Description', peer.description],
    ['Host id', peer.id],
    ['Public key', peer.publicKey],
    ['State', peer.state],
    ['Session', `${age}; ${peer.handshakes} handshakes`],
    ['Links', `${peer.linksUp} of ${peer.linksTotal} up, policy ${peer.policy}`],
    ['Sent', `${peer.txFrames} frames, ${peer.txBytes} bytes`],
    ['Received', `${peer.rxFrames} frames, ${peer.rxBytes} bytes`],
    ['Datagrams', `${peer.lost} lost, ${peer.duplicates} came twice, ${peer.tooOld} came too late`],
    ['Put in order', `${peer.resequenced} datagrams; ${peer.resequenceTimeouts} gaps were given up`],
    ['Failovers', `${peer.failovers}; ${peer.resent} datagrams sent again, ${peer.resendLost} lost for good`],
    ['Acknowledgements', `${peer.acksTx} sent, ${peer.acksRx} received`],
    ['MAC addresses', `${peer.macAddresses} learned, ${peer.macsRefused} refused: the limit was reached`],
    ['Not permitted', `${peer.notPermittedRx} frames from it, ${peer.notPermittedTx} to it`],
    ['Dropped', `${peer.stormDropped} by storm control, ${peer.macsHeld} since their address moved too often`],
  ];
}
