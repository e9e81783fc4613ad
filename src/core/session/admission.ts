/** Which initiations this host looks into: as many as it can stand, and under load of those who prove their address. */
import type { Primitives } from '../crypto/primitives.js';
import { CookieIssuer } from './cookies.js';
import type { Random } from './exchange.js';
import { type HandshakeLimits, HandshakeRate } from './handshake-rate.js';

export class Admission {
  readonly #rate: HandshakeRate;
  readonly #cookies: CookieIssuer;

  constructor(primitives: Primitives, random: Random, limits?: Partial<HandshakeLimits>) {
    const [a = 0, b = 0, c = 0, d = 0] = random(4);
    this.#rate = new HandshakeRate((a << 24) | (b << 16) | (c << 8) | d, limits);
    this.#cookies = new CookieIssuer(primitives, random);
  }

  /**
   * Judges an initiation whose mac1 is good. The cookie reply, if that is what its sender is to get instead.
   * @param cookieKey that of this host
   */
  judge(
    cookieKey: Uint8Array,
    initiation: Uint8Array,
    address: Uint8Array,
    now: number,
  ): 'ok' | 'rate' | 'source-rate' | Uint8Array {
    if (this.#rate.takeUnproven(address, now)) return 'ok';
    if (this.#cookies.proves(initiation, address, now)) return this.#rate.takeProven(address, now);
    return this.#rate.takeCookie(now) ? this.#cookies.reply(cookieKey, initiation, address, now) : 'rate';
  }
}
