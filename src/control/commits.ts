/**
 * What a shell may ask about changes of the configuration that act: lines, commits, and the way back. Whatever
 * changes something is to wait its turn in the queue of changes.
 */
import type { Config } from '../config/model.js';

/** Somebody at a prompt, or a script. */
export interface Person {
  /** One for each connection. */
  readonly id: number;
  /** The name of the user, or `uid N`. */
  readonly user: string;
  readonly pid: number | null;
}

/** A commit, as `show archive` lists it. */
export interface CommitRow {
  /** How many commits ago; 0: what runs now. */
  number: number;
  /** ISO 8601. */
  time: string;
  user: string;
  /** What it was, such as `session maintenance`. */
  how: string;
  /** Lines added and removed by it. */
  added: number;
  removed: number;
  /** Somebody is still in `configure terminal` and goes on with it. */
  open: boolean;
}

/** A commit that is taken back unless it is confirmed. */
export interface Unconfirmed {
  user: string;
  how: string;
  secondsLeft: number;
  /** Also when the daemon ends before; false: only while it runs. */
  kept: boolean;
}

export interface Commits {
  /** A person who has just connected. */
  person(user: string, pid: number | null): Person;

  /** Notes that a person is in `configure terminal`; what there is to know then. */
  enter(person: Person): string[];
  /** The person has left it, or is gone: what was changed there is a commit. */
  leave(person: Person): void;
  /**
   * Makes `next` run, as part of what the person changes line by line.
   * @returns what the person should know: that somebody else changes the same
   * @throws EngineError; then nothing has changed
   */
  change(next: Config, person: Person): Promise<string[]>;

  /** Runs what may change the configuration by itself, in this person's name. */
  as<T>(person: Person, how: string, job: () => Promise<T>): Promise<T>;
  /** Makes `next` run in the name of whom `as` says, or of the daemon. @throws EngineError */
  apply(next: Config): Promise<void>;

  /** Makes run what ran `number` commits ago. @throws EngineError; then nothing has changed */
  rollback(number: number, person: Person): Promise<void>;
  /** Keeps the commit that waits for it. @throws EngineError when none does */
  confirm(person: Person): Promise<void>;
  unconfirmed(): Unconfirmed | null;
  /** @throws EngineError while a commit waits to be confirmed: it may not outlive a restart */
  mayBeSaved(): void;

  archive(): CommitRow[];
  /** The configuration `number` commits ago as text. @throws EngineError when it is not kept */
  text(number: number): string;
  /** Why the archive does not outlive the daemon; null: it does. */
  notKept(): string | null;
}
