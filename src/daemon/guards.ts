/** The guards of layer 2 as the lane wants them, and what it reports of them as events of the log. */
import { readVlans } from '../cli/grammar/vlans.js';
import type { InterfaceConfig, PeerConfig } from '../config/model.js';
import type { Alarm } from '../core/switch/alarms.js';
import { type GuardSettings, VLAN_WORDS } from '../core/switch/guard.js';
import type { Mac } from '../core/switch/mac-set.js';
import type { MoveLimit } from '../core/switch/move-damping.js';
import { BROADCAST, FROM_TAP, MULTICAST, type StormRates } from '../core/switch/storm.js';
import type { FieldsOf } from '../log/events.js';

export function guardOf({ permitMacs, permitVlans, macLimit }: PeerConfig): GuardSettings {
  return {
    macs: permitMacs.map(macOf),
    vlans: permitVlans === null ? null : vlanMap(permitVlans),
    macLimit: macLimit ?? 0,
  };
}

export function moveLimitOf({ moveLimit }: InterfaceConfig): MoveLimit {
  if (moveLimit === null) return { moves: 0, windowMs: 0, holdMs: 0 };
  return { moves: moveLimit.moves, windowMs: moveLimit.seconds * 1000, holdMs: moveLimit.holdOff * 1000 };
}

export function stormRatesOf(tap: InterfaceConfig): StormRates {
  return {
    broadcast: tap.stormBroadcast ?? 0,
    multicast: tap.stormMulticast ?? 0,
    unknownUnicast: tap.stormUnknownUnicast ?? 0,
  };
}

type Of<E extends AlarmName> = { [N in E]: { event: N; fields: FieldsOf<N> } }[E];
type AlarmName = 'mac-moves' | 'storm' | 'not-permitted';

/** The event of an alarm, and its fields. */
export function alarmEvent(alarm: Alarm, nameOf: (peer: number) => string): Of<AlarmName> {
  switch (alarm.kind) {
    case 'move': {
      const peers = [nameOf(alarm.peer), nameOf(alarm.other)].sort().join(',');
      const fields = { mac: macText(alarm.mac), peers, held: nameOf(alarm.stays) };
      return {
        event: 'mac-moves',
        fields: { ...fields, advice: 'two stations with one address, a loop, or a forged one' },
      };
    }
    case 'storm': {
      const { traffic, source } = alarm;
      const kind = traffic === BROADCAST ? 'broadcast' : traffic === MULTICAST ? 'multicast' : 'unknown-unicast';
      return {
        event: 'storm',
        fields: { traffic: kind, ...(source === FROM_TAP ? { from: 'this host' } : { peer: nameOf(source) }) },
      };
    }
    case 'not-permitted': {
      const fields = { peer: nameOf(alarm.peer), what: alarm.what, mac: macText(alarm.mac) };
      return { event: 'not-permitted', fields: { ...fields, vlan: VLAN_WORD[alarm.vlan] ?? String(alarm.vlan) } };
    }
  }
}

const VLAN_WORD: Readonly<Record<number, string>> = { 0: 'untagged', [-1]: 'unclear' };

/** `aa:bb:cc:dd:ee:ff`. */
export function macText({ hi, lo }: Mac): string {
  const digits = hi.toString(16).padStart(4, '0') + (lo >>> 0).toString(16).padStart(8, '0');
  return digits.replace(/..(?!$)/g, '$&:');
}

function macOf(text: string): Mac {
  const digits = text.replaceAll(':', '');
  return { hi: Number.parseInt(digits.slice(0, 4), 16), lo: Number.parseInt(digits.slice(4), 16) | 0 };
}

/** @param text as the configuration holds it, so it is a list */
function vlanMap(text: string): Int32Array {
  const map = new Int32Array(VLAN_WORDS);
  for (const vlan of readVlans(text) ?? []) map[vlan >> 5]! |= 1 << (vlan & 31);
  return map;
}
