/** The newest events of the log in memory, for `show log` and for shells that follow it. */
import type { Fields, Level } from './log.js';
import { formatEvent } from './log.js';

export interface LogEntry {
  /** When, ISO 8601, UTC. */
  readonly time: string;
  readonly level: Level;
  readonly event: string;
  readonly fields: Fields;
}

/** What is kept: as many events as this, and as many characters of them. */
const MOST_EVENTS = 1000;
const MOST_CHARACTERS = 256 * 1024;
/** A longer value, such as the stack of a fault, is cut. */
const MOST_OF_VALUE = 2000;

export class Journal {
  #entries: LogEntry[] = [];
  #lengths: number[] = [];
  #characters = 0;
  readonly #followers = new Set<(entry: LogEntry) => void>();

  record(given: LogEntry): void {
    const entry = { ...given, fields: cut(given.fields) };
    const length = formatEvent(entry.level, entry.event, entry.fields).length;
    this.#entries.push(entry);
    this.#lengths.push(length);
    this.#characters += length;
    while (this.#entries.length > MOST_EVENTS || this.#characters > MOST_CHARACTERS) {
      this.#entries.shift();
      this.#characters -= this.#lengths.shift() as number;
    }
    for (const follow of this.#followers) follow(entry);
  }

  /** The last `count` events, newest last. */
  last(count = MOST_EVENTS): LogEntry[] {
    return this.#entries.slice(-count);
  }

  /** Has every new event given to `follower`, which must not throw, until what is returned is called. */
  follow(follower: (entry: LogEntry) => void): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }
}

function cut(fields: Fields): Fields {
  const entries = Object.entries(fields).map(([name, value]) => {
    const long = typeof value === 'string' && value.length > MOST_OF_VALUE;
    return [name, long ? `${value.slice(0, MOST_OF_VALUE)}…` : value];
  });
  return Object.fromEntries(entries) as Fields;
}
