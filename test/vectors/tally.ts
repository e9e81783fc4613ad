/** Counts what was run, passed, failed and skipped (by reason) of one file of test vectors. */
export class Tally {
  passed = 0;
  failed = 0;
  readonly #failures: string[] = [];
  readonly #skipped = new Map<string, number>();

  constructor(readonly name: string) {}

  check(id: string, good: boolean): void {
    if (good) this.passed++;
    else {
      this.failed++;
      if (this.#failures.length < 20) this.#failures.push(`MISMATCH ${id}`);
    }
  }

  skip(reason: string, count = 1): void {
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + count);
  }

  add(other: Tally): void {
    this.passed += other.passed;
    this.failed += other.failed;
    for (const [reason, count] of other.#skipped) this.skip(reason, count);
  }

  summary(): string {
    let skipped = 0;
    for (const count of this.#skipped.values()) skipped += count;
    const failed = this.failed > 0 ? `, ${this.failed} FAILED` : '';
    return `${this.name}, run ${this.passed + this.failed}, passed ${this.passed}, skipped ${skipped}${failed}`;
  }

  details(): string[] {
    const skipped = [...this.#skipped].map(([reason, count]) => `skipped ${count}: ${reason}`);
    return [...this.#failures, ...skipped];
  }
}
