/**
 * What the guards report to the operator, so that a log names who did what. A counter has every frame; here
 * one kind of trouble with one peer is told once in ALARM_INTERVAL, so that an attacker can't fill the log.
 */
import { MAX_PEERS } from '../limits.js';
import type { Mac } from './mac-set.js';

export type Alarm =
  /** An address moved too often between `peer` and `other`; it is held behind `stays`, which is one of them or a third. */
  | { readonly kind: 'move'; readonly mac: Mac; readonly peer: number; readonly other: number; readonly stays: number }
  /** Frames are dropped by storm control. `traffic` as in storm.ts; `source`: a peer, or FROM_TAP. */
  | { readonly kind: 'storm'; readonly traffic: number; readonly source: number }
  /** A peer uses an address, or a VLAN (0: none, -1: it can't be told), that is not its to use. */
  | {
      readonly kind: 'not-permitted';
      readonly what: 'mac' | 'vlan';
      readonly peer: number;
      readonly mac: Mac;
      readonly vlan: number;
    };

const ALARM_INTERVAL = 10_000;

// Storms take the places 0 to 2, by kind of traffic.
const MOVE = 3;
const NOT_PERMITTED = 4;
const KINDS = 5;

export class Alarms {
  /** When each was told last, by source (FROM_TAP is the first) and kind. */
  private readonly at = new Float64Array((1 + MAX_PEERS) * KINDS).fill(Number.NEGATIVE_INFINITY);

  constructor(private readonly raise: (alarm: Alarm) => void) {}

  move(hi: number, lo: number, peer: number, other: number, stays: number, now: number): void {
    if (this.isDue(MOVE, peer, now)) this.raise({ kind: 'move', mac: { hi, lo }, peer, other, stays });
  }

  storm(traffic: number, source: number, now: number): void {
    if (this.isDue(traffic, source, now)) this.raise({ kind: 'storm', traffic, source });
  }

  notPermitted(what: 'mac' | 'vlan', peer: number, hi: number, lo: number, vlan: number, now: number): void {
    if (this.isDue(NOT_PERMITTED, peer, now)) this.raise({ kind: 'not-permitted', what, peer, mac: { hi, lo }, vlan });
  }

  // HOT PATH
  private isDue(kind: number, source: number, now: number): boolean {
    const place = (source + 1) * KINDS + kind;
    if (now - this.at[place]! < ALARM_INTERVAL) return false;
    this.at[place] = now;
    return true;
  }
}
