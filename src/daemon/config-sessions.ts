/** Candidates: what they would change, whom they would run over, and their commit. */
import { type Candidate, Candidates } from '../config/candidates.js';
import { diff } from '../config/diff.js';
import { load } from '../config/load.js';
import { type Merged, merge } from '../config/merge.js';
import type { Config } from '../config/model.js';
import { overlap, type Path, pathText } from '../config/model-tree.js';
import { render } from '../config/render.js';
import { diffSize, textDiff } from '../config/text-diff.js';
import { incomplete, validate } from '../config/validate.js';
import type { Person } from '../control/commits.js';
import type {
  CandidateDiff,
  CandidateRow,
  CommitCheck,
  CommitOptions,
  ConfigSessions,
} from '../control/config-sessions.js';
import { EngineError } from '../control/engine.js';
import type { Log } from '../log/log.js';
import type { CommitKeeper } from './commits.js';
import { time } from './terminals.js';

/** Conflicts that are told one by one. */
const MOST_TOLD = 10;

export interface CandidateDeskOptions {
  readonly running: () => Config;
  readonly commits: CommitKeeper;
  readonly log: Log;
  /** What applying it would refuse, as far as that can be known before. */
  readonly problems: (next: Config) => string[];
}

export class CandidateDesk implements ConfigSessions {
  private readonly pending: Candidates;

  constructor(private readonly options: CandidateDeskOptions) {
    const { commits, log } = options;
    this.pending = new Candidates(({ name, user }) => log('info', 'candidate-dropped', { session: name, user }));
    commits.watch = (paths) => this.alsoChanging(paths);
  }

  enter(name: string | null, person: Person): Candidate {
    const now = Date.now();
    const known = name === null ? undefined : this.pending.get(name);
    const candidate = known ?? this.pending.add(name, person.user, this.options.running(), now);
    if (candidate === null)
      throw new EngineError("too many sessions are pending: 'no configure session NAME' drops one that is not needed");
    candidate.present.set(person.id, person.user);
    return candidate;
  }

  leave(candidate: Candidate, person: Person): void {
    if (!candidate.present.delete(person.id)) return;
    if (candidate.present.size === 0 && candidate.ended === null && candidate.paths.length === 0)
      this.pending.end(candidate, 'nothing was in it');
  }

  find(name: string | null): Candidate {
    const all = this.pending.list(Date.now());
    if (name === null) {
      if (all.length === 1) return all[0] as Candidate;
      if (all.length === 0) throw new EngineError("no session is pending: 'configure session NAME' begins one");
      throw new EngineError(`name one of the sessions: ${all.map((candidate) => candidate.name).join(', ')}`);
    }
    const found = this.pending.get(name);
    if (found === undefined) throw new EngineError(`there is no session ${name}: see 'show configuration sessions'`);
    return found;
  }

  drop(name: string, person: Person): void {
    this.pending.end(this.find(name), `it was dropped by ${person.user}`);
  }

  list(): CandidateRow[] {
    const running = this.options.running();
    return this.pending.list(Date.now()).map((candidate) => {
      const { name, user, begunAt, changedAt, present, base } = candidate;
      const size = diffSize(this.diff(candidate).lines);
      const [begun, changed] = [begunAt, changedAt].map((at) => new Date(at).toISOString()) as [string, string];
      const behind = diff(base, running).length > 0;
      return { name, user, begun, changed, ...size, present: [...present.values()], behind };
    });
  }

  names(): string[] {
    return this.pending.list(Date.now()).map(({ name }) => name);
  }

  diff(candidate: Candidate): CandidateDiff {
    const { config, conflicts } = this.merged(candidate);
    const lines = textDiff(render(this.options.running()), render(config));
    return { name: candidate.name, lines, conflicts: conflicts.map((path) => this.conflictText(path)) };
  }

  check(candidate: Candidate): CommitCheck {
    const running = this.options.running();
    const { config, conflicts } = this.merged(candidate);
    const contradictions = newOnes(validate, running, config);
    // What contradicts itself can't be tried.
    const refused = contradictions.length > 0 ? contradictions : this.options.problems(config);
    const waiting = this.waiting();
    return {
      errors: [...waiting, ...(conflicts.length > 0 ? [this.conflictsText(candidate, conflicts)] : []), ...refused],
      notes: newOnes(incomplete, running, config),
    };
  }

  rebase(candidate: Candidate): string[] {
    const running = this.options.running();
    const { config, conflicts } = merge(candidate.base, candidate.config, running, 'theirs');
    candidate.rebase(running, config, Date.now());
    return conflicts.map((path) => this.conflictText(path));
  }

  async commit(candidate: Candidate, person: Person, { force, seconds }: CommitOptions): Promise<string[]> {
    const { commits } = this.options;
    const running = this.options.running();
    const { config, conflicts } = this.merged(candidate);
    if (conflicts.length > 0 && !force) throw new EngineError(this.conflictsText(candidate, conflicts));
    const errors = newOnes(validate, running, config);
    if (errors.length > 0) throw new EngineError(errors.join('\n% '));
    if (!isLoadable(config))
      throw new EngineError("the session and what others have changed since do not fit together: 'rebase' shows how");
    const how = `session ${candidate.name}`;
    const changes = diff(running, config).length > 0;
    const kept = changes ? await commits.commit(config, { person, how }, seconds) : true;
    this.pending.end(candidate, `it was committed by ${person.user}`);
    if (!changes) return ['there was nothing to change'];
    return kept ? [] : [`it is not on the disk (${commits.notKept()}): a restart of the daemon forgets it`];
  }

  private waiting(): string[] {
    try {
      this.options.commits.mayChange();
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  }

  /** The candidate on top of what runs now: what a commit would make run. */
  private merged({ base, config }: Candidate): Merged {
    return merge(base, config, this.options.running(), 'mine');
  }

  private conflictText(path: Path): string {
    const touch = this.options.commits.lastTouch(path);
    return touch === undefined ? pathText(path) : `${pathText(path)} (${touch.user}, ${time(touch.at)})`;
  }

  private conflictsText({ name }: Candidate, conflicts: readonly Path[]): string {
    const told = conflicts.slice(0, MOST_TOLD).map((path) => `  ${this.conflictText(path)}`);
    const more = conflicts.length > MOST_TOLD ? [`  and ${conflicts.length - MOST_TOLD} more`] : [];
    return [
      `since session ${name} began, others have changed what it changes:`,
      ...told,
      ...more,
      "'commit force' takes what the session has, 'rebase' takes what runs; 'show session diffs' shows the difference",
    ].join('\n% ');
  }

  /** What to tell somebody who changes `paths` line by line. */
  private alsoChanging(paths: readonly Path[]): string[] {
    return this.pending.list(Date.now()).flatMap((candidate) => {
      const both = paths.find((path) => candidate.paths.some((other) => overlap(path, other)));
      return both === undefined ? [] : [`session ${candidate.name} of ${candidate.user} changes ${pathText(both)} too`];
    });
  }
}

/** What is said of `next` and not of what runs. */
function newOnes(say: (config: Config) => string[], running: Config, next: Config): string[] {
  const known = new Set(say(running));
  return say(next).filter((message) => !known.has(message));
}

/** Two changes that were right one by one may not be together: a list may have become too long. */
function isLoadable(config: Config): boolean {
  const text = render(config);
  const again = load(text, 'candidate');
  return again.ok && render(again.config) === text;
}
