/** Metrics of the host: its interface, its MAC table, the lane, and what was dropped, by reason. */
import type { Engine } from '../control/engine.js';
import type { QueueStatus } from '../control/queues.js';
import { counter, type Family, gauge } from './family.js';

/** What `show counters` shows, and what is asked of the daemon beside it. */
export interface HostRow {
  readonly counters: Readonly<Record<string, number>>;
  readonly uptimeSeconds: number;
  /** 1 while the interface is up, 0 while it is shut down or there is none. */
  readonly interfaceUp: number;
  readonly mtu: number | null;
  readonly queues: QueueStatus;
  /** Seconds that the lane took to answer. */
  readonly laneSeconds: number;
}

/** Asks the daemon for the row. */
export async function hostRow(engine: Engine): Promise<HostRow> {
  const tap = engine.interface();
  const asked = performance.now();
  const queues = await engine.queues();
  return {
    counters: engine.counters(),
    uptimeSeconds: engine.version().uptimeSeconds,
    interfaceUp: Number(tap?.state === 'up'),
    mtu: tap?.mtu ?? null,
    queues,
    laneSeconds: (performance.now() - asked) / 1000,
  };
}

/** A counter of `show counters`. */
function counted(name: string, help: string, of: string): Family<HostRow> {
  return counter(name, help, ({ counters }) => counters[of] ?? 0);
}

export const HOST_FAMILIES: readonly Family<HostRow>[] = [
  gauge('sennit_uptime_seconds', 'Time since the daemon started', (row) => row.uptimeSeconds),
  gauge('sennit_interface_up', '1 while the TAP interface is up', (row) => row.interfaceUp),
  gauge('sennit_interface_mtu_bytes', 'MTU of the TAP interface', (row) => row.mtu),
  counted('sennit_interface_transmit_frames_total', 'Frames that the kernel sent into the TAP', 'tapRxFrames'),
  counted('sennit_interface_transmit_bytes_total', 'Bytes that the kernel sent into the TAP', 'tapRxBytes'),
  counted('sennit_interface_receive_frames_total', 'Frames that the kernel was given through the TAP', 'tapTxFrames'),
  counted('sennit_interface_receive_bytes_total', 'Bytes that the kernel was given through the TAP', 'tapTxBytes'),
  gauge('sennit_mac_table_addresses', 'MAC addresses in the table', (row) => row.queues.macAddresses),
  counted('sennit_mac_table_learned_total', 'Addresses learned', 'macLearned'),
  counted('sennit_mac_table_moved_total', 'Addresses that moved from one peer to another', 'macMoved'),
  counted('sennit_mac_table_refused_total', 'Addresses not learned since there are too many', 'macRefused'),
  counted('sennit_mac_table_held_total', 'Times the moves of an address began to be damped', 'macHeld'),
  counted('sennit_flooded_frames_total', 'Frames from the TAP that went to all peers', 'floods'),
  counted('sennit_waited_frames_total', 'Frames kept until their peer could be reached, and sent then', 'txWaited'),
  counted('sennit_rerouted_datagrams_total', 'Datagrams sent over another link at once', 'txRerouted'),
  counted('sennit_late_ticks_total', 'Times no link was taken for dead since this host was late', 'holdVetoes'),
  counted('sennit_handshake_datagrams_total', 'Handshake messages let through', 'handshakeRx'),
  counted('sennit_handshake_overload_datagrams_total', 'Handshake messages beyond the rates', 'handshakeOverload'),
  counted('sennit_lane_rounds_total', 'Rounds of the data path', 'loops'),
  counted('sennit_lane_send_calls_total', 'System calls that sent datagrams', 'sendCalls'),
  counted('sennit_lane_receive_calls_total', 'System calls that received datagrams', 'receiveCalls'),
  counted('sennit_log_lines_total', 'Lines of the log that were written', 'logLines'),
  gauge('sennit_lane_response_seconds', 'Time the data path took to answer just now', (row) => row.laneSeconds),
];

/** Drops with a label: names of `show counters`, or the beginning of several, and the label's value for each. */
export interface LabelledDrops {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  /** Name in `show counters` to label value. */
  readonly of: Readonly<Record<string, string>>;
  /** All counters that begin with this and a dot; the label is what follows. Bounded: reasons and links are few. */
  readonly family?: string;
}

export const DROPS: readonly LabelledDrops[] = [
  {
    name: 'sennit_receive_dropped_datagrams_total',
    help: 'Datagrams received and dropped, by reason',
    label: 'reason',
    of: {
      rxShort: 'short',
      rxBadType: 'bad_type',
      rxBadHeader: 'bad_header',
      rxUnknownIndex: 'unknown_index',
      rxCounterLimit: 'counter_limit',
      rxDuplicate: 'duplicate',
      rxTooOld: 'too_old',
      rxBadSeal: 'bad_seal',
      rxUnknownKind: 'unknown_kind',
      rxMalformed: 'malformed',
      rxWrongLink: 'wrong_link',
      rxFragmentMalformed: 'fragment_malformed',
      rxFragmentDropped: 'fragment_dropped',
      rxTruncated: 'truncated',
      rxMuted: 'drill',
    },
  },
  {
    name: 'sennit_receive_dropped_frames_total',
    help: 'Frames of peers that were not delivered, by reason',
    label: 'reason',
    of: {
      rxMacHeld: 'mac_held',
      rxMacNotPermitted: 'mac_not_permitted',
      rxVlanNotPermitted: 'vlan_not_permitted',
      rxStormBroadcast: 'storm_broadcast',
      rxStormMulticast: 'storm_multicast',
      tapWriteDown: 'interface_down',
      tapWriteFull: 'interface_full',
      tapWriteRefused: 'interface_refused',
    },
  },
  {
    name: 'sennit_transmit_dropped_frames_total',
    help: 'Frames from the TAP that were not sent, by reason',
    label: 'reason',
    of: {
      tapRunts: 'runt',
      txNoPeer: 'no_peer',
      txNoSession: 'no_session',
      txNoLink: 'no_link',
      txTooBig: 'too_big',
      txKeyExhausted: 'key_exhausted',
      txVlanNotPermitted: 'vlan_not_permitted',
      txStormBroadcast: 'storm_broadcast',
      txStormMulticast: 'storm_multicast',
      txStormUnknownUnicast: 'storm_unknown_unicast',
    },
  },
  {
    name: 'sennit_transmit_dropped_datagrams_total',
    help: 'Datagrams that were not sent, by reason',
    label: 'reason',
    of: { txQueueFull: 'queue_full', txTooLarge: 'too_large', txSendError: 'send_error', txMuted: 'drill' },
  },
  {
    name: 'sennit_log_dropped_lines_total',
    help: 'Lines of the log that were left out, by reason',
    label: 'reason',
    of: { logSuppressed: 'too_many', logLost: 'not_written' },
  },
  {
    name: 'sennit_local_link_receive_queue_drops_total',
    help: 'Packets that came while the receive buffer was full',
    label: 'link',
    of: {},
    family: 'rxQueueFull',
  },
  {
    name: 'sennit_handshake_refused_total',
    help: 'Handshake messages refused, by reason',
    label: 'reason',
    of: {},
    family: 'handshakeRefused',
  },
  {
    name: 'sennit_join_refused_total',
    help: 'Requests to join that were refused, by reason',
    label: 'reason',
    of: {},
    family: 'joinRefused',
  },
];

/** Label value and count of each drop that `counters` has. */
export function dropsOf(drops: LabelledDrops, counters: Readonly<Record<string, number>>): [string, number][] {
  const found = Object.entries(drops.of).map(([of, label]): [string, number] => [label, counters[of] ?? 0]);
  const prefix = `${drops.family}.`;
  for (const [name, count] of Object.entries(counters)) {
    if (drops.family !== undefined && name.startsWith(prefix)) found.push([name.slice(prefix.length), count]);
  }
  return found;
}
