/**
 * The peers of the handshake machine and the ways to find one: by its number, its static keys, the
 * initiation of it that was answered last, and the index that we gave out for a session or an initiation.
 * Every table is bounded by the configured peers: one entry each, up to two keys and up to five indices
 * (four sessions, one initiation). All changes of what is indexed go through here.
 */
import { mapKey } from '../crypto/bytes.js';
import { type Initiation, wipeInitiation } from './exchange.js';
import type { Answered, PeerHandshake, PeerKey } from './peer-handshake.js';
import type { Session } from './session-slots.js';

export class PeerTable {
  readonly #peers = new Map<number, PeerHandshake>();
  readonly #byKey = new Map<string, PeerKey>();
  readonly #byAnswered = new Map<string, PeerHandshake>();
  readonly #byIndex = new Map<number, PeerHandshake>();

  get(peer: number): PeerHandshake | undefined {
    return this.#peers.get(peer);
  }

  withKey(publicKey: Uint8Array): PeerKey | undefined {
    return this.#byKey.get(mapKey(publicKey));
  }

  withAnswered(mac1: string): PeerHandshake | undefined {
    return this.#byAnswered.get(mac1);
  }

  withIndex(localIndex: number): PeerHandshake | undefined {
    return this.#byIndex.get(localIndex);
  }

  get count(): number {
    return this.#peers.size;
  }

  all(): Iterable<PeerHandshake> {
    return this.#peers.values();
  }

  add(state: PeerHandshake): void {
    this.#peers.set(state.peer, state);
    this.#byKey.set(mapKey(state.key.publicKey), state.key);
  }

  /** Gives the peer a new public key; the present one counts until `until`. */
  changeKey(state: PeerHandshake, key: PeerKey, until: number): void {
    this.#dropOlderKey(state);
    state.olderKey = state.key;
    state.olderKeyUntil = until;
    state.key = key;
    this.#byKey.set(mapKey(key.publicKey), key);
  }

  /** Forgets the key and the psk of before when their time is over, and an initiation that may be made for them. */
  expireOverlap(state: PeerHandshake, now: number): void {
    state.psk.expire(now);
    if (now >= state.olderKeyUntil) this.#dropOlderKey(state);
  }

  #dropOlderKey(state: PeerHandshake): void {
    if (state.olderKey === null) return;
    this.dropPending(state);
    this.#forgetKey(state.olderKey);
    state.olderKey = null;
  }

  /** Takes the peer out and wipes its secrets. */
  remove(state: PeerHandshake): void {
    this.dropPending(state);
    this.dropSessions(state);
    this.setAnswered(state, null);
    this.#peers.delete(state.peer);
    this.#dropOlderKey(state);
    this.#forgetKey(state.key);
    state.wipe();
  }

  setPending(state: PeerHandshake, initiation: Initiation): void {
    this.#byIndex.set(initiation.localIndex, state);
    state.setPending(initiation);
  }

  dropPending(state: PeerHandshake): void {
    if (!state.pending) return;
    this.#byIndex.delete(state.pending.localIndex);
    wipeInitiation(state.pending);
    state.pending = null;
  }

  setAnswered(state: PeerHandshake, answered: Answered | null): void {
    if (state.answered) this.#byAnswered.delete(state.answered.mac1);
    state.answered = answered;
    if (answered) this.#byAnswered.set(answered.mac1, state);
  }

  addSession(state: PeerHandshake, session: Session): void {
    this.#release(state.sessions.add(session));
    this.#byIndex.set(session.localIndex, state);
  }

  /** Makes *next* current and returns it; null when `localIndex` is not its index. */
  confirmSession(state: PeerHandshake, localIndex: number): Session | null {
    const gone = state.sessions.confirm(localIndex);
    if (gone === null) return null;
    this.#release(gone);
    return state.sessions.current;
  }

  /** Takes out the sessions that are `age` ms old. */
  expireSessions(state: PeerHandshake, age: number, now: number): Session[] {
    const gone = state.sessions.takeOlder(age, now);
    this.#release(gone);
    return gone;
  }

  dropSessions(state: PeerHandshake): Session[] {
    return this.expireSessions(state, Number.NEGATIVE_INFINITY, 0);
  }

  /** A positive 31-bit number that is not in use, `proposal` if it isn't. */
  freeIndex(proposal: number): number {
    let index = proposal & 0x7fffffff;
    while (index === 0 || this.#byIndex.has(index)) index = (index + 1) & 0x7fffffff;
    return index;
  }

  /** Entries of all tables: at most nine for each peer. */
  get size(): number {
    return this.#peers.size + this.#byKey.size + this.#byAnswered.size + this.#byIndex.size;
  }

  /** Another peer may have been given the key meanwhile. */
  #forgetKey(key: PeerKey): void {
    const name = mapKey(key.publicKey);
    if (this.#byKey.get(name) === key) this.#byKey.delete(name);
  }

  #release(sessions: Session[]): void {
    for (const session of sessions) this.#byIndex.delete(session.localIndex);
  }
}
