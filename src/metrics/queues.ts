/** Metrics of what waits: for each peer, label `peer`, and for each local link's socket, label `link`. */
import type { PeerQueues, SocketQueues } from '../control/queues.js';
import { type Family, gauge } from './family.js';

export const PEER_QUEUE_FAMILIES: readonly Family<PeerQueues>[] = [
  gauge(
    'sennit_peer_waiting_frames',
    'Frames that wait for a session with the peer',
    ({ waitingFrames }) => waitingFrames,
  ),
  gauge(
    'sennit_peer_resend_buffer_bytes',
    'Memory that holds what was sent to the peer and is not acknowledged yet',
    ({ resendBytes }) => resendBytes,
  ),
  gauge(
    'sennit_peer_resend_buffer_limit_bytes',
    'Most memory for what was sent to the peer and is not acknowledged yet',
    ({ resendLimitBytes }) => resendLimitBytes,
  ),
  gauge(
    'sennit_peer_reorder_datagrams',
    'Datagrams of the peer that wait for what it sent before them',
    ({ earlyDatagrams }) => earlyDatagrams,
  ),
  gauge(
    'sennit_peer_reassembly_frames',
    'Frames of the peer of which pieces are missing',
    ({ incompleteFrames }) => incompleteFrames,
  ),
];

export const SOCKET_FAMILIES: readonly Family<SocketQueues>[] = [
  gauge(
    'sennit_local_link_transmit_queue_bytes',
    'Kernel memory of what waits in the send buffer for the device',
    ({ transmitBytes }) => transmitBytes,
  ),
  gauge(
    'sennit_local_link_transmit_queue_limit_bytes',
    'Most data that may wait in the send buffer: some 40 ms of what the device drains',
    ({ transmitLimitBytes }) => transmitLimitBytes,
  ),
  gauge(
    'sennit_local_link_receive_queue_bytes',
    'Kernel memory of what waits in the receive buffer for the data path',
    ({ receiveBytes }) => receiveBytes,
  ),
  gauge(
    'sennit_local_link_receive_queue_limit_bytes',
    'Size of the receive buffer, as the kernel counts it',
    ({ receiveLimitBytes }) => receiveLimitBytes,
  ),
];
