/**
 * A fixed set of MAC addresses: open addressed, at most half full, made once and then only asked. It holds
 * what an operator wrote down, so nobody chooses addresses to make its searches long; and none is longer
 * than the set, MAX_PERMITTED_MACS.
 */

/** A MAC as two numbers: its first 16 bits and its last 32 as int32 (wire/ethernet.ts). */
export interface Mac {
  hi: number;
  lo: number;
}

const FREE = -1;

export class MacSet {
  private readonly hi: Int32Array;
  private readonly lo: Int32Array;
  private readonly mask: number;

  constructor(macs: readonly Mac[]) {
    let places = 2;
    while (places < macs.length * 2) places *= 2;
    this.hi = new Int32Array(places).fill(FREE);
    this.lo = new Int32Array(places);
    this.mask = places - 1;
    for (const { hi, lo } of macs) {
      const place = this.placeOf(hi, lo);
      this.hi[place] = hi;
      this.lo[place] = lo;
    }
  }

  // HOT PATH
  has(hi: number, lo: number): boolean {
    return this.hi[this.placeOf(hi, lo)]! !== FREE;
  }

  /** Where the address is, or the free place where its search ends: there always is one. */
  // HOT PATH
  private placeOf(hi: number, lo: number): number {
    // The finalizer of murmur3.
    let hash = Math.imul(lo ^ (hi << 16) ^ hi, 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2ae35);
    let place = (hash ^ (hash >>> 16)) & this.mask;
    while (this.hi[place]! !== FREE && (this.hi[place]! !== hi || this.lo[place]! !== lo))
      place = (place + 1) & this.mask;
    return place;
  }
}
