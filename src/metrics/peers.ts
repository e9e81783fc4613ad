/** Metrics of each peer, label `peer`. */
import type { PeerStatus } from '../control/engine.js';
import { counter, type Family, gauge, seconds } from './family.js';

export const PEER_FAMILIES: readonly Family<PeerStatus>[] = [
  gauge('sennit_peer_up', '1 while there is a session and a link that carries', ({ state }) =>
    state === 'connected' ? 1 : 0,
  ),
  gauge('sennit_peer_enabled', '0 while the peer is shut down by the configuration', ({ state }) =>
    state === 'shutdown' ? 0 : 1,
  ),
  gauge('sennit_peer_links', 'Configured links', (peer) => peer.linksTotal),
  gauge('sennit_peer_links_up', 'Links that carry', (peer) => peer.linksUp),
  gauge('sennit_peer_session_age_seconds', 'Time since the handshake of the present session', (peer) =>
    seconds(peer.sessionAgeMs),
  ),
  counter(
    'sennit_peer_handshakes_total',
    'Handshakes completed: the first, and one for each rekey',
    (peer) => peer.handshakes,
  ),
  counter('sennit_peer_transmit_frames_total', 'Frames sent to the peer', (peer) => peer.txFrames),
  counter('sennit_peer_receive_frames_total', 'Frames received from the peer', (peer) => peer.rxFrames),
  counter('sennit_peer_transmit_bytes_total', 'Bytes of the frames sent to the peer', (peer) => peer.txBytes),
  counter('sennit_peer_receive_bytes_total', 'Bytes of the frames received from the peer', (peer) => peer.rxBytes),
  counter(
    'sennit_peer_receive_duplicate_datagrams_total',
    'Datagrams dropped since they had come already',
    (peer) => peer.duplicates,
  ),
  counter(
    'sennit_peer_receive_too_old_datagrams_total',
    'Datagrams dropped since they are older than the replay window',
    (peer) => peer.tooOld,
  ),
  counter(
    'sennit_peer_receive_lost_datagrams_total',
    'Datagrams of the peer that never came over any link',
    (peer) => peer.lost,
  ),
  counter('sennit_peer_resent_datagrams_total', 'Datagrams sent again over another link', (peer) => peer.resent),
  counter(
    'sennit_peer_resend_lost_datagrams_total',
    'Datagrams that should have been sent again and could not be',
    (peer) => peer.resendLost,
  ),
  counter(
    'sennit_peer_failovers_total',
    'Times a link of the peer went down though it had carried traffic',
    (peer) => peer.failovers,
  ),
  counter('sennit_peer_acks_sent_total', 'Acknowledgements sent to the peer', (peer) => peer.acksTx),
  counter('sennit_peer_acks_received_total', 'Acknowledgements received from the peer', (peer) => peer.acksRx),
  gauge('sennit_peer_mac_addresses', 'MAC addresses learned from the peer', (peer) => peer.macAddresses),
  counter(
    'sennit_peer_receive_not_permitted_frames_total',
    'Frames from the peer that its permit lines do not allow',
    (peer) => peer.notPermittedRx,
  ),
  counter(
    'sennit_peer_transmit_not_permitted_frames_total',
    'Frames to the peer that its permit lines do not allow',
    (peer) => peer.notPermittedTx,
  ),
  counter(
    'sennit_peer_storm_dropped_frames_total',
    'Frames from the peer beyond the rates of storm control',
    (peer) => peer.stormDropped,
  ),
  counter(
    'sennit_peer_macs_refused_total',
    'Times an address was not learned, for the peer has as many as it may',
    (peer) => peer.macsRefused,
  ),
  counter(
    'sennit_peer_mac_held_frames_total',
    'Frames dropped since their address moved too often',
    (peer) => peer.macsHeld,
  ),
];
