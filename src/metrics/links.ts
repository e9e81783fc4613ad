/** Metrics of each link, labels `peer` and `link`. */
import type { LinkState, LinkStatus } from '../control/engine.js';
import { counter, type Family, gauge, seconds } from './family.js';

/** In the order of their numbers. */
export const STATES: readonly LinkState[] = ['disabled', 'down', 'probing', 'up', 'suspect'];

export const LINK_FAMILIES: readonly Family<LinkStatus>[] = [
  gauge('sennit_link_up', '1 while the link carries (states up and suspect)', ({ state }) =>
    state === 'up' || state === 'suspect' ? 1 : 0,
  ),
  gauge('sennit_link_state', 'State: 0 disabled, 1 down, 2 probing, 3 up, 4 suspect', ({ state }) =>
    STATES.indexOf(state),
  ),
  gauge('sennit_link_round_trip_seconds', 'Smoothed round-trip time (RFC 6298)', (link) => seconds(link.rttMs)),
  gauge('sennit_link_round_trip_deviation_seconds', 'Deviation of the round-trip time (RFC 6298)', (link) =>
    seconds(link.jitterMs),
  ),
  gauge('sennit_link_transmit_loss_ratio', 'Share of datagrams toward the peer that are lost', (link) => link.lossTx),
  gauge('sennit_link_receive_loss_ratio', 'Share of datagrams from the peer that are lost', (link) => link.lossRx),
  counter('sennit_link_transmit_datagrams_total', 'Datagrams sent over the link', (link) => link.txDatagrams),
  counter('sennit_link_receive_datagrams_total', 'Datagrams received over the link', (link) => link.rxDatagrams),
  counter('sennit_link_transmit_bytes_total', 'UDP payload sent over the link', (link) => link.txBytes),
  counter('sennit_link_receive_bytes_total', 'UDP payload received over the link', (link) => link.rxBytes),
  counter('sennit_link_transmit_errors_total', 'Calls to send that the kernel refused', (link) => link.sendErrors),
  counter(
    'sennit_link_transmit_queue_drops_total',
    'Datagrams dropped since the socket had no room',
    (link) => link.queueDrops,
  ),
  counter('sennit_link_downs_total', 'Times the link went down', (link) => link.downs),
  counter(
    'sennit_link_failovers_total',
    'Times the link went down though it had carried traffic',
    (link) => link.failovers,
  ),
  counter('sennit_link_suspicions_total', 'Times the link became suspect', (link) => link.suspicions),
  counter(
    'sennit_link_suspicions_vetoed_total',
    "Times it did not become suspect since this host's own clockwork was late",
    (link) => link.vetoes,
  ),
];
