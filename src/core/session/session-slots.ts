/**
 * Which sessions of a peer are alive: previous, current and next, as the data path's key ring has them
 * (key-ring.ts), so that their indices are not given away again and the current one's age is known.
 */
export interface Session {
  readonly localIndex: number;
  readonly initiator: boolean;
  /** Time of the handshake, ms. */
  readonly establishedAt: number;
  /** mac1 of the response that made us initiator: later copies of it are no strangers. */
  readonly responseMac: string | null;
}

export class SessionSlots {
  previous: Session | null = null;
  current: Session | null = null;
  next: Session | null = null;

  /** Takes a new session in; returns those that had to go. */
  add(session: Session): Session[] {
    const gone = this.next ? [this.next] : [];
    this.next = session;
    if (session.initiator) gone.push(...this.#promote());
    return gone;
  }

  /** The peer used the keys of `localIndex`. Null when they are not *next*, else those that had to go. */
  confirm(localIndex: number): Session[] | null {
    return this.next?.localIndex === localIndex ? this.#promote() : null;
  }

  /** Takes out those that are `age` ms old. */
  takeOlder(age: number, now: number): Session[] {
    const gone: Session[] = [];
    for (const slot of ['previous', 'current', 'next'] as const) {
      const session = this[slot];
      if (session === null || now < session.establishedAt + age) continue; // as the deadline is reckoned
      this[slot] = null;
      gone.push(session);
    }
    return gone;
  }

  /** At most three. */
  all(): Session[] {
    return [this.previous, this.current, this.next].filter((session) => session !== null);
  }

  #promote(): Session[] {
    const gone = this.previous ? [this.previous] : [];
    this.previous = this.current;
    this.current = this.next;
    this.next = null;
    return gone;
  }
}
