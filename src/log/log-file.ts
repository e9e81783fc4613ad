/**
 * A file that lines are added to. Whoever moves or removes it (logrotate) need not tell: within a second of the next
 * line the path is opened again. Lines that can't be written are counted, and nothing else happens.
 */
import { type BigIntStats, closeSync, constants, fchownSync, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { runsAs } from '../io/account.js';

/** Milliseconds between looks whether the path still leads to the file. */
const LOOK_INTERVAL = 1000;

/**
 * Not by following a link, and not waiting for a pipe: the directory may belong to somebody who may do less than this
 * process.
 */
const APPEND =
  constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
/** Who may manage the host's logs may read it, by the group that a rotation gives it. */
const MODE = 0o640;
/** To chown(2): the group stays. */
const NO_CHANGE = 0xffff_ffff;

/** What the file's owner is told; a call may log, and so write to the file again. */
export interface LogFileEvents {
  /** It was opened again. */
  reopened(): void;
  /** It could not be opened. Told once until that works. */
  notOpened(error: string): void;
  /** The first line is lost since lines could be written. */
  failed(error: string): void;
  /** Lines can be written again, after so many were lost. */
  recovered(lost: number): void;
}

interface OpenFile {
  readonly fd: number;
  readonly dev: bigint;
  readonly ino: bigint;
}

export class LogFile {
  /** Lines that could not be written here. */
  lost = 0;
  /** Why lines can't be written now; null: they can. */
  error: string | null = null;
  /** Null: there is none, for the path can't be opened any more. */
  #file: OpenFile | null;
  #lostNow = 0;
  /** Only a part of the last line was written. */
  #torn = false;
  /** The path could not be opened last. */
  #stale = false;
  #lookedAt: number;

  /**
   * @param anyway a file that can't be opened is tried again later
   * @throws Error that says what is wrong and what to do
   */
  constructor(
    private readonly path: string,
    private readonly events: LogFileEvents,
    now: number,
    anyway = false,
  ) {
    this.#lookedAt = now;
    try {
      this.#file = open(path);
    } catch (error) {
      if (!anyway) throw error;
      this.#file = null;
      this.#notOpened(error);
    }
  }

  /** Adds a line. @param now milliseconds @returns whether that was possible */
  write(line: string, now: number): boolean {
    if (now - this.#lookedAt >= LOOK_INTERVAL) this.#look(now);
    try {
      if (this.#file === null) throw new Error('it is not there and cannot be opened');
      // After a part of a line: what is left of it stands alone.
      const bytes = Buffer.from(`${this.#torn ? '\n' : ''}${line}\n`);
      const written = writeSync(this.#file.fd, bytes);
      this.#torn = written < bytes.length;
      if (this.#torn) throw new Error('there is no room for a whole line');
    } catch (error) {
      this.#fail((error as Error).message);
      return false;
    }
    if (this.error === null) return true;
    const lost = this.#lostNow;
    this.#lostNow = 0;
    this.error = null;
    this.events.recovered(lost);
    return true;
  }

  /** Opens the path again. When that can't be done it goes on with the file that it has. @param now milliseconds */
  reopen(now: number): void {
    this.#lookedAt = now;
    let next: OpenFile;
    try {
      next = open(this.path);
    } catch (error) {
      this.#leaveDeleted();
      this.#notOpened(error);
      return;
    }
    this.close();
    this.#file = next;
    this.#torn = false;
    this.#stale = false;
    this.events.reopened();
  }

  /** A file of this process's user is this user's from now on, who so can open it again. @throws Error of the kernel */
  giveTo(uid: number): void {
    if (this.#file === null || fstatSync(this.#file.fd).uid !== process.geteuid?.()) return;
    fchownSync(this.#file.fd, uid, NO_CHANGE);
  }

  /** The descriptor is gone even where the kernel says that it could not write what it had (close(2)). */
  close(): void {
    const file = this.#file;
    this.#file = null;
    try {
      if (file !== null) closeSync(file.fd);
    } catch {
      // Who logs must not be stopped by it.
    }
  }

  #look(now: number): void {
    this.#lookedAt = now;
    const found = present(this.path);
    if (found === null || found.ino !== this.#file?.ino || found.dev !== this.#file.dev) this.reopen(now);
  }

  #notOpened(error: unknown): void {
    if (this.#stale) return;
    this.#stale = true;
    this.events.notOpened((error as Error).message);
  }

  /** What is written to a file without a name is lost. */
  #leaveDeleted(): void {
    if (this.#file !== null && !hasName(this.#file.fd)) this.close();
  }

  #fail(error: string): void {
    this.lost += 1;
    this.#lostNow += 1;
    if (this.error !== null) return;
    this.error = error;
    this.events.failed(error);
  }
}

/** Null: there is nothing, or it can't be seen. */
function present(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return null;
  }
}

/** False also where the server does not know the file any more (ESTALE). */
function hasName(fd: number): boolean {
  try {
    return fstatSync(fd).nlink > 0;
  } catch {
    return false;
  }
}

function open(path: string): OpenFile {
  let fd: number;
  try {
    fd = openSync(path, APPEND | constants.O_CREAT, MODE);
  } catch (error) {
    throw new Error(explained(error as NodeJS.ErrnoException, path));
  }
  const { dev, ino, nlink } = fstatSync(fd, { bigint: true });
  if (fstatSync(fd).isFile() && nlink === 1n) return { fd, dev, ino };
  closeSync(fd);
  throw new Error(`${path} is no plain file with one name: remove it, or name another`);
}

function explained({ code, message }: NodeJS.ErrnoException, path: string): string {
  switch (code) {
    case 'ENOENT':
      return `${path}: its directory is not there: make it, for ${runsAs()} to write`;
    case 'EACCES':
    case 'EPERM':
      return `${path}: permission denied: the daemon runs as ${runsAs()}; give that user the directory and the file`;
    case 'EROFS':
      return `${path}: it cannot be written there: under systemd use /var/log/sennit (LogsDirectory= of the unit)`;
    case 'ELOOP':
    case 'EISDIR':
    case 'ENXIO':
      return `${path} is no plain file: remove it, or name another`;
    case 'ENOSPC':
      return `${path}: no space is left on the disk`;
    default:
      return `${path}: ${message}`;
  }
}
