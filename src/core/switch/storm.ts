/**
 * Storm control: how many frames a second of each kind pass, from the TAP and from each peer. A token bucket
 * for each kind and source, as deep as 100 ms of its rate but at least 32 frames, so that a burst of ARP
 * requests passes under a low rate.
 *
 * A super-frame passes whole when there is a token, and takes one for each frame in it; what is missing is
 * paid before the next one passes.
 */
import { MAX_PEERS } from '../limits.js';

export const BROADCAST = 0;
export const MULTICAST = 1;
/** Flooded, since nobody knows where its destination is. */
export const UNKNOWN_UNICAST = 2;
const KINDS = 3;

/** The source number of the TAP; a peer's is its index. */
export const FROM_TAP = -1;

const BURST_MS = 100;
const LEAST_BURST = 32;

/** Frames a second; 0: no bound. */
export interface StormRates {
  broadcast: number;
  multicast: number;
  unknownUnicast: number;
}

export class StormControl {
  /** Whether any rate is bounded. */
  active = false;
  /** By kind: frames per millisecond, and frames. */
  private readonly rate = new Float64Array(KINDS);
  private readonly burst = new Float64Array(KINDS);
  /** By source and kind: tokens, and the time of the last look in milliseconds. */
  private readonly tokens = new Float64Array((1 + MAX_PEERS) * KINDS);
  private readonly at = new Float64Array((1 + MAX_PEERS) * KINDS);

  /** From now on these rates; all buckets are full. */
  setRates({ broadcast, multicast, unknownUnicast }: StormRates): void {
    this.active = broadcast + multicast + unknownUnicast > 0;
    for (const [kind, rate] of [broadcast, multicast, unknownUnicast].entries()) {
      this.rate[kind] = rate / 1000;
      this.burst[kind] = Math.max(LEAST_BURST, (rate * BURST_MS) / 1000);
    }
    for (let source = FROM_TAP; source < MAX_PEERS; source++) this.fill(source);
  }

  /** Fills the buckets of a source: the number belongs to another peer from now on. */
  fill(source: number): void {
    const first = (source + 1) * KINDS;
    for (let kind = 0; kind < KINDS; kind++) this.tokens[first + kind] = this.burst[kind]!;
  }

  /** Whether `frames` more frames of a kind may pass now; takes their tokens if so. `now`: milliseconds. */
  // HOT PATH
  passes(kind: number, source: number, frames: number, now: number): boolean {
    const rate = this.rate[kind]!;
    if (rate === 0) return true;
    const bucket = (source + 1) * KINDS + kind;
    let tokens = this.tokens[bucket]!;
    const passed = now - this.at[bucket]!;
    if (passed > 0) {
      tokens += passed * rate;
      if (tokens > this.burst[kind]!) tokens = this.burst[kind]!;
      this.at[bucket] = now;
    }
    const enough = tokens >= 1;
    this.tokens[bucket] = enough ? tokens - frames : tokens;
    return enough;
  }
}
