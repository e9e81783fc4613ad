/**
 * Damping of moves: an address that changes between peers more than so many times within a window is held
 * for a while at its home, the peer where it was last for as long as a window. Two stations with one address, a loop
 * around the network, or a peer that forges another's address would else move it with every frame.
 *
 * It is what EVPN does about duplicate addresses (RFC 7432, 15.1, whose 5 moves in 180 s are the default), but
 * for the place where the address is held: that is its home, not where the last move brought it, so that
 * forging does not pay, whatever the moment. Only who is alone with an address for a window becomes its home.
 *
 * State lies in columns beside the MAC table's, by number of the entry; a window begins with a move.
 */
export interface MoveLimit {
  /** Most moves within the window; 0: moves are not damped. */
  moves: number;
  windowMs: number;
  holdMs: number;
}

const NOBODY = -1;
const MOVES = 0;
const WINDOW = 1;
const HOLD = 2;

export class MoveDamping {
  private readonly limit = new Float64Array(3);
  /** Moves in the present window; 0: none is open. */
  private readonly count: Uint16Array;
  private readonly home: Int32Array;
  /** When the window began, and when the entry moved last. */
  private readonly since: Float64Array;
  private readonly movedAt: Float64Array;
  private readonly heldUntil: Float64Array;

  constructor(capacity: number) {
    this.count = new Uint16Array(capacity);
    this.home = new Int32Array(capacity);
    this.since = new Float64Array(capacity);
    this.movedAt = new Float64Array(capacity);
    this.heldUntil = new Float64Array(capacity);
  }

  /** From now on this limit; what is held is let go when damping ends. */
  setLimit({ moves, windowMs, holdMs }: MoveLimit): void {
    this.limit[MOVES] = moves;
    this.limit[WINDOW] = windowMs;
    this.limit[HOLD] = holdMs;
    if (moves === 0) this.heldUntil.fill(0);
  }

  /** The entry belongs to another address from now on. */
  // HOT PATH
  forget(entry: number): void {
    this.count[entry] = 0;
    this.home[entry] = NOBODY;
    this.heldUntil[entry] = 0;
  }

  /** The peer is gone: nothing can be held behind it. Looks at every entry. */
  forgetPeer(peer: number): void {
    for (let entry = 0; entry < this.home.length; entry++) if (this.home[entry] === peer) this.home[entry] = NOBODY;
  }

  // HOT PATH
  isHeld(entry: number, now: number): boolean {
    return now < this.heldUntil[entry]!;
  }

  /** Until when the entry is held; the past, or 0, when it is not. */
  holdEnd(entry: number): number {
    return this.heldUntil[entry]!;
  }

  /**
   * Notes that the entry is about to move away from peer `from`.
   * @returns -1 when it may, else the peer behind which it is held from now on
   */
  // HOT PATH
  moves(entry: number, from: number, now: number): number {
    const most = this.limit[MOVES]!;
    if (most === 0) return NOBODY;
    const window = this.limit[WINDOW]!;
    if (this.count[entry] === 0 || now - this.since[entry]! > window) {
      this.count[entry] = 0;
      this.since[entry] = now;
    }
    if (this.home[entry] === NOBODY || now - this.movedAt[entry]! > window) this.home[entry] = from;
    this.movedAt[entry] = now;
    this.count[entry]! += 1;
    if (this.count[entry]! <= most) return NOBODY;
    this.count[entry] = 0;
    this.heldUntil[entry] = now + this.limit[HOLD]!;
    return this.home[entry]!;
  }
}
