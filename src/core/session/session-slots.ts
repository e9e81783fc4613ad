/**
 * Which sessions of a peer are alive: previous, current, next and overtaken, as the data path's key ring has
 * them (key-ring.ts), so that their indices are not given away again and the current one's age is known.
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
  overtaken: Session | null = null;

  /** Takes a new session in; returns those that had to go. */
  add(session: Session): Session[] {
    const unused = this.next;
    const gone: Session[] = [];
    this.next = session;
    if (session.initiator) gone.push(...this.#promote());
    else if (this.overtaken) gone.push(this.overtaken);
    this.overtaken = unused;
    return gone;
  }

  /** The peer used the keys of `localIndex`. Null when they were not *next* in the ring, else those that had to go. */
  confirm(localIndex: number): Session[] | null {
    if (this.next?.localIndex === localIndex) return this.#promote();
    if (this.overtaken?.localIndex !== localIndex) return null;
    // The ring saw this before it heard of the session that overtook.
    const gone = this.previous ? [this.previous] : [];
    this.previous = this.next ? this.current : this.overtaken;
    if (this.next) this.current = this.overtaken;
    this.overtaken = null;
    return gone;
  }

  /** Takes out those that are `age` ms old. */
  takeOlder(age: number, now: number): Session[] {
    const gone: Session[] = [];
    for (const slot of ['previous', 'current', 'next', 'overtaken'] as const) {
      const session = this[slot];
      if (session === null || now < session.establishedAt + age) continue; // as the deadline is reckoned
      this[slot] = null;
      gone.push(session);
    }
    return gone;
  }

  /** At most four. */
  all(): Session[] {
    return [this.previous, this.current, this.next, this.overtaken].filter((session) => session !== null);
  }

  #promote(): Session[] {
    const gone = [this.previous, this.overtaken].filter((session) => session !== null);
    this.overtaken = null;
    this.previous = this.current;
    this.current = this.next;
    this.next = null;
    return gone;
  }
}
