/**
 * A commit that waits to be confirmed. What ran before it is on the disk before the commit acts: so it comes back
 * when the time is up, whoever is still there, and also when the daemon ends meanwhile and is started again.
 */
import type { Config } from '../config/model.js';
import { render } from '../config/render.js';
import type { Unconfirmed } from '../control/commits.js';
import type { Log } from '../log/log.js';
import type { CommitStore } from './commit-store.js';

/** Milliseconds until a rollback that could not be done is tried again. */
const RETRY = 5000;

export interface WaitingCommit {
  readonly user: string;
  readonly how: string;
  /** What ran before it. */
  readonly before: Config;
  /** By `performance.now()`, which no change of the clock moves. */
  readonly until: number;
  readonly kept: boolean;
}

export class ConfirmTimer {
  private waiting: WaitingCommit | null = null;
  private timer: NodeJS.Timeout | null = null;

  /** @param due takes the commit back; when it rejects, it is called again later */
  constructor(
    private readonly store: CommitStore,
    private readonly log: Log,
    private readonly due: (commit: WaitingCommit) => Promise<void>,
  ) {}

  get commit(): WaitingCommit | null {
    return this.waiting;
  }

  /** To be awaited before the commit acts. */
  async begin(before: Config, user: string, how: string, seconds: number): Promise<WaitingCommit> {
    const kept = await this.store.keepUnconfirmed({ at: Date.now(), user, how, text: render(before) });
    this.waiting = { user, how, before, until: performance.now() + seconds * 1000, kept };
    return this.waiting;
  }

  /** The commit acts: from now on it may be taken back. */
  arm(commit: WaitingCommit): void {
    this.wait(commit, Math.max(0, commit.until - performance.now()));
  }

  /** The commit stays, or was taken back. @throws Error when that can't be written: a restart would take it back */
  async end(): Promise<void> {
    await this.store.forgetUnconfirmed();
    this.waiting = null;
    this.stop();
  }

  /** The commit did not come to act. */
  async cancel(): Promise<void> {
    this.waiting = null;
    this.stop();
    await this.store.forgetUnconfirmed().catch((error: unknown) => {
      this.log('error', 'rollback-not-forgotten', { error: (error as Error).message });
    });
  }

  status(): Unconfirmed | null {
    if (this.waiting === null) return null;
    const { user, how, until, kept } = this.waiting;
    return { user, how, kept, secondsLeft: Math.max(0, Math.ceil((until - performance.now()) / 1000)) };
  }

  /** The daemon ends. What waits is on the disk. */
  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private wait(commit: WaitingCommit, ms: number): void {
    this.stop();
    this.timer = setTimeout(() => {
      this.due(commit).catch((error: unknown) => {
        if (this.waiting !== commit) return;
        const advice = "it is tried again; 'confirm' keeps the commit";
        this.log('error', 'rollback-failed', { error: (error as Error).message, advice });
        this.wait(commit, RETRY);
      });
    }, ms).unref();
  }
}
