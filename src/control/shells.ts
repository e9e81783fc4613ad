/** The shells that are connected: who they are, what they did last, and what each is told without asking. */
import type { Role } from '../cli/grammar/privilege.js';
import type { ModeName } from '../cli/grammar/token.js';
import { refusalRate } from '../cli/refusals.js';
import { nameOfUser } from '../io/account.js';
import { Journal } from '../log/journal.js';
import { eventLine } from '../log/line.js';
import type { Notice } from './messages.js';
import type { Caller } from './roles.js';

/** Shells at once; bounds the memory that connections can take. */
const MOST_SHELLS = 64;
/** Those of readers among them: who may only look can't keep out who may change things. */
const MOST_READERS = 48;

/** Lines of `show history`; a longer one than so many characters is not kept. */
const MOST_LINES = 200;
const MOST_OF_LINE = 4096;

/** A row of `show users`. */
export interface ShellStatus {
  /** The smallest number that was free when it connected, from 0. */
  line: number;
  /** The user's name, or its number where it has none; null when the kernel does not tell. */
  user: string | null;
  uid: number | null;
  pid: number | null;
  role: Role;
  mode: ModeName;
  /** ISO 8601, UTC. */
  since: string;
  idleSeconds: number;
  /** It follows the log. */
  monitor: boolean;
}

/** How a shell is told something: false when it has no room, for it does not read. */
export type Send = (notice: Notice) => boolean;

export class Shell {
  /** The user's name, or its number where it has none; null when the kernel does not tell. Looked up once: it may take time. */
  readonly user: string | null;
  /** The mode that it is in, by its session. */
  mode: ModeName = 'exec';
  readonly since = new Date();
  /** The lines that were run in it, none with a secret; bounded by MOST_LINES and MOST_OF_LINE. */
  readonly lines: string[] = [];
  #working = false;
  #lastActive = performance.now();
  #unfollow: (() => void) | null = null;
  #dropped = 0;

  constructor(
    readonly line: number,
    readonly caller: Caller | null,
    readonly role: Role,
    /** Tells it something, unless it has no room. */
    readonly notify: Send,
    private readonly journal: Journal,
  ) {
    this.user = caller === null ? null : nameOfUser(caller.uid);
  }

  /** It asked for something, and is answered. */
  begin(): void {
    this.#working = true;
  }

  end(): void {
    this.#working = false;
    this.#lastActive = performance.now();
  }

  get idleMs(): number {
    return this.#working ? 0 : performance.now() - this.#lastActive;
  }

  remember(line: string): void {
    if (line.length > MOST_OF_LINE) return;
    this.lines.push(line.trim());
    if (this.lines.length > MOST_LINES) this.lines.shift();
  }

  get monitor(): boolean {
    return this.#unfollow !== null;
  }

  /** Begins or ends to follow the log. What it has no room for is counted, and told when there is room again. */
  follow(on: boolean): void {
    this.#unfollow?.();
    this.#dropped = 0;
    this.#unfollow = on ? this.journal.follow((entry) => this.#tell([eventLine(entry)])) : null;
  }

  /** There is room again. */
  drained(): void {
    if (this.#dropped > 0) this.#tell([]);
  }

  #tell(lines: readonly string[]): void {
    if (this.notify({ notice: 'log', lines, dropped: this.#dropped })) this.#dropped = 0;
    else this.#dropped += lines.length;
  }
}

export class Shells {
  /** Of the lines that are refused to readers. */
  readonly readersRefusals = refusalRate();
  readonly #shells = new Map<number, Shell>();

  constructor(readonly journal = new Journal()) {}

  /** A place for a shell, or why there is none. */
  enter(caller: Caller | null, role: Role, send: Send): Shell | { readonly refusal: string } {
    if (this.#shells.size >= MOST_SHELLS) return full(`${MOST_SHELLS} shells are connected`);
    const readers = [...this.#shells.values()].filter((shell) => shell.role === 'reader').length;
    if (role === 'reader' && readers >= MOST_READERS) return full(`${MOST_READERS} shells of readers are connected`);
    let line = 0;
    while (this.#shells.has(line)) line++;
    const shell = new Shell(line, caller, role, send, this.journal);
    this.#shells.set(line, shell);
    return shell;
  }

  leave(shell: Shell): void {
    shell.follow(false);
    this.#shells.delete(shell.line);
  }

  /** Those in which nothing was asked for so long, milliseconds. */
  idle(ms: number): Shell[] {
    return this.all().filter((shell) => shell.idleMs >= ms);
  }

  /** By line. */
  all(): Shell[] {
    return [...this.#shells.values()].sort((a, b) => a.line - b.line);
  }

  statuses(): ShellStatus[] {
    return this.all().map((shell) => ({
      line: shell.line,
      user: shell.user,
      uid: shell.caller?.uid ?? null,
      pid: shell.caller?.pid ?? null,
      role: shell.role,
      mode: shell.mode,
      since: shell.since.toISOString(),
      idleSeconds: Math.floor(shell.idleMs / 1000),
      monitor: shell.monitor,
    }));
  }
}

function full(why: string): { refusal: string } {
  return { refusal: `${why}, and no more are served: 'show users' in one of them tells who they are` };
}
