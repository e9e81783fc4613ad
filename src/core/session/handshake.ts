/**
 * The handshake machine: who starts, who answers, when again, and which session counts. SANS-IO; times
 * are milliseconds of any steady clock.
 *
 * An end that wants a session sends an initiation over every link of the peer, again after 250, 500,
 * 1000 and 2000 ms and then every 5 s. The same initiation is sent while it is young; the responder
 * knows it again by its mac1 and answers each copy with the same response, so all links try at once and
 * the first that works wins. The responder may send only after the initiator's first datagram under
 * the new keys has come (`confirmed`).
 *
 * Both ends at once. One rule makes both see the sessions in the same order: *who answers an initiation
 * gives up the one it has out itself.* Two handshakes could only be finished in different orders at the
 * two ends if one end had answered the other's while its own was out, and finished its own after that.
 * What is left is that both give theirs up. So the host with the lower id insists: for its first three
 * tries it leaves the other's initiation unanswered and sends its own again at once, because what came
 * in shows that a way is open. And an end that gave up its own tries anew if the session that it
 * answered stays unused, the lower id after 1 s, the higher after 2 s.
 *
 * Toward whoever doesn't hold a configured key a host is silent, but for cookie replies under load
 * (admission.ts): shape and mac1 are looked at first, then the rate, then the curve.
 */
import { mapKey } from '../crypto/bytes.js';
import type { Primitives } from '../crypto/primitives.js';
import { classify, receiverIndex, senderIndex } from '../wire/handshake.js';
import { Admission } from './admission.js';
import type { Arrival } from './arrival.js';
import {
  type Identity,
  type OpenedInitiation,
  type Random,
  readInitiation,
  readResponse,
  writeInitiation,
  writeResponse,
} from './exchange.js';
import { HandshakeMembers } from './handshake-members.js';
import type { HandshakesOptions } from './handshake-options.js';
import type { HandshakeSink, Refusal } from './handshake-sink.js';
import * as timing from './handshake-timing.js';
import { InitiationSender } from './initiation-sender.js';
import type { PeerHandshake, PeerKey } from './peer-handshake.js';
import type { Session } from './session-slots.js';

const NEVER = Number.POSITIVE_INFINITY;

export class Handshakes extends HandshakeMembers {
  readonly #primitives: Primitives;
  readonly #random: Random;
  readonly #stamp: () => bigint;
  readonly #sink: HandshakeSink;
  readonly #admission: Admission;
  readonly #sender: InitiationSender;
  readonly #pauses = this.pauses;
  readonly #peers = this.peers;

  constructor(options: HandshakesOptions) {
    super(options);
    this.#primitives = options.primitives;
    this.#random = options.random;
    this.#stamp = options.stamp;
    this.#sink = options.sink;
    this.#admission = new Admission(options.primitives, options.random, options.limits);
    this.#sender = new InitiationSender(options.primitives, options.sink);
  }

  /** Starts initiating now, or starts over with the short pauses. A session that lives is used meanwhile. */
  connect(peer: number, now: number): void {
    const state = this.#peers.get(peer);
    if (!state) return;
    state.wanted = true;
    state.tries = 0;
    this.#sink.event?.(peer, 'connecting');
    this.#attempt(state, now);
  }

  /**
   * Makes a session that follows the present one. Does nothing while an initiation is on its way; while one of
   * the peer's was just answered, that is the new session, and this waits to see it used. A session that is
   * very young is given time to settle.
   */
  rekey(peer: number, now: number): void {
    const state = this.#peers.get(peer);
    if (!state) return;
    state.wanted = true;
    state.rekeyAt = NEVER;
    if (state.pending) return;
    const { next, current } = state.sessions;
    // The very sums that become the deadline: a difference may be rounded to the other side of it, for ever.
    const settled = next ? next.establishedAt + timing.RETRY : current ? current.establishedAt + timing.SETTLE : now;
    if (now < settled) {
      this.scheduleRekey(state, settled);
      return;
    }
    state.tries = 0;
    this.#sink.event?.(peer, 'rekey');
    this.#attempt(state, now);
  }

  /** The lane got the first datagram under the keys that it held as *next*: the responder must be told so. */
  confirmed(peer: number, localIndex: number): void {
    const state = this.#peers.get(peer);
    const session = state && this.#peers.confirmSession(state, localIndex);
    if (!session) return;
    state.wanted = true;
    if (!state.pending) {
      state.attemptAt = NEVER;
      state.tries = 0;
    }
    this.scheduleRekey(state, state.stale ? session.establishedAt : this.#pauses.rekeyTime(session));
  }

  /** Entries of all tables: what is held for the configured peers, and for nobody else. */
  get tableSize(): number {
    return this.#peers.size;
  }

  /** Time of the next `onTimeout`, or Infinity. It may come early, never late. */
  nextTimeout(): number {
    return this.soonest;
  }

  onTimeout(now: number): void {
    if (now < this.soonest) return;
    this.identities?.expire(now);
    this.soonest = this.identities?.deadline ?? NEVER;
    for (const state of this.#peers.all()) {
      if (state.deadline() <= now) this.#onDeadline(state, now);
      this.soonest = Math.min(this.soonest, state.deadline());
    }
  }

  #onDeadline(state: PeerHandshake, now: number): void {
    this.#peers.expireOverlap(state, now);
    const expired = this.#peers.expireSessions(state, timing.REJECT_AFTER, now);
    for (const { localIndex } of expired) this.#sink.expired(state.peer, localIndex);
    if (state.sessions.current === null) state.rekeyAt = NEVER;
    if (state.attemptAt <= now) this.#attempt(state, now);
    else if (state.rekeyAt <= now) this.rekey(state.peer, now);
    else if (state.wanted && state.sessions.current === null && state.attemptAt === NEVER && this.identities) {
      this.#sink.event?.(state.peer, 'expired');
      this.connect(state.peer, now);
    }
  }

  /**
   * Takes a handshake datagram from `link`. `address` is the record of its source, copied where it is kept.
   * Never throws for what a stranger sends; a refusal has changed nothing and sent nothing.
   */
  onDatagram(link: number, bytes: Uint8Array, address: Uint8Array, now: number): Refusal | 'ok' {
    const arrival: Arrival = { link, bytes, address, now, mac: '', peer: null };
    const verdict = this.#receive(arrival);
    if (verdict !== 'ok') this.#sink.refused?.(verdict, link, address, arrival.peer);
    return verdict;
  }

  #receive(arrival: Arrival): Refusal | 'ok' {
    const { bytes } = arrival;
    if (this.identities === null) return 'no-identity';
    const kind = classify(bytes);
    if (kind === 'cookie-reply') return this.#sender.takeCookie(this.#peers, arrival);
    if (kind !== 'initiation' && kind !== 'response') return kind;
    const addressed = this.identities.addressedBy(bytes);
    if (addressed === null) return 'mac1';
    const { identity, mac } = addressed;
    arrival.mac = mapKey(mac);
    return kind === 'initiation' ? this.#onInitiation(identity, arrival) : this.#onResponse(identity, arrival);
  }

  #onInitiation(identity: Identity, arrival: Arrival): Refusal | 'ok' {
    const { link, bytes, address, now } = arrival;
    const before = this.#peers.withAnswered(arrival.mac);
    if (before?.answered) {
      arrival.peer = before.peer;
      if (now >= before.answered.until) return 'replay';
      this.#sink.sendReply(link, address, before.answered.response);
      return 'ok';
    }
    const judged = this.#admission.judge(identity.cookieKey, bytes, address, now);
    if (typeof judged !== 'string') {
      this.#sink.sendReply(link, address, judged);
      return 'unproven';
    }
    if (judged !== 'ok') return judged;
    const opened = readInitiation(this.#primitives, identity, bytes, (key) => this.#peers.withKey(key));
    if (typeof opened === 'string') return opened;
    const { key } = opened;
    const state = key.owner;
    arrival.peer = state.peer;
    if (opened.stamp <= key.greatestStamp) {
      opened.noise.wipe();
      return 'replay';
    }
    if (state.pending && identity.hostId < state.hostId && state.tries < timing.INSISTING_TRIES) {
      opened.noise.wipe();
      if (opened.stamp > key.passedOverStamp) key.passedOverStamp = opened.stamp;
      this.#insist(state, arrival);
      return 'ok';
    }
    return this.#answer(identity, opened, arrival);
  }

  /** Both ends have opened and ours goes first. The other's stamp is not noted: it may yet have to be answered. */
  #insist(state: PeerHandshake, { link, address, now }: Arrival): void {
    if (now - state.sightAt < timing.SIGHT_INTERVAL) return;
    state.sightAt = now;
    this.#sink.event?.(state.peer, 'simultaneous-open');
    this.#sender.sendBack(state, link, address, now);
    this.#sender.send(state, now);
  }

  #answer(identity: Identity, opened: OpenedInitiation<PeerKey>, arrival: Arrival): Refusal | 'ok' {
    const { now } = arrival;
    const state = opened.key.owner;
    const localIndex = this.#newIndex();
    const answer = writeResponse(this.#primitives, this.#random, identity, opened, localIndex);
    if (typeof answer === 'string') return answer;
    this.#noteStamp(opened.key, opened.stamp);
    state.stale = false;
    this.#peers.setAnswered(state, { mac1: arrival.mac, response: answer.bytes, until: now + timing.RESPONSE_LIFE });
    this.#peers.dropPending(state);
    this.#addSession(state, { localIndex, initiator: false, establishedAt: now, responseMac: null });
    if (state.attemptAt < NEVER || (state.wanted && state.sessions.current === null)) {
      state.tries = 0;
      this.schedule(state, now + this.#pauses.unused(identity.hostId < state.hostId));
    }
    this.#sink.established({
      peer: state.peer,
      localIndex,
      remoteIndex: opened.remoteIndex,
      sendKey: answer.keys.toInitiator,
      receiveKey: answer.keys.toResponder,
      initiator: false,
    });
    this.#sink.event?.(state.peer, 'established-as-responder');
    this.#sink.sendReply(arrival.link, arrival.address, answer.bytes);
    return 'ok';
  }

  #onResponse(identity: Identity, arrival: Arrival): Refusal | 'ok' {
    const { bytes, now } = arrival;
    const localIndex = receiverIndex(bytes);
    const state = this.#peers.withIndex(localIndex);
    if (!state) return 'unknown-index';
    const initiation = state.pending;
    if (!initiation || initiation.localIndex !== localIndex) {
      return state.sessions.all().some((session) => session.responseMac === arrival.mac) ? 'ok' : 'unknown-index';
    }
    arrival.peer = state.peer;
    if (!state.takeAnswer(arrival.link)) return 'rate';
    const keys = readResponse(this.#primitives, identity, state, initiation, bytes);
    if (typeof keys === 'string') {
      this.#sink.event?.(state.peer, 'response-refused');
      return keys;
    }
    this.#peers.dropPending(state);
    // What the peer gave up for ours, nobody shall bring again.
    for (const key of [state.key, state.olderKey]) if (key !== null) this.#noteStamp(key, key.passedOverStamp);
    state.attemptAt = NEVER;
    state.tries = 0;
    state.unanswered = 0;
    state.stale = false;
    state.wanted = true;
    const session = { localIndex, initiator: true, establishedAt: now, responseMac: arrival.mac };
    this.#addSession(state, session);
    this.scheduleRekey(state, this.#pauses.rekeyTime(session));
    this.#sink.established({
      peer: state.peer,
      localIndex,
      remoteIndex: senderIndex(bytes),
      sendKey: keys.toResponder,
      receiveKey: keys.toInitiator,
      initiator: true,
    });
    this.#sink.event?.(state.peer, 'established-as-initiator');
    return 'ok';
  }

  #noteStamp(key: PeerKey, stamp: bigint): void {
    if (stamp <= key.greatestStamp) return;
    key.greatestStamp = stamp;
    this.#sink.stampAccepted?.(key.publicKey, stamp);
  }

  /** One try of our own: the initiation that is out if it is young, else a new one. */
  #attempt(state: PeerHandshake, now: number): void {
    state.attemptAt = NEVER;
    if (this.identities === null) return;
    if (state.pending && now - state.pending.createdAt >= timing.INITIATION_LIFE) this.#peers.dropPending(state);
    if (!state.pending) {
      const [index, stamp] = [this.#newIndex(), this.#stamp()];
      const { current } = this.identities;
      const initiation = writeInitiation(this.#primitives, this.#random, current, state.nextKey(), index, stamp, now);
      state.unanswered++;
      if (initiation === null) {
        state.wanted = false;
        this.#sink.event?.(state.peer, 'unusable-key');
        return;
      }
      this.#peers.setPending(state, initiation);
    }
    this.schedule(state, now + this.#pauses.retry(state.tries));
    state.tries++;
    if (state.tries === timing.INSISTING_TRIES + 1) this.#sink.event?.(state.peer, 'no-answer');
    this.#sender.send(state, now);
  }

  #addSession(state: PeerHandshake, session: Session): void {
    this.#peers.addSession(state, session);
    this.soonest = Math.min(this.soonest, state.deadline());
  }

  #newIndex(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#random(4);
    return this.#peers.freeIndex((a << 24) | (b << 16) | (c << 8) | d);
  }
}
