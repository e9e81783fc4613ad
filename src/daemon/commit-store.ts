/**
 * Commits over a restart, in the state directory: `archive.N` for each that is kept, and `unconfirmed`: what is to
 * run again unless the commit after it is confirmed. Files are replaced whole and flushed. What can't be written
 * is said once in the log, and the daemon goes on without.
 */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Entry } from '../config/archive.js';
import { flushDirectory, replaceFile } from '../config/store.js';
import type { Log } from '../log/log.js';
import { type CommitFile, formatCommit, parseCommit } from './commit-file.js';
import { READ_STATE } from './state-file.js';

const ARCHIVE = /^archive\.(\d{1,15})$/;
const TEMPORARY = /^\.(archive\.\d+|unconfirmed)\./;
const UNCONFIRMED = 'unconfirmed';

export class CommitStore {
  /** Why nothing is kept; null while all is well. */
  private reason: string | null = null;
  private last: Promise<void> = Promise.resolve();

  /** @param directory null: nothing is kept */
  constructor(
    private readonly directory: string | null,
    private readonly log: Log,
  ) {
    if (directory === null) this.reason = 'the daemon has no state directory';
  }

  notKept(): string | null {
    return this.reason;
  }

  /** What an earlier life of the daemon left, oldest first; damaged files are left out, and said. */
  archived(): Entry[] {
    const { directory } = this;
    if (directory === null) return [];
    try {
      // Others may pass what lies above it: the daemon may go on as another user.
      mkdirSync(dirname(directory), { recursive: true, mode: 0o755 });
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const names = readdirSync(directory);
      for (const name of names) if (TEMPORARY.test(name)) unlinkSync(join(directory, name));
      const numbers = names.flatMap((name) => ARCHIVE.exec(name)?.[1] ?? []).map(Number);
      return numbers.sort((a, b) => a - b).flatMap((number) => this.entry(number) ?? []);
    } catch (error) {
      this.failed(error);
      return [];
    }
  }

  /** What is to run again, because the commit after it was not confirmed before the daemon ended; null: nothing. */
  unconfirmed(): CommitFile | null {
    return this.read(UNCONFIRMED);
  }

  /** Resolves when it is on the disk, or can't be. @param forgotten sequence numbers of those that go */
  keep(entry: Entry, forgotten: readonly number[]): Promise<void> {
    return this.inTurn(async (directory) => {
      await replaceFile(join(directory, `archive.${entry.sequence}`), formatCommit(entry), 0o600);
      for (const number of forgotten) await unlink(join(directory, `archive.${number}`)).catch(() => undefined);
    });
  }

  /** @returns whether it is on the disk */
  async keepUnconfirmed(before: CommitFile): Promise<boolean> {
    await this.inTurn((directory) => replaceFile(join(directory, UNCONFIRMED), formatCommit(before), 0o600));
    return this.reason === null;
  }

  /** @throws Error when it can't be removed: after a restart it would be rolled back still */
  async forgetUnconfirmed(): Promise<void> {
    const { directory } = this;
    if (directory === null) return;
    await this.last;
    try {
      await unlink(join(directory, UNCONFIRMED));
      await flushDirectory(directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** Resolves when all is written. */
  settled(): Promise<void> {
    return this.last;
  }

  private entry(number: number): Entry | null {
    const file = this.read(`archive.${number}`);
    return file === null ? null : new Entry(number, file.at, file.user, file.how, file.text);
  }

  private read(name: string): CommitFile | null {
    if (this.directory === null) return null;
    const path = join(this.directory, name);
    try {
      const fd = openSync(path, READ_STATE);
      try {
        const file = parseCommit(readFileSync(fd, 'utf8'));
        if (file === null) this.log('warning', 'commit-damaged', { file: path, advice: 'it is left out' });
        return file;
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.failed(error);
      return null;
    }
  }

  private inTurn(job: (directory: string) => Promise<void>): Promise<void> {
    const { directory } = this;
    if (directory === null) return Promise.resolve();
    this.last = this.last.then(async () => {
      try {
        await job(directory);
        this.reason = null;
      } catch (error) {
        this.failed(error);
      }
    });
    return this.last;
  }

  private failed(error: unknown): void {
    const { message } = error as Error;
    if (this.reason === null) {
      const advice = 'the archive of commits does not outlive the daemon; see sennitd --state';
      this.log('warning', 'commits-not-kept', { error: message, advice });
    }
    this.reason = message;
  }
}
