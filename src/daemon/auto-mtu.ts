/**
 * What `mtu auto` makes of the path MTUs that are found. Changing an interface's MTU shakes everything that uses it,
 * while a frame that no longer fits merely goes in two pieces. So it is slow: lowered when a smaller path
 * has been there for a while, raised when all paths were larger for long; a peer that comes and goes changes nothing.
 */

/** Milliseconds for which paths must have been smaller, and larger. */
export const LOWER_AFTER = 5000;
export const RAISE_AFTER = 60_000;

export class AutoMtu {
  /** Largest datagram to count on, bytes of UDP payload; Infinity: no path is known yet, the devices decide. */
  room = Number.POSITIVE_INFINITY;
  /** Since when what is found is smaller, or larger, without a break; and the least of that time. */
  private since = 0;
  private direction = 0;
  private least = 0;

  /**
   * @param found the largest datagram that passes on every link that is up; null: none is known
   * @param now milliseconds
   * @returns true when `room` has become another
   */
  consider(found: number | null, now: number): boolean {
    if (found === null) {
      this.direction = 0;
      return false;
    }
    // The first does not wait: nothing uses the interface yet that was used to more.
    if (this.room === Number.POSITIVE_INFINITY) return this.become(found);
    const direction = Math.sign(found - this.room);
    if (direction !== this.direction) {
      this.direction = direction;
      this.since = now;
      this.least = found;
    }
    this.least = Math.min(this.least, found);
    if (direction < 0 && now - this.since >= LOWER_AFTER) return this.become(found);
    return direction > 0 && now - this.since >= RAISE_AFTER && this.become(this.least);
  }

  /** Goes on with the room that was counted on before a restart. */
  resume(room: number): void {
    if (this.room === Number.POSITIVE_INFINITY) this.room = room;
  }

  private become(room: number): boolean {
    this.room = room;
    this.direction = 0;
    return true;
  }
}
