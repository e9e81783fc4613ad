/** One after the other: changes of several sessions never interleave. */
export class CommandQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `job` when every job given before has ended, whether well or not. */
  run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#last.then(job);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
