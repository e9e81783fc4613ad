/**
 * How many initiations a host looks into, when their mac1 is good: token buckets, each as deep as a second.
 *
 * One is for all. Who has not proved its address may take from its upper half only; when that is used up, and
 * for a second after, the host is *under load*: the lower half, and all that is filled in meanwhile, is for
 * those who have proved theirs by mac2. Forged sources cost cookie replies then, and those are limited too.
 *
 * The others are one for each source, an address without its port (an IPv6 one by its first 64 bits): one for
 * what came in its name, one for what it proved to have sent. So who forges a source can't use up what that
 * source itself may. They lie in tables of fixed size; sources that share a place share its bucket.
 */
import { SourceHash } from './source-hash.js';
import { TokenBuckets } from './token-buckets.js';

export interface HandshakeLimits {
  /** Initiations a second in all. */
  total: number;
  /** Initiations a second from one source. */
  perSource: number;
  /** Cookie replies a second in all. */
  cookies: number;
  /** Places for sources. */
  sources: number;
}

const DEFAULT_LIMITS: HandshakeLimits = { total: 100, perSource: 20, cookies: 300, sources: 1024 };

/** Milliseconds that a host takes itself to be under load after the last sign of it. */
const LOAD_LASTS = 1000;

export class HandshakeRate {
  readonly #limits: HandshakeLimits;
  readonly #hash: SourceHash;
  readonly #total: TokenBuckets;
  readonly #cookies: TokenBuckets;
  readonly #unproven: TokenBuckets;
  readonly #proven: TokenBuckets;
  #loadedUntil = Number.NEGATIVE_INFINITY;

  /** @param seed a secret random u32 */
  constructor(seed: number, limits: Partial<HandshakeLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    const { total, perSource, cookies, sources } = this.#limits;
    this.#hash = new SourceHash(seed);
    this.#total = new TokenBuckets(1, total, total);
    this.#cookies = new TokenBuckets(1, cookies, cookies);
    this.#unproven = new TokenBuckets(sources, perSource, perSource);
    this.#proven = new TokenBuckets(sources, perSource, perSource);
  }

  /** Whether an initiation from this address record may be taken without a proof of where it comes from. */
  takeUnproven(address: Uint8Array, now: number): boolean {
    if (now < this.#loadedUntil || !this.#unproven.take(this.#place(address), now)) return false;
    if (this.#total.take(0, now, this.#limits.total / 2)) return true;
    this.#loadedUntil = now + LOAD_LASTS;
    return false;
  }

  takeProven(address: Uint8Array, now: number): 'ok' | 'rate' | 'source-rate' {
    if (!this.#proven.take(this.#place(address), now)) return 'source-rate';
    return this.#total.take(0, now) ? 'ok' : 'rate';
  }

  /** Whether a cookie reply may be sent. */
  takeCookie(now: number): boolean {
    return this.#cookies.take(0, now);
  }

  #place(address: Uint8Array): number {
    return this.#hash.source(address, 0) % this.#limits.sources;
  }
}
