/** One after the other: changes of several sessions never interleave. */
export class CommandQueue {
  #last: Promise<unknown> = Promise.resolve();
  #ended: Error | null = null;

  /**
   * Runs `job` when every job given before has ended, whether well or not.
   * @throws the error of `end`, when that came before its turn: it was not begun
   */
  run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => {
      if (this.#ended !== null) throw this.#ended;
      return job();
    });
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** What has not begun is refused from now on, with this error. Resolves when what has begun has ended. */
  async end(refusal: Error): Promise<void> {
    this.#ended = refusal;
    await this.#last;
  }
}
