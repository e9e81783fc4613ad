/**
 * Changes of the configuration that act: what was committed by whom, and the way back. All that changes the
 * running configuration goes through here, in the queue of changes.
 */
import type { CommandQueue } from '../cli/queue.js';
import { Archive, type Entry } from '../config/archive.js';
import { diff } from '../config/diff.js';
import { load } from '../config/load.js';
import type { Config } from '../config/model.js';
import { differences, type Path, pathText } from '../config/model-tree.js';
import type { CommitRow, Commits, Person, Unconfirmed } from '../control/commits.js';
import { EngineError } from '../control/engine.js';
import type { Log } from '../log/log.js';
import type { CommitFile } from './commit-file.js';
import type { CommitStore } from './commit-store.js';
import { ConfirmTimer, type WaitingCommit } from './confirm-timer.js';
import { Terminals, time } from './terminals.js';
import { type Touch, Touches } from './touches.js';

/** Who the daemon is where it changes something by itself. */
const ITSELF = 'sennitd';
/** Lines typed after a longer pause are another commit, milliseconds. */
const PAUSE = 600_000;

/** What a configuration is made real by. */
export interface Runner {
  running(): Config;
  /** @throws EngineError; then nothing has changed */
  apply(next: Config): Promise<void>;
}

/** A commit as it is recorded. */
export interface Cause {
  /** Null: the daemon itself. */
  readonly person: Person | null;
  /** What it was, such as `session maintenance`. */
  readonly how: string;
}

export interface CommitKeeperOptions {
  readonly runner: Runner;
  readonly store: CommitStore;
  readonly log: Log;
  readonly queue: CommandQueue;
}

export class CommitKeeper implements Commits {
  private readonly kept: Archive;
  private readonly timer: ConfirmTimer;
  private readonly touches = new Touches();
  private readonly terminals = new Terminals();
  /** In whose name the job that runs changes things. */
  private acting: Cause | null = null;
  /** Goes on with the newest entry, which is not written yet. */
  private open: { person: Person; entry: Entry } | null = null;
  private persons = 0;
  /** What candidates change, for those who change the same line by line. */
  watch: (paths: readonly Path[]) => string[] = () => [];
  /** Called when `returnsTo` has become null, and what runs stays. */
  confirmed: () => void = () => undefined;

  constructor(private readonly options: CommitKeeperOptions) {
    const { store, log, queue } = options;
    this.kept = new Archive(store.archived());
    this.timer = new ConfirmTimer(store, log, (commit) => queue.run(() => this.expire(commit)));
  }

  /**
   * Makes the first configuration run: the one given, or what ran before a commit that an earlier life of the
   * daemon did not see confirmed.
   * @throws EngineError when the given one can't run
   */
  async begin(startup: Config): Promise<void> {
    const { runner, store, log } = this.options;
    const waited = store.unconfirmed();
    if (waited === null || !(await this.returnTo(waited))) {
      await runner.apply(startup);
      this.record(startup, { person: null, how: 'start' }, []);
    }
    // Who changes the files' owner next finds them there.
    await store.settled();
    if (waited === null) return;
    await store.forgetUnconfirmed().catch((error: unknown) => {
      log('error', 'rollback-not-forgotten', { error: (error as Error).message });
    });
  }

  person(user: string, pid: number | null): Person {
    return { id: ++this.persons, user, pid };
  }

  enter(person: Person): string[] {
    const waiting = this.timer.status();
    return [...this.terminals.enter(person, Date.now()), ...(waiting === null ? [] : [waitingText(waiting)])];
  }

  leave(person: Person): void {
    this.terminals.leave(person);
    if (this.open?.person.id === person.id) this.closeGroup();
  }

  async change(next: Config, person: Person): Promise<string[]> {
    this.mayChange();
    const before = this.options.runner.running();
    await this.options.runner.apply(next);
    const paths = differences(before, next);
    const notes = [...this.touchedByOthers(paths, person), ...this.watch(paths)];
    this.record(next, { person, how: 'terminal' }, paths, before);
    return notes;
  }

  async as<T>(person: Person, how: string, job: () => Promise<T>): Promise<T> {
    const outer = this.acting;
    this.acting = { person, how };
    try {
      return await job();
    } finally {
      this.acting = outer;
    }
  }

  apply(next: Config): Promise<void> {
    return this.commit(next, this.acting ?? { person: null, how: 'invitation' }, null).then(() => undefined);
  }

  /**
   * Makes `next` run, all or nothing, as one commit; nothing is done when it runs already.
   * @param seconds take it back then, unless it is confirmed; null: it stays
   * @returns whether what must outlive the daemon is on the disk
   * @throws EngineError; then nothing has changed
   */
  async commit(next: Config, cause: Cause, seconds: number | null): Promise<boolean> {
    this.mayChange();
    const { runner, store } = this.options;
    const before = runner.running();
    if (diff(before, next).length === 0) return true;
    const user = cause.person?.user ?? ITSELF;
    const waiting = seconds === null ? null : await this.timer.begin(before, user, cause.how, seconds);
    try {
      await runner.apply(next);
    } catch (error) {
      if (waiting !== null) await this.timer.cancel();
      throw error;
    }
    this.record(next, cause, differences(before, next), before);
    if (waiting !== null) this.timer.arm(waiting);
    await store.settled();
    return store.notKept() === null;
  }

  async rollback(number: number, person: Person): Promise<void> {
    const waiting = this.timer.commit;
    if (waiting !== null && number === 1) return this.takeBack(waiting, person);
    const entry = this.entry(number);
    const next = loaded(entry.text);
    if (diff(this.options.runner.running(), next).length === 0)
      throw new EngineError(`what ran ${ago(number)} runs: there is nothing to change`);
    await this.commit(next, { person, how: `rollback ${number}` }, null);
  }

  async confirm(person: Person): Promise<void> {
    const waiting = this.timer.commit;
    if (waiting === null) throw new EngineError("no commit waits to be confirmed: see 'show archive'");
    try {
      await this.timer.end();
    } catch (error) {
      const { message } = error as Error;
      throw new EngineError(`not confirmed, for it would be taken back at the next start: ${message}`);
    }
    this.confirmed();
    this.options.log('info', 'commit-confirmed', { user: person.user, by: waiting.user, how: waiting.how });
  }

  unconfirmed(): Unconfirmed | null {
    return this.timer.status();
  }

  /** What runs again unless the commit after it is confirmed; null: no commit waits. */
  returnsTo(): Config | null {
    return this.timer.commit?.before ?? null;
  }

  mayBeSaved(): void {
    this.mayChange();
    this.closeGroup();
  }

  archive(): CommitRow[] {
    return this.kept.list().map((entry, number) => {
      const { at, user, how } = entry;
      const open = this.open?.entry === entry;
      return { number, time: new Date(at).toISOString(), user, how, ...this.kept.size(number), open };
    });
  }

  text(number: number): string {
    return this.entry(number).text;
  }

  notKept(): string | null {
    return this.options.store.notKept();
  }

  /** Who changed it last, if it is known. */
  lastTouch(path: Path): Touch | undefined {
    return this.touches.at(path);
  }

  /** Resolves when everything is on the disk. */
  async stop(): Promise<void> {
    this.timer.stop();
    this.closeGroup();
    await this.options.store.settled();
  }

  private entry(number: number): Entry {
    const entry = this.kept.ago(number);
    if (entry !== undefined) return entry;
    throw new EngineError(`what ran ${ago(number)} is not kept: see 'show archive'`);
  }

  /** The time is up. */
  private async expire(waiting: WaitingCommit): Promise<void> {
    if (this.timer.commit === waiting) await this.takeBack(waiting, null);
  }

  private async takeBack(waiting: WaitingCommit, person: Person | null): Promise<void> {
    const { runner, log } = this.options;
    const running = runner.running();
    if (running !== waiting.before) {
      await runner.apply(waiting.before);
      const how = person === null ? `not confirmed: ${waiting.how}` : 'rollback 1';
      this.record(waiting.before, { person, how }, differences(running, waiting.before), running);
    }
    await this.timer.end();
    if (person === null) log('warning', 'commit-not-confirmed', { user: waiting.user, how: waiting.how });
  }

  /** At the start: what ran before a commit that nobody confirmed runs again. False when it can't. */
  private async returnTo({ text, user, how }: CommitFile): Promise<boolean> {
    const { runner, log } = this.options;
    try {
      const next = loaded(text);
      await runner.apply(next);
      this.record(next, { person: null, how: `not confirmed: ${how}` }, []);
      log('warning', 'commit-not-confirmed', { user, how, reason: 'the daemon ended before' });
      return true;
    } catch (error) {
      const advice = 'the configuration file is taken';
      log('error', 'rollback-failed', { error: (error as Error).message, advice });
      return false;
    }
  }

  /** @throws EngineError while a commit waits to be confirmed */
  mayChange(): void {
    const waiting = this.timer.status();
    if (waiting !== null) throw new EngineError(waitingText(waiting));
  }

  private touchedByOthers(paths: readonly Path[], person: Person): string[] {
    const since = this.terminals.since(person);
    if (since === null) return [];
    return paths.flatMap((path) => {
      const touch = this.touches.at(path);
      if (touch === undefined || touch.at < since || touch.person?.id === person.id) return [];
      return [`${pathText(path)} was changed by ${touch.user} at ${time(touch.at)}`];
    });
  }

  /** @param before what ran; if that is in no entry, it gets one, so that there is a way back to it */
  private record(next: Config, { person, how }: Cause, paths: readonly Path[], before?: Config): void {
    const now = Date.now();
    const { newest } = this.kept;
    const user = person?.user ?? ITSELF;
    if (before === undefined && newest?.text !== undefined && newest.is(next)) return;
    if (before !== undefined && !newest?.is(before)) this.write(this.kept.add(now, ITSELF, 'before', before));
    const grouped = how === 'terminal' && person !== null && this.terminals.has(person);
    if (grouped && this.open?.person.id === person.id && now - this.open.entry.at < PAUSE) {
      this.open.entry.become(next);
      this.open.entry.at = now;
    } else {
      this.closeGroup();
      const entry = this.kept.add(now, user, how, next);
      if (grouped) this.open = { person, entry };
      else this.finish(entry);
    }
    this.touches.note(paths, person, user, now);
  }

  private closeGroup(): void {
    const { open } = this;
    this.open = null;
    if (open !== null && !this.kept.dropIfSame()) this.finish(open.entry);
  }

  private finish(entry: Entry): void {
    const { user, how } = entry;
    this.options.log('info', 'commit', { user, how, ...this.kept.size(0) });
    this.write(entry);
  }

  private write(entry: Entry): void {
    void this.options.store.keep(entry, this.kept.trim());
  }
}

/** Archived text back as a model. @throws EngineError */
function loaded(text: string): Config {
  const made = load(text, 'archive');
  if (made.ok) return made.config;
  const [error] = made.errors;
  throw new EngineError(`it does not load any more: ${error?.text.trim()}: ${error?.message}`);
}

function ago(number: number): string {
  return number === 1 ? '1 commit ago' : `${number} commits ago`;
}

function waitingText({ user, how, secondsLeft }: Unconfirmed): string {
  return (
    `a commit of ${user} (${how}) is not confirmed and is taken back in ${secondsLeft} s: until then nothing can be changed; ` +
    "'confirm' keeps it, 'rollback 1' does that now"
  );
}
