/**
 * What a peer may be on the segment: the source addresses it may use and the VLANs it takes part in. A peer
 * without such a list has no guard, which is all that a frame of its asks for.
 */
import { vlanId } from '../wire/ethernet.js';
import { type Mac, MacSet } from './mac-set.js';

/** Most source addresses that one peer's list may name. */
export const MAX_PERMITTED_MACS = 256;
/** Words of a VLAN map: a bit for each id from 0 to 4095. */
export const VLAN_WORDS = 128;

export interface GuardSettings {
  /** The only source addresses it may use; empty: any. */
  macs: readonly Mac[];
  /** The only VLANs it may use, VLAN_WORDS words with a bit for each id, bit 0 for untagged frames; null: any. */
  vlans: Int32Array | null;
  /** Most learned addresses; 0: its share of the table. */
  macLimit: number;
}

export class Guard {
  private readonly macs: MacSet | null;
  private readonly vlans: Int32Array | null;

  constructor({ macs, vlans }: GuardSettings) {
    this.macs = macs.length === 0 ? null : new MacSet(macs);
    this.vlans = vlans;
  }

  /** Whether frames from the peer may have this source address. */
  // HOT PATH
  permitsSource(hi: number, lo: number): boolean {
    return this.macs === null || this.macs.has(hi, lo);
  }

  /** Whether the peer takes part in the VLAN of the frame of `len` bytes at `off`; one that can't be told is no VLAN of its. */
  // HOT PATH
  permitsVlan(bytes: Uint8Array, off: number, len: number): boolean {
    if (this.vlans === null) return true;
    const id = vlanId(bytes, off, len);
    return id >= 0 && (this.vlans[id >> 5]! & (1 << (id & 31))) !== 0;
  }
}
