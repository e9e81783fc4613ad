/**
 * The stamps of handshakes, kept over restarts in one file of the state directory: those that this host gives
 * to its own initiations, and the greatest that it accepted from each public key.
 *
 * Own stamps are microseconds of the wall clock as long as that goes on. The file holds a ceiling above all that
 * were used, and after a restart they go on above it: so a clock that was set back does no harm, and the file need
 * not be written for each. Nothing goes above the ceiling that is on the disk: where the clock does, stamps rise
 * by one until a new ceiling is there.
 *
 * Bound: 4096 public keys; those that were silent longest go.
 */
import { mkdir, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replaceFile } from '../config/store.js';
import type { Log } from '../log/log.js';
import { formatStamps, parseStamps, type StampState } from './stamp-file.js';
import { READ_STATE } from './state-file.js';

const FILE = 'stamps';
const DAMAGED = 'stamps.damaged';
const MAX_KEYS = 4096;
/** How far above the stamps in use a new ceiling lies, microseconds: 72 minutes. It is raised when half is used. */
const RESERVE = 2n ** 32n;
/** Milliseconds between a change and its being written; what comes meanwhile is written with it. */
const DELAY = 1000;
/** Nothing is on the disk: nothing can be kept to. */
const NO_CEILING = 2n ** 64n - 1n;
/** Below every stamp: none was accepted. */
const NO_STAMP = -1n;

export interface StampStoreOptions {
  /** The state directory; made if it isn't there. */
  directory: string;
  log: Log;
  /** The wall clock, ms. */
  clock?: () => number;
}

export class StampStore {
  private readonly path: string;
  private readonly log: Log;
  private readonly clock: () => number;
  private accepted = new Map<string, bigint>();
  private last = 0n;
  /** As it is on the disk. */
  private ceiling = NO_CEILING;
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();
  private warned = false;
  private closed = false;

  private constructor(private readonly options: StampStoreOptions) {
    this.path = join(options.directory, FILE);
    this.log = options.log;
    this.clock = options.clock ?? Date.now;
  }

  /**
   * Reads what an earlier life left and reserves stamps for this one. What can't be read or written is said in
   * the log, and the daemon runs without it.
   */
  static async open(options: StampStoreOptions): Promise<StampStore> {
    const store = new StampStore(options);
    const before = await store.read();
    store.accepted = before.accepted;
    store.last = before.ceiling;
    await store.write(false);
    return store;
  }

  /** A stamp for an initiation of ours: greater than all before. */
  next(): bigint {
    const wall = this.wall();
    const after = this.last + 1n;
    this.last = wall > after && wall <= this.ceiling ? wall : after;
    if (this.highest() + RESERVE / 2n > this.ceiling) this.schedule();
    return this.last;
  }

  /** Greatest stamp accepted from a public key; -1 when there was none. */
  acceptedFrom(publicKey: Uint8Array): bigint {
    return this.accepted.get(text(publicKey)) ?? NO_STAMP;
  }

  /** Notes the greatest stamp that was accepted from a public key; written within a second. */
  accept(publicKey: Uint8Array, stamp: bigint): void {
    const key = text(publicKey);
    this.accepted.delete(key);
    this.accepted.set(key, stamp);
    const [oldest] = this.accepted.keys();
    if (this.accepted.size > MAX_KEYS && oldest !== undefined) this.accepted.delete(oldest);
    this.schedule();
  }

  /** Writes all that is not written yet. No stamp may be asked for after this. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.writing;
    await this.write(true);
  }

  private wall(): bigint {
    return BigInt(Math.floor(this.clock())) * 1000n;
  }

  /** Where stamps are, or would be by the clock. */
  private highest(): bigint {
    const wall = this.wall();
    return wall > this.last ? wall : this.last;
  }

  private schedule(): void {
    if (this.timer !== null || this.closed) return;
    this.timer = setTimeout(() => {
      this.writing = this.writing.then(async () => {
        this.timer = null;
        if (!this.closed) await this.write(false);
      });
    }, DELAY);
    this.timer.unref();
  }

  /** @param final no more stamps will be used, so none need be reserved */
  private async write(final: boolean): Promise<void> {
    const enough = this.ceiling !== NO_CEILING && this.highest() + RESERVE / 2n <= this.ceiling;
    const reserved = enough ? this.ceiling : this.highest() + RESERVE;
    const ceiling = final ? this.last : reserved;
    try {
      await replaceFile(this.path, formatStamps({ ceiling, accepted: this.accepted }), 0o600);
      this.ceiling = ceiling;
      this.warned = false;
    } catch (error) {
      if (!this.warned) this.warn((error as Error).message);
      this.warned = true;
    }
  }

  private async read(): Promise<StampState> {
    const nothing = { ceiling: 0n, accepted: new Map<string, bigint>() };
    const { directory } = this.options;
    try {
      // Others may pass what lies above it: the daemon may go on as another user.
      await mkdir(dirname(directory), { recursive: true, mode: 0o755 });
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const names = await readdir(directory);
      // Writing was interrupted: the file itself is whole.
      for (const name of names) if (name.startsWith(`.${FILE}.`)) await unlink(join(directory, name));
      if (!names.includes(FILE)) return nothing;
      const state = parseStamps(await readFile(this.path, { encoding: 'latin1', flag: READ_STATE }));
      if (state !== null) return state;
      await rename(this.path, join(directory, DAMAGED));
      this.log('warning', 'stamps-damaged', {
        file: this.path,
        advice: `moved to ${DAMAGED}; until peers have connected anew, recorded handshakes may be answered once`,
      });
    } catch (error) {
      this.warn((error as Error).message);
      this.warned = true;
    }
    return nothing;
  }

  private warn(error: string): void {
    this.log('warning', 'stamps-not-kept', {
      error,
      advice: 'the daemon runs on, but a restart forgets which handshakes were answered; see sennitd --state',
    });
  }
}

function text(publicKey: Uint8Array): string {
  return Buffer.from(publicKey).toString('base64');
}
