/**
 * Standard error as a place for the log. Where journald reads it, a line begins with its priority, and has no time, for
 * journald stamps it: sd-daemon(3), and JOURNAL_STREAM in systemd.exec(5).
 */
import { fstatSync } from 'node:fs';
import type { Level } from './log.js';

/** Of syslog(3). */
const PRIORITIES: Readonly<Record<Level, number>> = { error: 3, warning: 4, info: 6, debug: 7 };

export interface StandardErrorStream {
  write(text: string, done: (error?: Error | null) => void): unknown;
}

export class StandardError {
  /** Lines that could not be written. */
  lost = 0;

  constructor(
    private readonly stream: StandardErrorStream,
    /** Journald is at the other end. */
    readonly journal: boolean,
  ) {}

  write(level: Level, line: string): void {
    const prefix = this.journal ? `<${PRIORITIES[level]}>` : '';
    this.stream.write(`${prefix}${line}\n`, (error) => {
      if (error) this.lost += 1;
    });
  }
}

/** Whether a file descriptor is the connection to journald that JOURNAL_STREAM names, as `DEVICE:INODE`. */
export function isJournal(stream: string | undefined, fd: number): boolean {
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
