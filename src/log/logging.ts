/**
 * Where the events of the log go: to the journal that shells read, and as lines to a file or to standard error. What a
 * file can't take is counted and goes to standard error; it never stops what logged it.
 */
import { isDeepStrictEqual } from 'node:util';
import { DEFAULTS, type LoggingConfig } from '../config/model.js';
import { type EventName, LEVELS, type Level } from './events.js';
import { formatLine, type LogFormat } from './format.js';
import type { Journal, LogEntry } from './journal.js';
import type { Fields, Log } from './log.js';
import { LogFile } from './log-file.js';
import type { StandardError } from './standard-error.js';
import { Throttle } from './throttle.js';

/** Milliseconds between lines that say how many were left out. */
const TELL_INTERVAL = 10_000;

/** What `show logging` prints. */
export interface LoggingStatus {
  destination: 'file' | 'journald' | 'standard-error';
  /** Path of the file; null: it goes to standard error. */
  file: string | null;
  format: LogFormat;
  /** The least that is written there; `show log` has all. */
  level: Level;
  /** Lines since the start: written, and not written since they are below the level. */
  lines: number;
  belowLevel: number;
  /** Lines left out since there were too many of one event, and those that could not be written where they belong. */
  suppressed: number;
  lost: number;
  /** Why lines can't be written now; null: they can. */
  error: string | null;
  suppressedEvents: { event: string; lines: number }[];
}

export interface LoggingOptions {
  readonly journal: Journal;
  readonly standardError: StandardError;
}

/** A change of where the log goes, or how: until it is committed nothing is different. */
export interface LoggingChange {
  commit(): void;
  undo(): void;
}

export class Logging {
  /** Takes an event. */
  readonly log: Log;
  private config: LoggingConfig = { ...DEFAULTS.logging };
  private file: LogFile | null = null;
  private readonly throttle = new Throttle();
  private teller: NodeJS.Timeout | null = null;
  private lines = 0;
  private belowLevel = 0;
  /** Lines that files lost that are not written any more. */
  private lostBefore = 0;

  constructor(private readonly options: LoggingOptions) {
    this.log = (level, event, fields) => this.take(level, event, fields as Fields);
  }

  /** The first configuration, before anything else runs. That its file can't be opened is no reason not to start. */
  begin(first: LoggingConfig): void {
    this.config = { ...first };
    if (first.file === null) return;
    this.log('info', 'log-moved', { to: first.file });
    this.file = this.open(first.file, true);
  }

  /** Opens what `next` needs. @throws Error that says why it can't be opened; then nothing has changed */
  prepare(next: LoggingConfig): LoggingChange {
    const { config } = this;
    if (isDeepStrictEqual(config, next)) return { commit: () => undefined, undo: () => undefined };
    const moves = next.file !== config.file;
    const opened = moves && next.file !== null ? this.open(next.file) : null;
    return {
      commit: () => {
        if (moves) {
          // What ends here says where it goes on.
          this.log('info', 'log-moved', { to: next.file ?? 'standard-error' });
          this.lostBefore += this.file?.lost ?? 0;
          this.file?.close();
          this.file = opened;
        }
        this.config = { ...next };
      },
      undo: () => opened?.close(),
    };
  }

  /** The file was moved, or something else was done about it: the path is opened again. */
  reopen(): void {
    this.file?.reopen(performance.now());
  }

  /**
   * The daemon will go on as this user, who should be able to open the file again. That a file system refuses (a share,
   * FAT) is no reason not to start: the file that is open is written.
   */
  giveTo(uid: number): void {
    try {
      this.file?.giveTo(uid);
    } catch (error) {
      this.log('warning', 'log-not-given', { file: this.config.file ?? '', error: (error as Error).message });
    }
  }

  status(): LoggingStatus {
    const { standardError } = this.options;
    const { file, format, level } = this.config;
    const suppressedEvents = this.throttle.totals().map(([event, lines]) => ({ event, lines }));
    const toStream = standardError.journal ? 'journald' : 'standard-error';
    return {
      destination: file === null ? toStream : 'file',
      file,
      format,
      level,
      lines: this.lines,
      belowLevel: this.belowLevel,
      suppressed: suppressedEvents.reduce((sum, { lines }) => sum + lines, 0),
      lost: this.lostBefore + (this.file?.lost ?? 0) + standardError.lost,
      error: this.file?.error ?? null,
      suppressedEvents,
    };
  }

  /** Says what was left out, and ends. */
  close(): void {
    this.tellSuppressed();
    this.file?.close();
    this.file = null;
    this.config = { ...this.config, file: null };
  }

  private take(level: Level, event: EventName, fields: Fields): void {
    // What is debugged has bounds of its own (daemon/debug-log.ts).
    if (level !== 'debug' && !this.throttle.passes(event, performance.now())) {
      this.teller ??= setTimeout(() => this.tellSuppressed(), TELL_INTERVAL).unref();
      return;
    }
    const entry = { time: new Date().toISOString(), level, event, fields };
    this.options.journal.record(entry);
    if (LEVELS.indexOf(level) > LEVELS.indexOf(this.config.level)) this.belowLevel += 1;
    else this.write(entry);
  }

  private write(entry: LogEntry): void {
    this.lines += 1;
    const { format } = this.config;
    if (this.file?.write(formatLine(format, entry), performance.now())) return;
    const { standardError } = this.options;
    standardError.write(entry.level, formatLine(format, entry, !standardError.journal));
  }

  private tellSuppressed(): void {
    if (this.teller !== null) clearTimeout(this.teller);
    this.teller = null;
    for (const [of, lines] of this.throttle.take()) this.log('warning', 'log-suppressed', { of, lines });
  }

  private open(path: string, anyway = false): LogFile {
    return new LogFile(
      path,
      {
        reopened: () => this.log('info', 'log-reopened', { file: path }),
        notOpened: (error) => this.log('error', 'log-not-opened', { file: path, error }),
        failed: (error) => this.log('error', 'log-not-written', { file: path, error }),
        recovered: (lost) => this.log('info', 'log-written-again', { file: path, lost }),
      },
      performance.now(),
      anyway,
    );
  }
}
