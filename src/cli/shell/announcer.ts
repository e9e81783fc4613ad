/** Lines that nobody asked for, such as those of the log: they wait until there is a place for them on the screen. */

/** Lines that may wait; those beyond are dropped, and counted. */
const MOST_WAITING = 1000;

export class Announcer {
  #waiting: string[] = [];
  #dropped = 0;
  readonly #ready: () => void;

  /** @param ready called when lines begin to wait, but not at once, so that several are printed together */
  constructor(ready: () => void) {
    this.#ready = ready;
  }

  add(lines: readonly string[]): void {
    if (lines.length === 0) return;
    if (this.#waiting.length === 0) setImmediate(this.#ready);
    const room = MOST_WAITING - this.#waiting.length;
    this.#waiting.push(...lines.slice(0, room));
    this.#dropped += Math.max(0, lines.length - room);
  }

  /** Takes all lines that wait; null: there is none. */
  take(): string | null {
    if (this.#waiting.length === 0) return null;
    const lines = this.#waiting;
    if (this.#dropped > 0) lines.push(droppedText(this.#dropped));
    this.#waiting = [];
    this.#dropped = 0;
    return lines.join('\n');
  }
}

export function droppedText(lines: number): string {
  return `% ${lines} ${lines === 1 ? 'line was' : 'lines were'} dropped`;
}
