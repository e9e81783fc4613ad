/**
 * Who this host is, while its key changes: the key that it speaks with, and others (the one that comes
 * next, the one of before) to which it still answers. At most three, so mac1 costs at most three hashes.
 */
import type { Primitives } from '../crypto/primitives.js';
import { checkMac1, Identity, type IdentityOptions } from './exchange.js';
import { PskOverlap, sameBytes } from './psk-overlap.js';

export class Identities {
  readonly #primitives: Primitives;
  readonly #psk: PskOverlap;
  /** The one that speaks, then those that only answer. */
  #all: Identity[];

  /** @throws RangeError when the name of the network is longer than 255 bytes. */
  constructor(primitives: Primitives, options: IdentityOptions) {
    this.#primitives = primitives;
    this.#psk = new PskOverlap(options.networkPsk);
    this.#all = this.#made(options, []);
  }

  get current(): Identity {
    return this.#all[0] as Identity;
  }

  /** Time at which the older psk of the network is to be forgotten, or Infinity. */
  get deadline(): number {
    return this.#psk.deadline;
  }

  /**
   * The same host with other keys; the psk of before counts until `until`. Keys that are not named any more
   * are wiped. True when this host now speaks with another key, or another psk.
   */
  change(options: IdentityOptions, until: number): boolean {
    const before = this.#all;
    const spoke = this.current;
    const newPsk = this.#psk.replace(options.networkPsk, until);
    this.#all = this.#made(options, before);
    for (const gone of before) if (!this.#all.includes(gone)) gone.wipeKey();
    return newPsk || this.current !== spoke;
  }

  /** The identity that a message of good shape was made for, and its mac1; null when it is none of ours. */
  addressedBy(bytes: Uint8Array): { identity: Identity; mac: Uint8Array } | null {
    for (const identity of this.#all) {
      const mac = checkMac1(this.#primitives, identity, bytes);
      if (mac !== null) return { identity, mac };
    }
    return null;
  }

  expire(now: number): void {
    this.#psk.expire(now);
  }

  wipe(): void {
    this.#psk.wipe();
    for (const identity of this.#all) identity.wipeKey();
  }

  /** Identities for every key in `options`; those of `known` go on, for initiations may be out with them. */
  #made(options: IdentityOptions, known: readonly Identity[]): Identity[] {
    const made: Identity[] = [];
    for (const secretKey of [options.secretKey, ...(options.answerKeys ?? [])]) {
      if (made.some((identity) => sameBytes(identity.secretKey, secretKey))) continue;
      const old = known.find((identity) => sameBytes(identity.secretKey, secretKey));
      made.push(old ?? new Identity(this.#primitives, options, secretKey, this.#psk));
    }
    return made;
  }
}
