/**
 * The invitations that this host has given out, and what becomes of a request to join: SANS-IO. Times are
 * milliseconds of the wall clock, because an invitation must end on time over a restart too.
 *
 * An invitation is *open* until it is *used* or *withdrawn* or its time is over. It is marked used before
 * anything is done for the joiner; if that then fails, it is open again. What has ended is kept for a day,
 * with its secret, only so that who comes with it can be told why under its seal; then the secret is wiped.
 *
 * What a stranger can cause is looking up an id, and for who knows the id one hash. Only a holder of the
 * secret causes work on the curve, at a bounded rate; copies of a request get the answer of before.
 */
import { mapKey, wipe } from '../crypto/bytes.js';
import type { Primitives } from '../crypto/primitives.js';
import { JOIN_PROOF_SIZE, type JoinAnswer, type JoinRequest, joinRequestId } from '../wire/join.js';
import { hasProof, type JoinIdentity, type OpenedJoin, readJoinRequest, writeJoinAnswer } from './enrolment.js';
import type { Random } from './exchange.js';

/** Invitations that are held, open and ended ones together. */
export const MAX_INVITATIONS = 64;
/** Milliseconds for which one that has ended is kept. */
const KEPT = 24 * 3600 * 1000;
/** Requests that are opened in a second: an honest joiner makes one. */
const RATE = 20;

export interface Invitation {
  /** 8 bytes. */
  readonly id: Uint8Array;
  /** 32 bytes. */
  readonly secret: Uint8Array;
  /** The name that the peer gets here. */
  readonly peer: string;
  /** The host id that the joiner gets if it has none. */
  readonly hostId: number;
  /** The joiner's address on the segment with prefix length, or none. */
  readonly address: string | null;
  /** Wall clock, ms. */
  readonly expiresAt: number;
  state: 'open' | 'used' | 'withdrawn';
  /** When it was used or withdrawn. */
  endedAt: number | null;
  /** Static public key of the host that used it. */
  joiner: Uint8Array | null;
}

/** A request that is to be granted or not: the invitation is marked used, and must be settled. */
export interface Admission {
  readonly invitation: Invitation;
  readonly request: JoinRequest;
  readonly publicKey: Uint8Array;
  readonly opened: OpenedJoin;
  readonly proof: string;
}

export type JoinDrop =
  | 'malformed'
  | 'unknown-invitation'
  | 'proof'
  | 'rate'
  | 'no-identity'
  | 'authentication'
  | 'payload'
  | 'busy';

export type Verdict =
  /** Nothing is sent. */
  | { readonly kind: 'drop'; readonly reason: JoinDrop }
  | { readonly kind: 'answer'; readonly bytes: Uint8Array; readonly status: JoinAnswer['status'] | 'copy' }
  /** The caller stores the list, does what is to be done, and calls `settle`. */
  | { readonly kind: 'admit'; readonly admission: Admission }
  /** A copy of the request that is being admitted: it came another way. */
  | { readonly kind: 'again'; readonly admission: Admission };

export interface InvitationsOptions {
  primitives: Primitives;
  random: Random;
  /** This host, asked for each request that has a proof; its secret key is wiped here. */
  identity: () => JoinIdentity | null;
  /** Whether a peer with this public key is configured. */
  isPeer: (publicKey: Uint8Array) => boolean;
  /** What a peer with this public key was granted, to be said again; its psk is wiped here. */
  grant: (publicKey: Uint8Array) => JoinAnswer;
}

interface Answered {
  readonly proof: string;
  readonly bytes: Uint8Array;
  readonly granted: boolean;
}

/** Everything here is bounded by MAX_INVITATIONS. */
export class Invitations {
  readonly #options: InvitationsOptions;
  readonly #byId = new Map<string, Invitation>();
  /** The last request of each invitation that was answered. */
  readonly #answered = new Map<Invitation, Answered>();
  readonly #pending = new Map<Invitation, Admission>();
  /** The present second, and the requests opened in it. */
  #second = 0;
  #opened = 0;

  constructor(options: InvitationsOptions) {
    this.#options = options;
  }

  /** Takes up one that was stored. */
  restore(invitation: Invitation): void {
    if (this.#byId.size < MAX_INVITATIONS) this.#byId.set(mapKey(invitation.id), invitation);
  }

  /** Takes up one that was made; an open one for the same peer is withdrawn. False when there is no room. */
  add(invitation: Invitation, now: number): boolean {
    this.prune(now);
    this.withdraw(invitation.peer, now);
    if (this.#byId.size >= MAX_INVITATIONS) {
      const [oldest] = this.all().filter((held) => !isOpen(held, now) && !this.#pending.has(held));
      if (oldest === undefined) return false;
      this.#forget(oldest);
    }
    this.#byId.set(mapKey(invitation.id), invitation);
    return true;
  }

  /** In the order in which they were made. */
  all(): Invitation[] {
    return [...this.#byId.values()];
  }

  open(now: number): Invitation[] {
    return this.all().filter((invitation) => isOpen(invitation, now));
  }

  /** Ends the open invitation of this peer; false when there is none. */
  withdraw(peer: string, now: number): boolean {
    const invitation = this.open(now).find((held) => held.peer === peer);
    if (invitation === undefined) return false;
    invitation.state = 'withdrawn';
    invitation.endedAt = now;
    return true;
  }

  /** Wipes those that ended more than a day ago. True when there were some. */
  prune(now: number): boolean {
    const old = this.all().filter((held) => !this.#pending.has(held) && now - endOf(held) >= KEPT);
    for (const invitation of old) this.#forget(invitation);
    return old.length > 0;
  }

  /** Takes a datagram. Never throws for what is in it. */
  receive(bytes: Uint8Array, now: number): Verdict {
    const { primitives } = this.#options;
    const id = joinRequestId(bytes);
    if (id === null) return drop('malformed');
    const invitation = this.#byId.get(mapKey(id));
    if (invitation === undefined) return drop('unknown-invitation');
    if (!hasProof(primitives, invitation, bytes)) return drop('proof');
    const proof = mapKey(bytes.subarray(bytes.length - JOIN_PROOF_SIZE));
    const pending = this.#pending.get(invitation);
    if (pending?.proof === proof) return { kind: 'again', admission: pending };
    const before = this.#answered.get(invitation);
    if (before?.proof === proof && (!before.granted || this.#isPeer(invitation.joiner)))
      return { kind: 'answer', bytes: before.bytes, status: 'copy' };
    if (!this.#mayOpen(now)) return drop('rate');
    const identity = this.#options.identity();
    if (identity === null) return drop('no-identity');
    const opened = readJoinRequest(primitives, identity, bytes);
    wipe(identity.secretKey);
    if (typeof opened === 'string') return drop(opened);
    if (pending !== undefined) {
      opened.noise.wipe();
      return drop('busy');
    }
    return this.#judge({ invitation, opened, proof, request: opened.request, publicKey: opened.publicKey }, now);
  }

  #judge(admission: Admission, now: number): Verdict {
    const { invitation, publicKey } = admission;
    if (invitation.state === 'withdrawn') return this.#answer(admission, refusal('refused', 'it was withdrawn'));
    if (invitation.state === 'used') {
      const same = invitation.joiner !== null && this.#options.primitives.equal(invitation.joiner, publicKey);
      const again = same && this.#isPeer(publicKey);
      return this.#answer(admission, again ? this.#options.grant(publicKey) : refusal('used'));
    }
    if (now >= invitation.expiresAt) return this.#answer(admission, refusal('expired'));
    if (this.#isPeer(publicKey))
      return this.#answer(admission, refusal('refused', 'a peer with your key is configured there under another name'));
    invitation.state = 'used';
    invitation.endedAt = now;
    invitation.joiner = publicKey;
    this.#pending.set(invitation, admission);
    return { kind: 'admit', admission };
  }

  /** Ends an admission. If it was not granted, the invitation is open again. Null: the joiner can't be answered. */
  settle(admission: Admission, answer: JoinAnswer): Uint8Array | null {
    const { invitation } = admission;
    this.#pending.delete(invitation);
    if (answer.status !== 'ok') {
      invitation.state = 'open';
      invitation.endedAt = null;
      invitation.joiner = null;
    }
    const verdict = this.#answer(admission, answer);
    return verdict.kind === 'answer' ? verdict.bytes : null;
  }

  #answer({ invitation, opened, proof }: Admission, answer: JoinAnswer): Verdict {
    const { primitives, random } = this.#options;
    const bytes = writeJoinAnswer(primitives, random, invitation, opened, answer);
    wipe(answer.psk);
    if (bytes === null) return drop('authentication');
    this.#answered.set(invitation, { proof, bytes, granted: answer.status === 'ok' });
    return { kind: 'answer', bytes, status: answer.status };
  }

  #mayOpen(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#opened = 0;
    this.#second = second;
    return this.#opened++ < RATE;
  }

  #isPeer(publicKey: Uint8Array | null): boolean {
    return publicKey !== null && this.#options.isPeer(publicKey);
  }

  #forget(invitation: Invitation): void {
    wipe(invitation.secret);
    this.#answered.delete(invitation);
    this.#byId.delete(mapKey(invitation.id));
  }
}

export function isOpen(invitation: Invitation, now: number): boolean {
  return invitation.state === 'open' && now < invitation.expiresAt;
}

function endOf({ endedAt, expiresAt }: Invitation): number {
  return endedAt ?? expiresAt;
}

function drop(reason: JoinDrop): Verdict {
  return { kind: 'drop', reason };
}

function refusal(status: 'used' | 'expired' | 'refused', reason = ''): JoinAnswer {
  return { status, hostId: 0, psk: null, reason };
}
