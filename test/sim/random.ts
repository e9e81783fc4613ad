/** Randomness from a seed: the same seed, the same run. Never used for secrets that matter. */

/** SplitMix32: a counter through a mixing function, so that neighbouring seeds have nothing in common. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** 0 to 2^32-1. */
  word(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }

  /** 0 to 1, without 1. */
  fraction(): number {
    return this.word() / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  between(low: number, high: number): number {
    return low + this.fraction() * (high - low);
  }

  /** True in `share` of all cases. */
  chance(share: number): boolean {
    return share > 0 && this.fraction() < share;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)]!;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.word();
    return bytes;
  }

  /** A generator of its own, so that one part's draws don't move another's. */
  fork(): Random {
    return new Random(this.word());
  }
}
