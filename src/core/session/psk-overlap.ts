/**
 * A pre-shared key and, for a while, the one that it replaced. The initiator says by a tag which one it
 * would use; the responder takes the one that the tag fits. So the hosts of a network may change theirs in
 * any order. At most two are held: another change within the overlap ends the oldest.
 */
import { wipe } from '../crypto/bytes.js';
import type { Primitives } from '../crypto/primitives.js';
import { pskTag } from './key-schedule.js';

/** Null stands for "none", which counts as zeros. */
export type Psk = Uint8Array | null;

export class PskOverlap {
  #newest: Psk;
  #older: Psk = null;
  #olderUntil = Number.NEGATIVE_INFINITY;

  /** @param psk 32 bytes, copied */
  constructor(psk: Psk) {
    this.#newest = psk?.slice() ?? null;
  }

  get newest(): Psk {
    return this.#newest;
  }

  /** Time at which the older one is to be forgotten, or Infinity when there is none. */
  get deadline(): number {
    return this.#olderUntil === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : this.#olderUntil;
  }

  /** Those that count, the newest first. */
  candidates(): readonly Psk[] {
    return this.deadline < Number.POSITIVE_INFINITY ? [this.#newest, this.#older] : [this.#newest];
  }

  is(psk: Psk): boolean {
    return sameBytes(this.#newest, psk);
  }

  /** Takes a new one; the present one counts until `until`. False when it is the present one. */
  replace(psk: Psk, until: number): boolean {
    if (this.is(psk)) return false;
    wipe(this.#older);
    this.#older = this.#newest;
    this.#olderUntil = until;
    this.#newest = psk?.slice() ?? null;
    return true;
  }

  /** Forgets the older one when its time is over. */
  expire(now: number): void {
    if (now < this.deadline) return;
    wipe(this.#older);
    this.#older = null;
    this.#olderUntil = Number.NEGATIVE_INFINITY;
  }

  /** The one that `tag` was made from, else the newest. */
  withTag(primitives: Primitives, tag: Uint8Array): Psk {
    for (const psk of this.candidates()) if (sameBytes(pskTag(primitives, psk), tag)) return psk;
    return this.#newest;
  }

  wipe(): void {
    this.expire(Number.POSITIVE_INFINITY);
    wipe(this.#newest, this.#older);
  }
}

/** Whether two keys are the same: for what this host itself was told, not for what a stranger sends. */
export function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : a.length === b.length && a.every((byte, at) => byte === b[at]);
}
