/**
 * Cookies: how a host under load has the sender of an initiation prove that it gets what is sent to its
 * address, as WireGuard does (Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel", 5.3 and 5.4.7).
 *
 *   cookie         keyed BLAKE2b-128 over port and address of the sender, as in its address record; the key is
 *                  a secret of this host that lives 120 s and is heeded for 120 s more. Nothing is kept for
 *                  whoever asks.
 *   cookie reply   the cookie, sealed by XChaCha20-Poly1305 with the cookie key (key-schedule.ts), a random
 *                  nonce, and mac1 of the initiation as associated data: only who has seen that initiation
 *                  and knows whom it was for can open it.
 *   mac2           keyed BLAKE2b-128 over all bytes of the initiation before mac2; the key is the cookie.
 */
import { wipe } from '../crypto/bytes.js';
import type { Primitives } from '../crypto/primitives.js';
import { LINKS } from '../limits.js';
import { endpointBegin, endpointEnd } from '../wire/address.js';
import {
  COOKIE_NONCE_SIZE,
  decodeCookieReply,
  encodeCookieReply,
  INITIATION_MAC1,
  INITIATION_MAC2,
  MAC_SIZE,
  senderIndex,
} from '../wire/handshake.js';
import type { Random } from './exchange.js';
import { cookieKey } from './key-schedule.js';

/** Milliseconds that a secret makes cookies, and that a cookie is used. */
export const COOKIE_LIFE = 120_000;
const SECRET_SIZE = 32;

interface Secret {
  readonly bytes: Uint8Array;
  readonly madeAt: number;
}

/** The cookies that this host gives out. */
export class CookieIssuer {
  #current: Secret | null = null;
  #previous: Secret | null = null;

  constructor(
    private readonly primitives: Primitives,
    private readonly random: Random,
  ) {}

  /** Whether mac2 shows that the sender of an initiation had a cookie for the address that it came from. */
  proves(initiation: Uint8Array, address: Uint8Array, now: number): boolean {
    const found = initiation.subarray(INITIATION_MAC2);
    if (found.every((byte) => byte === 0)) return false;
    for (const secret of [this.#current, this.#previous]) {
      if (secret === null || now - secret.madeAt >= 2 * COOKIE_LIFE) continue;
      const cookie = this.#cookie(secret, address);
      if (this.primitives.equal(mac2(this.primitives, cookie, initiation), found)) return true;
    }
    return false;
  }

  /** The cookie reply to an initiation. @param key the cookie key of this host */
  reply(key: Uint8Array, initiation: Uint8Array, address: Uint8Array, now: number): Uint8Array {
    const cookie = this.#cookie(this.#secret(now), address);
    const nonce = this.random(COOKIE_NONCE_SIZE);
    const sealed = this.primitives.xchachaSeal(key, nonce, mac1Of(initiation), cookie);
    return encodeCookieReply(senderIndex(initiation), nonce, sealed);
  }

  #secret(now: number): Secret {
    if (this.#current !== null && now - this.#current.madeAt < COOKIE_LIFE) return this.#current;
    wipe(this.#previous?.bytes ?? null);
    this.#previous = this.#current;
    this.#current = { bytes: this.random(SECRET_SIZE), madeAt: now };
    return this.#current;
  }

  #cookie({ bytes }: Secret, address: Uint8Array): Uint8Array {
    return this.primitives.blake2b(MAC_SIZE, address.subarray(endpointBegin(0), endpointEnd(address, 0)), bytes);
  }
}

/** The cookies that a peer gave this host: one for each link, since each shows the peer another address of ours. */
export class HeldCookies {
  readonly #cookies = new Array<{ bytes: Uint8Array; until: number } | null>(LINKS).fill(null);

  put(link: number, cookie: Uint8Array, now: number): void {
    this.#cookies[link] = { bytes: cookie, until: now + COOKIE_LIFE };
  }

  /** The cookie for a link, unless there is none or it is too old. */
  get(link: number, now: number): Uint8Array | null {
    const held = this.#cookies[link];
    if (!held) return null;
    if (now < held.until) return held.bytes;
    this.#cookies[link] = null;
    return null;
  }
}

/** The cookie in a reply to `initiation`, which was for the host with this public key; null if it is no true reply. */
export function openCookieReply(
  primitives: Primitives,
  publicKey: Uint8Array,
  initiation: Uint8Array,
  reply: Uint8Array,
): Uint8Array | null {
  const { nonce, sealed } = decodeCookieReply(reply);
  return primitives.xchachaOpen(cookieKey(primitives, publicKey), nonce, mac1Of(initiation), sealed);
}

/** A copy of the initiation that proves with the cookie where it comes from. */
export function withMac2(primitives: Primitives, cookie: Uint8Array, initiation: Uint8Array): Uint8Array {
  const copy = initiation.slice();
  copy.set(mac2(primitives, cookie, initiation), INITIATION_MAC2);
  return copy;
}

function mac2(primitives: Primitives, cookie: Uint8Array, initiation: Uint8Array): Uint8Array {
  return primitives.blake2b(MAC_SIZE, initiation.subarray(0, INITIATION_MAC2), cookie);
}

function mac1Of(initiation: Uint8Array): Uint8Array {
  return initiation.subarray(INITIATION_MAC1, INITIATION_MAC2);
}
