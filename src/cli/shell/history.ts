/** Lines that were entered, newest first. */

const MOST_LINES = 1000;

export class History {
  /** The same array for good; bounded by MOST_LINES. */
  readonly lines: string[] = [];

  /** @param before lines of earlier logins, oldest first */
  constructor(before: readonly string[]) {
    for (const line of before) this.add(line);
  }

  /** A line that is there already moves to the front. */
  add(line: string): void {
    if (line.trim() === '') return;
    const present = this.lines.indexOf(line);
    if (present >= 0) this.lines.splice(present, 1);
    this.lines.unshift(line);
    if (this.lines.length > MOST_LINES) this.lines.pop();
  }
}
