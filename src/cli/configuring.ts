/**
 * Where a shell is in the configuration: in exec mode, in `configure terminal`, where every line acts at once, or
 * in a candidate, where lines wait for `commit`.
 */
import type { Candidate } from '../config/candidates.js';
import { diff } from '../config/diff.js';
import { edit } from '../config/edit.js';
import { load } from '../config/load.js';
import type { Config } from '../config/model.js';
import type { Place } from '../config/place.js';
import { TOP } from '../config/place.js';
import { validate } from '../config/validate.js';
import type { Person } from '../control/commits.js';
import type { CommitOptions } from '../control/config-sessions.js';
import type { Engine } from '../control/engine.js';
import { Refused } from './commands/command.js';
import type { Match } from './grammar/match.js';
import type { Args, ModeName } from './grammar/token.js';
import { tree } from './grammar/tree.js';
import { candidateText, diffAnswer } from './show/candidates.js';
import { duration } from './show/quantity.js';

/** Minutes that `commit confirmed` waits where nothing is said. */
const DEFAULT_MINUTES = 10;

export class Configuring {
  /** Null in exec mode. */
  #place: Place | null = null;
  /** What is worked on; null: what runs. */
  #candidate: Candidate | null = null;

  constructor(
    private readonly engine: Engine,
    readonly person: Person,
  ) {}

  get mode(): ModeName {
    return this.#place?.at(-1)?.mode ?? 'exec';
  }

  get place(): Place {
    return this.#place ?? [];
  }

  get candidate(): Candidate | null {
    return this.#candidate;
  }

  /** What stands in the prompt: `config-if`, or `config-s-NAME-if` in a candidate; null in exec mode. */
  get prompt(): string | null {
    const { prompt } = tree[this.mode];
    if (prompt === null || this.#candidate === null) return prompt;
    return prompt.replace(/^config/, `config-s-${this.#candidate.name}`);
  }

  /** The configuration that lines change. */
  get config(): Config {
    return this.#candidate?.config ?? this.engine.running();
  }

  /** `configure terminal`. @returns what to print */
  terminal(): string {
    this.#place = TOP;
    return notes(this.engine.commits.enter(this.person));
  }

  /** `configure session`. @returns what to print. @throws EngineError */
  session(name: string | null): string {
    const candidate = this.engine.configSessions.enter(name, this.person);
    this.#candidate = candidate;
    this.#place = TOP;
    const others = [...candidate.present].filter(([id]) => id !== this.person.id).map(([, user]) => user);
    return notes(others.map((user) => `${user} is in this session too`));
  }

  /** Back to exec mode, or (the shell is gone) out of it all. @returns what to print */
  leave(): string {
    const candidate = this.#candidate;
    if (candidate === null) this.engine.commits.leave(this.person);
    else this.engine.configSessions.leave(candidate, this.person);
    this.#place = null;
    this.#candidate = null;
    return candidate === null || candidate.ended !== null || candidate.paths.length === 0 ? '' : kept(candidate.name);
  }

  /** To the mode above. @returns what to print */
  up(): string {
    if (this.#place === null || this.#place.length === 1) return this.leave();
    this.#place = this.#place.slice(0, -1);
    return '';
  }

  /**
   * Refuses what was meant for a candidate that is no more, and leaves it; and what waited for its turn while its shell
   * went away: without place and candidate it would mean something else. @throws Refused
   */
  mustBeThere(): void {
    if (this.#place === null) throw new Refused('the shell that typed it has left: nothing was done');
    const candidate = this.#candidate;
    if (candidate === null || candidate.ended === null) return;
    this.leave();
    throw new Refused(`session ${candidate.name} is no more, ${candidate.ended}: nothing was done`);
  }

  /**
   * A line of the configuration. Works on a copy: what runs stays as it is until the daemon has taken the whole change.
   * @returns what to print. @throws Refused, EngineError
   */
  async change(meant: Match): Promise<string> {
    this.mustBeThere();
    const before = this.config;
    const next = structuredClone(before);
    const edited = edit(next, this.place, meant);
    if ('refusal' in edited) throw new Refused(edited.refusal);
    const told = diff(before, next).length > 0 ? await this.#take(before, next) : [];
    this.#place = edited.place;
    return notes(told);
  }

  /** A command of `configure session` itself. @returns what to print. @throws Refused, EngineError */
  async run({ command, args }: Match): Promise<string> {
    this.mustBeThere();
    const candidate = this.#candidate as Candidate;
    const sessions = this.engine.configSessions;
    switch (command.id) {
      case 'commit':
        return this.#commit(candidate, { force: args.force !== undefined, seconds: null });
      case 'commit confirmed':
      case 'commit confirmed seconds':
        return this.#commit(candidate, { force: args.force !== undefined, seconds: secondsOf(args) });
      case 'commit check': {
        const { errors, notes: found } = sessions.check(candidate);
        if (errors.length > 0) throw new Refused(errors.join('\n% '));
        return ['it can be committed', ...found.map((note) => `Note: ${note}`)].join('\n');
      }
      case 'abort':
        sessions.drop(candidate.name, this.person);
        return this.leave();
      case 'rebase':
        return notes(sessions.rebase(candidate).map((one) => `what runs was taken: ${one}`));
      case 'rollback':
        return notes(this.#load(candidate, Number(args.number)));
      case 'show session diffs':
        return diffAnswer(sessions.diff(candidate)).text;
      case 'show session-config':
        return args.diffs === undefined ? candidateText(candidate) : diffAnswer(sessions.diff(candidate)).text;
    }
    throw new Error(`no handler for '${command.id}'`);
  }

  /** @returns what the person should know */
  async #take(before: Config, next: Config): Promise<string[]> {
    const known = new Set(validate(before));
    const errors = validate(next).filter((error) => !known.has(error));
    const candidate = this.#candidate;
    if (candidate !== null) {
      // The lines to come may mend it.
      candidate.set(next, Date.now());
      return errors.map((error) => `${error}; until then 'commit' refuses it`);
    }
    if (errors.length > 0) throw new Refused(errors.join('\n% '));
    return this.engine.commits.change(next, this.person);
  }

  async #commit(candidate: Candidate, options: CommitOptions): Promise<string> {
    const told = await this.engine.configSessions.commit(candidate, this.person, options);
    this.leave();
    const waiting = options.seconds === null ? null : this.engine.commits.unconfirmed();
    if (waiting === null) return notes(told);
    const first = `committed; it is taken back in ${duration(waiting.secondsLeft * 1000)} unless 'confirm' comes`;
    return [first, ...(told.length > 0 ? [notes(told)] : [])].join('\n');
  }

  #load(candidate: Candidate, number: number): string[] {
    const made = load(this.engine.commits.text(number), 'archive');
    if (!made.ok) throw new Refused('it does not load any more');
    candidate.set(made.config, Date.now());
    return [];
  }
}

function secondsOf({ minutes, seconds }: Args): number {
  return seconds === undefined ? Number(minutes ?? DEFAULT_MINUTES) * 60 : Number(seconds);
}

function kept(name: string): string {
  return `Session ${name} is pending: 'configure session ${name}' goes on with it, 'no configure session ${name}' drops it`;
}

function notes(told: readonly string[]): string {
  return told.map((one) => `Note: ${one}`).join('\n');
}
