/** `show interface`. */
import type { InterfaceStatus } from '../../control/engine.js';
import { fields, ordered } from './table.js';

const KEYS = [
  'name',
  'hostId',
  'state',
  'macAddress',
  'mtu',
  'addresses',
  'description',
  'offloads',
  'txFrames',
  'rxFrames',
  'txBytes',
  'rxBytes',
] as const;

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
    ['MTU', status.mtu],
    ['Addresses', status.addresses.join(', ') || null],
    ['Offloads', status.offloads.join(' ') || null],
    ['To peers', `${status.txFrames} frames, ${status.txBytes} bytes`],
    ['From peers', `${status.rxFrames} frames, ${status.rxBytes} bytes`],
  ]);
}
