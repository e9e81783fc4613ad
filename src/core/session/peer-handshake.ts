/** What the handshake machine holds for one configured peer. Nothing of the kind exists for strangers. */
import { wipe } from '../crypto/bytes.js';
import { LINKS } from '../limits.js';
import { HeldCookies } from './cookies.js';
import { type Initiation, type Remote, wipeInitiation } from './exchange.js';
import type { PeerOptions } from './handshake-options.js';
import { REJECT_AFTER } from './handshake-timing.js';
import { SessionSlots } from './session-slots.js';

/** The last initiation that was answered, by its mac1, so that copies over other links get the same answer. */
export interface Answered {
  readonly mac1: string;
  readonly response: Uint8Array;
  /** Time until which copies are answered. */
  readonly until: number;
}

/** Answers on one link that are tried with one initiation: who sees it there can spoil that link only. */
const MAX_ANSWERS = 8;

/** Below every stamp. */
export const NO_STAMP = -1n;

export class PeerHandshake implements Remote {
  readonly peer: number;
  readonly hostId: number;
  readonly publicKey: Uint8Array;
  readonly psk: Uint8Array | null;
  readonly mac1Key: Uint8Array;
  /** This end wants a session and makes one when there is none. */
  wanted = false;
  pending: Initiation | null = null;
  /** Tries since we last had an answer. */
  tries = 0;
  /** Time of the next try of our own, or Infinity. */
  attemptAt = Number.POSITIVE_INFINITY;
  /** Time at which the current session is to be followed by a new one, or Infinity. */
  rekeyAt = Number.POSITIVE_INFINITY;
  /** When our initiation was last sent again at the sight of the peer's. */
  sightAt = Number.NEGATIVE_INFINITY;
  /** Greatest stamp that was accepted from this static key. */
  greatestStamp: bigint;
  /** Greatest stamp of the initiations that were left unanswered because ours goes first. */
  passedOverStamp = NO_STAMP;
  answered: Answered | null = null;
  readonly sessions = new SessionSlots();
  readonly cookies = new HeldCookies();
  /** Bit n: the initiation that waits was sent again over link n because of a cookie reply. */
  provedLinks = 0;
  /** Responses and cookie replies that were tried with the initiation that waits, by link. */
  readonly #answers = new Uint8Array(LINKS);

  /** @param greatestStamp greatest stamp ever accepted from its static key */
  constructor(options: PeerOptions, mac1Key: Uint8Array, greatestStamp: bigint) {
    this.peer = options.peer;
    this.hostId = options.hostId;
    this.publicKey = options.publicKey.slice();
    this.psk = options.psk?.slice() ?? null;
    this.mac1Key = mac1Key;
    this.greatestStamp = greatestStamp;
  }

  /** True when `options` describe the same peer, so that its sessions may stay. */
  matches(options: PeerOptions): boolean {
    return this.hostId === options.hostId && same(this.publicKey, options.publicKey) && same(this.psk, options.psk);
  }

  /** Takes over what stays true of a peer whose description has changed. */
  inherit(old: PeerHandshake): void {
    this.wanted = old.wanted;
    if (same(old.publicKey, this.publicKey) && old.greatestStamp > this.greatestStamp) {
      this.greatestStamp = old.greatestStamp;
    }
  }

  /** A new initiation waits: whatever came for the one before is forgotten. */
  setPending(initiation: Initiation): void {
    this.pending = initiation;
    this.provedLinks = 0;
    this.#answers.fill(0);
  }

  /** Whether one more answer that came on `link` may be tried with the initiation that waits. */
  takeAnswer(link: number): boolean {
    const answers = this.#answers[link] ?? MAX_ANSWERS;
    if (answers >= MAX_ANSWERS) return false;
    this.#answers[link] = answers + 1;
    return true;
  }

  /** Time of the next thing to do, or Infinity. */
  deadline(): number {
    let soonest = Math.min(this.attemptAt, this.rekeyAt);
    for (const session of this.sessions.all()) soonest = Math.min(soonest, session.establishedAt + REJECT_AFTER);
    return soonest;
  }

  /** Forgets the secrets. */
  wipe(): void {
    if (this.pending) wipeInitiation(this.pending);
    this.pending = null;
    wipe(this.psk);
  }
}

function same(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : a.length === b.length && a.every((byte, at) => byte === b[at]);
}
