/**
 * Sizes that seem not to pass a path, each smaller than the one before, and how often each was tried. When one passes
 * after all, it and all smaller ones are forgotten; those above stand. Bounded: the last place is used again when all
 * are taken, and halving 65,535 takes only 16.
 */
const CAPACITY = 24;

/** A kernel that refuses a size needs no second try. */
export const CERTAIN = 1000;

export class Refusals {
  private readonly sizes = new Int32Array(CAPACITY);
  private readonly counts = new Int32Array(CAPACITY);
  private length = 0;

  /** The smallest size that seems not to pass, or `otherwise`. */
  least(otherwise: number): number {
    return this.length === 0 ? otherwise : this.sizes[this.length - 1]!;
  }

  /** How often that was tried. */
  get tries(): number {
    return this.length === 0 ? 0 : this.counts[this.length - 1]!;
  }

  add(size: number, tries: number): void {
    const least = this.least(Number.POSITIVE_INFINITY);
    if (size > least) return;
    if (size === least) {
      this.counts[this.length - 1]! += tries;
      return;
    }
    const place = Math.min(this.length, CAPACITY - 1);
    this.sizes[place] = size;
    this.counts[place] = tries;
    this.length = place + 1;
  }

  /** `size` passes. */
  passed(size: number): void {
    while (this.length > 0 && this.sizes[this.length - 1]! <= size) this.length -= 1;
  }

  clear(): void {
    this.length = 0;
  }
}
