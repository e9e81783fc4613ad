/**
 * Who takes part in handshakes: this host under its keys, and its peers under theirs; and what a change of
 * them does to the sessions. The machine (handshake.ts) is built on this.
 */
import type { Primitives } from '../crypto/primitives.js';
import type { IdentityOptions } from './exchange.js';
import type { HandshakesOptions, PeerOptions } from './handshake-options.js';
import { HandshakePauses } from './handshake-pauses.js';
import type { HandshakeSink } from './handshake-sink.js';
import type { HandshakeStatus } from './handshake-status.js';
import { statusOf } from './handshake-status.js';
import { Identities } from './identities.js';
import { NO_STAMP, PeerHandshake, PeerKey } from './peer-handshake.js';
import { PeerTable } from './peer-table.js';
import { sameBytes } from './psk-overlap.js';

const NEVER = Number.POSITIVE_INFINITY;

export abstract class HandshakeMembers {
  protected readonly pauses: HandshakePauses;
  protected identities: Identities | null = null;
  protected readonly peers = new PeerTable();
  /** Not later than the earliest deadline of any peer. */
  protected soonest = NEVER;
  readonly #primitives: Primitives;
  readonly #sink: HandshakeSink;
  readonly #acceptedStamp: (publicKey: Uint8Array) => bigint;

  constructor({ primitives, random, sink, acceptedStamp = () => NO_STAMP }: HandshakesOptions) {
    this.#primitives = primitives;
    this.#sink = sink;
    this.#acceptedStamp = acceptedStamp;
    this.pauses = new HandshakePauses(random);
  }

  /**
   * Who this host is, or null for nobody. All initiations and sessions of before are dropped (`expired` is
   * called for the sessions); peers that were wanted are due for a new try at once.
   * @throws RangeError when the name of the network is longer than 255 bytes.
   */
  setIdentity(options: IdentityOptions | null): void {
    const identities = options && new Identities(this.#primitives, options);
    this.identities?.wipe();
    this.identities = identities;
    for (const state of this.peers.all()) this.#restart(state);
  }

  /**
   * This host goes on as the same, of the same network, with other keys or another psk. Sessions live on; if it
   * speaks with another key or psk than before, each is soon followed by a new one. The psk of before counts
   * until `oldUntil`. Without that, sessions begin anew where anything is different.
   */
  changeIdentity(options: IdentityOptions, oldUntil: number | undefined, now: number): void {
    if (this.identities === null) {
      this.setIdentity(options);
      return;
    }
    const changed = this.identities.change(options, oldUntil ?? now);
    this.identities.expire(now);
    this.soonest = Math.min(this.soonest, this.identities.deadline);
    if (!changed) return;
    for (const state of this.peers.all()) {
      if (oldUntil === undefined) this.#restart(state);
      else this.#renew(state, now + this.pauses.renew(this.peers.count));
    }
  }

  /**
   * Adds a peer or changes it. A new host id begins its sessions anew, and so do a new key or psk unless
   * `oldUntil` says how long those of before count: then they live on, and are followed by a new one at once.
   * True when sessions begin anew.
   */
  setPeer(options: PeerOptions): boolean {
    const old = this.peers.get(options.peer);
    if (old?.matches(options)) return false;
    if (old?.hostId === options.hostId && options.oldUntil !== undefined) {
      this.#changeKeys(old, options, options.oldUntil);
      return false;
    }
    const state = new PeerHandshake(this.#primitives, options, this.#acceptedStamp(options.publicKey));
    if (old) {
      state.inherit(old);
      this.#restart(old);
      this.peers.remove(old);
    }
    this.peers.add(state);
    if (state.wanted) this.schedule(state, 0);
    return true;
  }

  #changeKeys(state: PeerHandshake, { publicKey, psk }: PeerOptions, oldUntil: number): void {
    state.psk.replace(psk, oldUntil);
    if (!state.hasKey(publicKey)) {
      const key = new PeerKey(this.#primitives, state, publicKey, this.#acceptedStamp(publicKey));
      // Back to the key of before: what came under it must not come again.
      const known = state.olderKey;
      if (known !== null && sameBytes(known.publicKey, publicKey)) key.inherit(known);
      this.peers.changeKey(state, key, oldUntil);
    }
    this.#renew(state, 0);
  }

  /** Forgets all keys that were replaced, before their time. */
  endOverlaps(): void {
    this.identities?.expire(NEVER);
    for (const state of this.peers.all()) this.peers.expireOverlap(state, NEVER);
  }

  /** Forgets the peer. Its keys in the lane are the caller's to drop. */
  removePeer(peer: number): void {
    const state = this.peers.get(peer);
    if (state) this.peers.remove(state);
  }

  /** Drops all that was agreed with the peer, `expired` being called for its sessions; `connect` makes another. */
  restart(peer: number): void {
    const state = this.peers.get(peer);
    if (state) this.#restart(state);
  }

  /** How things stand with a peer; null for one that is not known. */
  status(peer: number, now: number): HandshakeStatus | null {
    const state = this.peers.get(peer);
    return state === undefined ? null : statusOf(state, now);
  }

  /** Drops all that was agreed with the peer; a peer that was wanted is due at once. */
  #restart(state: PeerHandshake): void {
    this.peers.dropPending(state);
    this.peers.setAnswered(state, null);
    const sessions = this.peers.dropSessions(state);
    state.rekeyAt = NEVER;
    state.tries = 0;
    this.schedule(state, state.wanted ? 0 : NEVER);
    for (const session of sessions) this.#sink.expired(state.peer, session.localIndex);
  }

  /** Keys have changed: what is out was made with those of before, and at `at` there is to be a session with the new. */
  #renew(state: PeerHandshake, at: number): void {
    this.peers.dropPending(state);
    state.stale = true;
    state.tries = 0;
    state.unanswered = 0;
    if (state.sessions.current !== null) {
      state.attemptAt = NEVER;
      this.scheduleRekey(state, at);
    } else if (state.wanted) this.schedule(state, at);
    this.soonest = Math.min(this.soonest, state.deadline());
  }

  protected schedule(state: PeerHandshake, at: number): void {
    state.attemptAt = at;
    this.soonest = Math.min(this.soonest, at);
  }

  protected scheduleRekey(state: PeerHandshake, at: number): void {
    state.rekeyAt = at;
    this.soonest = Math.min(this.soonest, at);
  }
}
