/** A daemon double with commits on the disk, and two shells in front of it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandQueue } from '../../src/cli/queue.js';
import type { RunResult } from '../../src/cli/session.js';
import { CommandSession } from '../../src/cli/session.js';
import { newInterface, newPeer, newPeerLink } from '../../src/config/model.js';
import type { Fields } from '../../src/log/log.js';
import { EngineDouble } from './engine-double.js';

export class ConfigStage {
  readonly directory = mkdtempSync(join(tmpdir(), 'sennit-commits-'));
  readonly state = join(this.directory, 'state');
  /** What was logged about refused lines. */
  readonly refusals: (Fields | undefined)[] = [];
  queue = new CommandQueue();
  engine: EngineDouble;
  a: CommandSession;
  b: CommandSession;

  constructor() {
    this.engine = this.daemon();
    this.a = this.shell();
    this.b = this.shell();
  }

  /** One that runs h1 with the peers b and c, and keeps its commits in `state`. */
  daemon(state = this.state): EngineDouble {
    this.queue = new CommandQueue();
    const made = new EngineDouble(state, this.queue);
    made.config.hostname = 'h1';
    made.config.interface = newInterface('t0');
    for (const [name, id] of [
      ['b', 2],
      ['c', 3],
    ] as const) {
      const peer = newPeer(name, id);
      peer.links.set(0, newPeerLink());
      made.config.interface.peers.set(name, peer);
    }
    return made;
  }

  shell(gone = new AbortController()): CommandSession {
    const log = (_level: unknown, event: string, fields?: Fields): void => {
      if (event === 'refused') this.refusals.push(fields);
    };
    const startupFile = join(this.directory, 'sennit.conf');
    return new CommandSession(this.engine, { startupFile, queue: this.queue, log, gone: gone.signal });
  }

  /** The daemon ends, and another one begins with this configuration. */
  async restart(config = structuredClone(this.engine.config)): Promise<void> {
    await this.engine.commits.stop();
    this.engine = this.daemon();
    await this.engine.commits.begin(config);
    this.a = this.shell();
    this.b = this.shell();
  }

  /** The priority that link 0 of peer b has in what runs. */
  priority(): number | undefined {
    return this.engine.config.interface?.peers.get('b')?.links.get(0)?.priority;
  }

  /** What `show archive` lists, newest first. */
  async archive(): Promise<string[]> {
    const { commits } = await json<ArchiveJson>(this.a, 'show archive');
    return commits.map(({ how, added, removed }) => `${how} +${added} -${removed}`);
  }

  async close(): Promise<void> {
    await this.engine.commits.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface ArchiveJson {
  commits: { number: number; user: string; how: string; added: number; removed: number; open: boolean }[];
}

/** The lines that give link 0 of peer b a priority. */
export const PRIORITY = (value: number) => ['interface t0', 'peer b', 'link 0', `priority ${value}`];

/** Lines that must be taken; the last answer. */
export async function type(session: CommandSession, ...lines: string[]): Promise<RunResult> {
  let last: RunResult | undefined;
  for (const line of lines) {
    last = await session.run(line);
    assert.ok(last.ok, `${line}: ${last.output}`);
  }
  return last as RunResult;
}

/** A line that must be refused; why it was. */
export async function refused(session: CommandSession, line: string): Promise<string> {
  const { ok, output } = await session.run(line);
  assert.ok(!ok, `${line} was taken: ${output}`);
  return output;
}

export async function json<T>(session: CommandSession, line: string): Promise<T> {
  return JSON.parse((await type(session, `${line} | json`)).output) as T;
}
