/**
 * The numbered datagram of the probe, and the record of one flow of them.
 *
 *   0 magic u32 | 4 run u32 | 8 from u16 | 10 to u16 | 12 number u32 | 16 send time f64, ms | 24 pattern …
 *
 * The send time is of the monotonic clock, which all namespaces of a machine share. The pattern depends on the
 * number, so bytes that were mixed up on the way are seen.
 */

const MAGIC = 0x534e5450;
const HEADER = 24;
export const SMALLEST_DATAGRAM = 64;
/** UDP payload of a jumbo frame, and then some. */
export const LARGEST_DATAGRAM = 9216;

/** Every pattern: the one of `number` is here from `number` modulo 256 on. */
const PATTERN = Buffer.from(Array.from({ length: 256 + LARGEST_DATAGRAM }, (_, i) => i & 0xff));

export interface Stamp {
  run: number;
  from: number;
  to: number;
  number: number;
  sentAt: number;
}

export function writeDatagram(buffer: Buffer, stamp: Stamp): void {
  buffer.writeUInt32LE(MAGIC, 0);
  buffer.writeUInt32LE(stamp.run, 4);
  buffer.writeUInt16LE(stamp.from, 8);
  buffer.writeUInt16LE(stamp.to, 10);
  buffer.writeUInt32LE(stamp.number, 12);
  buffer.writeDoubleLE(stamp.sentAt, 16);
  const start = patternAt(stamp.number);
  PATTERN.copy(buffer, HEADER, start, start + buffer.length - HEADER);
}

/** The stamp, or null if these are not the bytes that were sent. */
export function readDatagram(buffer: Buffer): Stamp | null {
  if (buffer.length < HEADER || buffer.length > LARGEST_DATAGRAM || buffer.readUInt32LE(0) !== MAGIC) return null;
  const number = buffer.readUInt32LE(12);
  const start = patternAt(number);
  if (buffer.compare(PATTERN, start, start + buffer.length - HEADER, HEADER) !== 0) return null;
  return {
    run: buffer.readUInt32LE(4),
    from: buffer.readUInt16LE(8),
    to: buffer.readUInt16LE(10),
    number,
    sentAt: buffer.readDoubleLE(16),
  };
}

/** Where in `PATTERN` the one of a datagram begins. */
function patternAt(number: number): number {
  return (number + HEADER) & 0xff;
}

export interface Arrivals {
  /** Different numbers that arrived. */
  received: number;
  /** Arrivals of a number that was there already. */
  duplicated: number;
  /** First arrivals of a number lower than one seen before. */
  reordered: number;
  /** Datagrams with wrong bytes. */
  corrupt: number;
  /** Longest time without any arrival while the sender sent, milliseconds. */
  gapMs: number;
  /** When that ended. */
  gapEndedAt: number;
  /** Longest time from send to arrival, milliseconds. */
  delayMs: number;
}

/** What arrived of one flow in one run. */
export class FlowRecord {
  #seen = new Uint8Array(4096);
  #highest = -1;
  #lastAt: number;
  readonly #arrivals: Arrivals = {
    received: 0,
    duplicated: 0,
    reordered: 0,
    corrupt: 0,
    gapMs: 0,
    gapEndedAt: 0,
    delayMs: 0,
  };

  /** @param startedAt when the sender begins, milliseconds */
  constructor(startedAt: number) {
    this.#lastAt = startedAt;
  }

  arrived(number: number, sentAt: number, now: number): void {
    this.#gap(now);
    if (number >= this.#seen.length) this.#grow(number);
    if (this.#seen[number] === 1) {
      this.#arrivals.duplicated++;
      return;
    }
    this.#seen[number] = 1;
    this.#arrivals.received++;
    if (number < this.#highest) this.#arrivals.reordered++;
    else this.#highest = number;
    this.#arrivals.delayMs = Math.max(this.#arrivals.delayMs, now - sentAt);
  }

  corrupt(): void {
    this.#arrivals.corrupt++;
  }

  /** The sender has stopped: a silence that lasts until now counts, one after it doesn't. */
  senderStopped(now: number): void {
    this.#gap(now);
    this.#lastAt = Number.POSITIVE_INFINITY;
  }

  get arrivals(): Arrivals {
    return this.#arrivals;
  }

  #gap(now: number): void {
    if (now - this.#lastAt > this.#arrivals.gapMs) {
      this.#arrivals.gapMs = now - this.#lastAt;
      this.#arrivals.gapEndedAt = now;
    }
    if (this.#lastAt !== Number.POSITIVE_INFINITY) this.#lastAt = now;
  }

  #grow(number: number): void {
    const larger = new Uint8Array(Math.max(number + 1, this.#seen.length * 2));
    larger.set(this.#seen);
    this.#seen = larger;
  }
}
