/**
 * Doubly linked lists over slot numbers, on typed arrays made once: keeps slots of some table in the
 * order in which they were used, so that the oldest is found without a search. A slot is in at most
 * one list of one LinkedSlots. Bounded by the number of slots.
 */
export class LinkedSlots {
  private readonly heads: Int32Array;
  private readonly tails: Int32Array;
  private readonly nexts: Int32Array;
  private readonly prevs: Int32Array;

  constructor(lists: number, slots: number) {
    this.heads = new Int32Array(lists).fill(-1);
    this.tails = new Int32Array(lists).fill(-1);
    this.nexts = new Int32Array(slots).fill(-1);
    this.prevs = new Int32Array(slots).fill(-1);
  }

  /** First (oldest) slot of `list`, or -1. */
  // HOT PATH
  first(list: number): number {
    return this.heads[list]!;
  }

  /** Last (newest) slot of `list`, or -1. */
  // HOT PATH
  last(list: number): number {
    return this.tails[list]!;
  }

  /** The slot behind `slot` in its list, or -1. */
  // HOT PATH
  next(slot: number): number {
    return this.nexts[slot]!;
  }

  /** The slot before `slot` in its list, or -1. */
  // HOT PATH
  previous(slot: number): number {
    return this.prevs[slot]!;
  }

  /** Puts `slot`, which is in no list, at the end of `list`. */
  // HOT PATH
  append(list: number, slot: number): void {
    const tail = this.tails[list]!;
    this.prevs[slot] = tail;
    this.nexts[slot] = -1;
    if (tail < 0) this.heads[list] = slot;
    else this.nexts[tail] = slot;
    this.tails[list] = slot;
  }

  /** Takes `slot` out of `list`, in which it must be. */
  // HOT PATH
  remove(list: number, slot: number): void {
    const prev = this.prevs[slot]!;
    const next = this.nexts[slot]!;
    if (prev < 0) this.heads[list] = next;
    else this.nexts[prev] = next;
    if (next < 0) this.tails[list] = prev;
    else this.prevs[next] = prev;
  }
}
