/** `show interface`. */
import type { InterfaceStatus, LocalLinkStatus } from '../../control/engine.js';
import { type Kinds, namesOf } from './kinds.js';
import { fields, ordered } from './table.js';

export const INTERFACE_KINDS: Kinds<InterfaceStatus> = {
  name: 'state',
  hostId: 'state',
  state: 'state',
  macAddress: 'state',
  mtu: 'state',
  mtuConfigured: 'state',
  addresses: 'state',
  description: 'state',
  persistent: 'state',
  offloads: 'state',
  txFrames: 'count',
  rxFrames: 'count',
  txBytes: 'count',
  rxBytes: 'count',
  localLinks: 'state',
};
const KEYS = namesOf(INTERFACE_KINDS);

/** Null when no interface is configured. */
export function interfaceData(status: InterfaceStatus | null): InterfaceStatus | null {
  return status === null ? null : ordered(status, KEYS);
}

export function interfaceText(status: InterfaceStatus | null): string {
  if (status === null) return 'No interface is configured.';
  return fields([
    ['Interface', status.name],
    ['Description', status.description],
    ['State', status.state],
    ['Host id', status.hostId],
    ['MAC address', status.macAddress],
    ['MTU', status.mtu === null ? null : status.mtuConfigured === 'auto' ? `${status.mtu} (auto)` : status.mtu],
    ['Addresses', status.addresses.join(', ') || null],
    ['Persistent', status.persistent ? 'yes' : 'no'],
    ['Offloads', status.offloads.join(' ') || null],
    ['To peers', `${status.txFrames} frames, ${status.txBytes} bytes`],
    ['From peers', `${status.rxFrames} frames, ${status.rxBytes} bytes`],
    ...status.localLinks.map(localLinkLine),
  ]);
}

/** In 80 columns with the longest IPv4 address. */
function localLinkLine({ link, address, device, receiveDrops }: LocalLinkStatus): [string, string] {
  const on = device === null ? '' : ` on ${device}`;
  return [`Local link ${link}`, `${address}${on}, ${receiveDrops} dropped on receipt`];
}
