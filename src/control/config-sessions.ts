/** What a shell may ask about candidates: configurations that are worked on and don't run yet. */
import type { Candidate } from '../config/candidates.js';
import type { DiffLine } from '../config/text-diff.js';
import type { Person } from './commits.js';

/** A candidate, as `show configuration sessions` lists it. */
export interface CandidateRow {
  name: string;
  /** Who began it. */
  user: string;
  /** ISO 8601. */
  begun: string;
  changed: string;
  /** Lines that a commit would add and remove. */
  added: number;
  removed: number;
  /** Who is in it now. */
  present: string[];
  /** What runs has changed since it began. */
  behind: boolean;
}

/** What a commit would do. */
export interface CandidateDiff {
  name: string;
  lines: DiffLine[];
  /** Settings that others have changed too: a commit is refused unless it is forced. */
  conflicts: string[];
}

export interface CommitOptions {
  /** Take the candidate's settings where others have changed the same. */
  readonly force: boolean;
  /** Take it back after so many seconds unless it is confirmed; null: it stays. */
  readonly seconds: number | null;
}

export interface CommitCheck {
  /** Why a commit would be refused. */
  readonly errors: readonly string[];
  /** What will not work yet. */
  readonly notes: readonly string[];
}

export interface ConfigSessions {
  /**
   * Goes into the candidate of this name, or a new one; null: a new one with a name of its own.
   * @throws EngineError when there are too many
   */
  enter(name: string | null, person: Person): Candidate;
  /** The person has left; the candidate is kept, unless nothing is in it. */
  leave(candidate: Candidate, person: Person): void;
  /** @param name null: the only one there is. @throws EngineError when there is none */
  find(name: string | null): Candidate;
  /** @throws EngineError when there is none */
  drop(name: string, person: Person): void;
  list(): CandidateRow[];
  names(): string[];
  diff(candidate: Candidate): CandidateDiff;
  check(candidate: Candidate): CommitCheck;
  /** Takes in what runs now; where both changed the same, what runs. @returns where they did */
  rebase(candidate: Candidate): string[];
  /** @returns what the person should know. @throws EngineError; then nothing has changed */
  commit(candidate: Candidate, person: Person, options: CommitOptions): Promise<string[]>;
}
