/** Cuts a stream of bytes into lines without ever holding more than one line's limit. */
export class LineSplitter {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #held = 0;

  /** @param limit most bytes of a line, the line feed not counted */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lines that `chunk` completes, without their line feeds; null when a line is too long. */
  push(chunk: Buffer): string[] | null {
    const lines: string[] = [];
    let begin = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, begin)) {
      if (!this.#hold(chunk.subarray(begin, end))) return null;
      lines.push(this.#take());
      begin = end + 1;
    }
    return this.#hold(chunk.subarray(begin)) ? lines : null;
  }

  /** What came after the last line feed, if anything. */
  rest(): string | null {
    return this.#held > 0 ? this.#take() : null;
  }

  #hold(part: Buffer): boolean {
    this.#held += part.length;
    if (this.#held > this.#limit) return false;
    if (part.length > 0) this.#parts.push(part);
    return true;
  }

  #take(): string {
    const text = Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    this.#held = 0;
    return text;
  }
}
