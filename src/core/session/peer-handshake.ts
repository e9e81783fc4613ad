/** What the handshake machine holds for one configured peer. Nothing of the kind exists for strangers. */
import type { Primitives } from '../crypto/primitives.js';
import { LINKS } from '../limits.js';
import { HeldCookies } from './cookies.js';
import { type Initiation, type Remote, type RemoteKey, wipeInitiation } from './exchange.js';
import type { PeerOptions } from './handshake-options.js';
import { REJECT_AFTER } from './handshake-timing.js';
import { mac1Key } from './key-schedule.js';
import { PskOverlap, sameBytes } from './psk-overlap.js';
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

/** A public key of a peer, and what came under it. */
export class PeerKey implements RemoteKey {
  readonly publicKey: Uint8Array;
  readonly mac1Key: Uint8Array;
  /** Greatest stamp of the initiations that were left unanswered because ours goes first. */
  passedOverStamp = NO_STAMP;

  constructor(
    primitives: Primitives,
    readonly owner: PeerHandshake,
    publicKey: Uint8Array,
    /** Greatest stamp that was accepted from this key. */
    public greatestStamp: bigint,
  ) {
    this.publicKey = publicKey.slice();
    this.mac1Key = mac1Key(primitives, publicKey);
  }

  /** Takes over what was accepted from the same key before. */
  inherit(before: PeerKey): void {
    if (before.greatestStamp > this.greatestStamp) this.greatestStamp = before.greatestStamp;
  }
}

export class PeerHandshake implements Remote {
  readonly peer: number;
  readonly hostId: number;
  readonly psk: PskOverlap;
  /** The key that is configured. */
  key: PeerKey;
  /** The one that it replaced, while that still counts. */
  olderKey: PeerKey | null = null;
  olderKeyUntil = Number.POSITIVE_INFINITY;
  /** Keys were changed after the present session was agreed on: another is due. */
  stale = false;
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
  /** Initiations made since the last that had an answer. */
  unanswered = 0;
  answered: Answered | null = null;
  readonly sessions = new SessionSlots();
  readonly cookies = new HeldCookies();
  /** Bit n: the initiation that waits was sent again over link n because of a cookie reply. */
  provedLinks = 0;
  /** Responses and cookie replies that were tried with the initiation that waits, by link. */
  readonly #answers = new Uint8Array(LINKS);

  /** @param greatestStamp greatest stamp ever accepted from its static key */
  constructor(primitives: Primitives, options: PeerOptions, greatestStamp: bigint) {
    this.peer = options.peer;
    this.hostId = options.hostId;
    this.psk = new PskOverlap(options.psk);
    this.key = new PeerKey(primitives, this, options.publicKey, greatestStamp);
  }

  /** True when `options` describe the same peer, so that its sessions may stay as they are. */
  matches(options: PeerOptions): boolean {
    return this.hostId === options.hostId && this.hasKey(options.publicKey) && this.psk.is(options.psk);
  }

  hasKey(publicKey: Uint8Array): boolean {
    return sameBytes(this.key.publicKey, publicKey);
  }

  /** Takes over what stays true of a peer whose description has changed. */
  inherit(old: PeerHandshake): void {
    this.wanted = old.wanted;
    if (old.hasKey(this.key.publicKey)) this.key.inherit(old.key);
  }

  /** The key that our next initiation is for: the newest, and while there is an older one, both in turn. */
  nextKey(): PeerKey {
    return this.olderKey !== null && this.unanswered % 2 === 1 ? this.olderKey : this.key;
  }

  /** Time at which an older key or psk is to be forgotten, or Infinity. */
  overlapEnd(): number {
    return Math.min(this.olderKey === null ? Number.POSITIVE_INFINITY : this.olderKeyUntil, this.psk.deadline);
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
    let soonest = Math.min(this.attemptAt, this.rekeyAt, this.overlapEnd());
    for (const session of this.sessions.all()) soonest = Math.min(soonest, session.establishedAt + REJECT_AFTER);
    return soonest;
  }

  /** Forgets the secrets. */
  wipe(): void {
    if (this.pending) wipeInitiation(this.pending);
    this.pending = null;
    this.psk.wipe();
  }
}
