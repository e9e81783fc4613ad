/**
 * How many handshake messages a host takes: two token buckets, one for all and one for each source,
 * each as deep as a second. Whoever sends with a forged source can't make the table grow.
 */
import { mapKey } from '../crypto/bytes.js';

export interface HandshakeLimits {
  /** Messages per second in all. */
  total: number;
  /** Messages per second from one source address record. */
  perSource: number;
  /** Sources that are remembered; the one unheard of longest goes first. */
  sources: number;
}

const DEFAULT_LIMITS: HandshakeLimits = { total: 200, perSource: 20, sources: 1024 };

class Bucket {
  #tokens: number;
  #at: number;

  constructor(
    private readonly rate: number,
    now: number,
  ) {
    this.#tokens = rate;
    this.#at = now;
  }

  take(now: number): boolean {
    this.#tokens = Math.min(this.rate, this.#tokens + (Math.max(0, now - this.#at) * this.rate) / 1000);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

export class HandshakeRate {
  readonly #limits: HandshakeLimits;
  /** By address record, the least recently heard first; bounded by `limits.sources`. */
  readonly #sources = new Map<string, Bucket>();
  #total: Bucket | null = null;

  constructor(limits: HandshakeLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** Takes a token of both buckets at `now` (ms). One loud source does not use up what is there for all. */
  take(address: Uint8Array, now: number): 'ok' | 'rate' | 'source-rate' {
    const key = mapKey(address);
    const bucket = this.#sources.get(key) ?? new Bucket(this.#limits.perSource, now);
    this.#sources.delete(key);
    this.#sources.set(key, bucket);
    if (this.#sources.size > this.#limits.sources) {
      const oldest = this.#sources.keys().next();
      if (!oldest.done) this.#sources.delete(oldest.value);
    }
    if (!bucket.take(now)) return 'source-rate';
    this.#total ??= new Bucket(this.#limits.total, now);
    return this.#total.take(now) ? 'ok' : 'rate';
  }

  /** Sources in the table. */
  get sources(): number {
    return this.#sources.size;
  }
}
