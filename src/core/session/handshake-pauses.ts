/**
 * How long the handshake machine waits: the times of handshake-timing.ts, made a little shorter or longer
 * by chance, so that two hosts that began together do not stay in step.
 */
import type { Random } from './exchange.js';
import {
  FIRST_RETRIES,
  JITTER,
  REKEY_AFTER,
  REKEY_JITTER,
  REKEY_RESPONDER_AFTER,
  RENEW_SPREAD,
  RENEW_SPREAD_MOST,
  RETRY,
  UNUSED_HIGHER,
  UNUSED_LOWER,
} from './handshake-timing.js';
import type { Session } from './session-slots.js';

export class HandshakePauses {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Milliseconds from a try until the next, after `tries` tries without an answer before it. */
  retry(tries: number): number {
    return this.#vary(FIRST_RETRIES[tries] ?? RETRY);
  }

  /** Milliseconds that an answered session has to be used before the host that answered tries itself. */
  unused(lowerId: boolean): number {
    return this.#vary(lowerId ? UNUSED_LOWER : UNUSED_HIGHER);
  }

  /** When a session is to be followed by a new one, ms. */
  rekeyTime(session: Session): number {
    const jitter = REKEY_JITTER * this.#fraction();
    return session.establishedAt + (session.initiator ? REKEY_AFTER * (1 - jitter) : REKEY_RESPONDER_AFTER);
  }

  /** Milliseconds after a change of keys until one of `peers` gets its new session. */
  renew(peers: number): number {
    return Math.min(peers * RENEW_SPREAD, RENEW_SPREAD_MOST) * this.#fraction();
  }

  #vary(duration: number): number {
    return duration * (1 - JITTER + 2 * JITTER * this.#fraction());
  }

  /** 0 to 1. */
  #fraction(): number {
    const [high = 0, low = 0] = this.#random(2);
    return ((high << 8) | low) / 65536;
  }
}
