/** Configurations that are being worked on and don't run yet: `configure session NAME`. */
import type { Config } from './model.js';
import { differences, type Path } from './model-tree.js';

/** Bounds the memory that candidates take: each holds two models. */
const MAX_CANDIDATES = 16;
/** Milliseconds after which a candidate that nobody touched and nobody is in goes. */
const MAX_AGE = 24 * 3600_000;

export class Candidate {
  /** Why it is no more; null while it is. */
  ended: string | null = null;
  changedAt: number;
  /** Who is in it: id of the person, and the user. */
  readonly present = new Map<number, string>();
  #config: Config;
  #paths: Path[] | null = null;

  constructor(
    readonly name: string,
    /** Who began it. */
    readonly user: string,
    /** What ran when it began, or when it was last brought up to date. */
    private begun: Config,
    readonly begunAt: number,
  ) {
    this.#config = begun;
    this.changedAt = begunAt;
  }

  get base(): Config {
    return this.begun;
  }

  get config(): Config {
    return this.#config;
  }

  /** What it changes. */
  get paths(): readonly Path[] {
    this.#paths ??= differences(this.begun, this.#config);
    return this.#paths;
  }

  set(config: Config, now: number): void {
    this.#config = config;
    this.#paths = null;
    this.changedAt = now;
  }

  rebase(base: Config, config: Config, now: number): void {
    this.begun = base;
    this.set(config, now);
  }
}

export class Candidates {
  private readonly all = new Map<string, Candidate>();

  /** @param forgotten told of each that has gone because of its age */
  constructor(private readonly forgotten: (candidate: Candidate) => void = () => undefined) {}

  get(name: string): Candidate | undefined {
    return this.all.get(name);
  }

  list(now: number): Candidate[] {
    for (const candidate of this.all.values()) {
      if (candidate.present.size > 0 || now - candidate.changedAt < MAX_AGE) continue;
      this.end(candidate, 'it was left alone for a day');
      this.forgotten(candidate);
    }
    return [...this.all.values()];
  }

  /** A new one; null when there are as many as there may be. */
  add(name: string | null, user: string, base: Config, now: number): Candidate | null {
    if (this.list(now).length >= MAX_CANDIDATES) return null;
    const candidate = new Candidate(name ?? this.freeName(), user, base, now);
    this.all.set(candidate.name, candidate);
    return candidate;
  }

  end(candidate: Candidate, why: string): void {
    candidate.ended = why;
    this.all.delete(candidate.name);
  }

  private freeName(): string {
    let number = 1;
    while (this.all.has(`s${number}`)) number++;
    return `s${number}`;
  }
}
