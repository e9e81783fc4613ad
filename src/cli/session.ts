/** One person (or script) at the prompt: the mode it is in, and what its lines do. */
import { hostname } from 'node:os';
import { StoreError } from '../config/store.js';
import type { Engine } from '../control/engine.js';
import { EngineError } from '../control/engine.js';
import type { Caller } from '../control/roles.js';
import type { Shell } from '../control/shells.js';
import { Shells } from '../control/shells.js';
import type { Snapshot } from '../control/snapshot.js';
import type { Log } from '../log/log.js';
import { actCommands } from './commands/act.js';
import { captureCommands } from './commands/capture.js';
import { clearCommands } from './commands/clear.js';
import type { Answer, ExecContext, Question } from './commands/command.js';
import { Refused } from './commands/command.js';
import { commitCommands } from './commands/commits.js';
import { cryptoCommands } from './commands/crypto.js';
import { debugCommands } from './commands/debug.js';
import { monitorCommands } from './commands/monitor.js';
import { pingCommands } from './commands/ping.js';
import { showCommands } from './commands/show.js';
import { techSupportCommands } from './commands/tech-support.js';
import { terminalCommands } from './commands/terminal.js';
import { Configuring } from './configuring.js';
import { CounterBase } from './counter-base.js';
import type { Completion } from './grammar/complete.js';
import { complete } from './grammar/complete.js';
import { help } from './grammar/help.js';
import type { Match } from './grammar/match.js';
import { match } from './grammar/match.js';
import { errorText } from './grammar/message.js';
import { afterDo } from './grammar/outlook.js';
import type { Stage } from './grammar/pipes.js';
import type { Role } from './grammar/privilege.js';
import { isFor } from './grammar/privilege.js';
import type { ModeName } from './grammar/token.js';
import { isBlank, splitWords } from './grammar/words.js';
import { liveNames } from './live-names.js';
import { snapshotOf } from './monitor/snapshot.js';
import { CommandQueue } from './queue.js';
import { Refusals, refusalRate } from './refusals.js';
import { holdsSecret } from './secret-line.js';
import type { Piece, Piecemeal, Stream } from './stream.js';
import { dataStream, pieceOf } from './stream.js';
import type { TerminalSettings } from './terminal-settings.js';

export interface SessionOptions {
  /** Where `write memory` saves. */
  readonly startupFile: string;
  /** Shared by all sessions of a daemon. */
  readonly queue?: CommandQueue;
  /** Shared likewise. */
  readonly base?: CounterBase;
  /** Told of errors that are faults of the program, for the log. */
  readonly report?: (error: unknown) => void;
  /** What it may do; default everything. */
  readonly role?: Role;
  /** Who is at the other end; null when nobody knows. */
  readonly caller?: Caller | null;
  /** Aborted when whoever asks is gone; default never. */
  readonly gone?: AbortSignal;
  /** The shell that it serves, and all of the daemon; default one alone. */
  readonly shell?: Shell;
  readonly shells?: Shells;
  /** Told of every line that was refused. */
  readonly log?: Log;
}

export interface RunResult {
  readonly ok: boolean;
  /** What to print: the answer, or what is wrong. */
  readonly output: string;
  /** The prompt for the next line, without a space behind it. */
  readonly prompt: string;
  /** The session has ended. */
  readonly closed?: true;
  /** Where in the refused line the caret belongs, from 0. */
  readonly column?: number;
  /** What the shell is to put `output` through, in this order. */
  readonly filters?: readonly Stage[];
  /** The command asks for a secret: to be typed behind this text, unseen, and sent as the method `answer`. */
  readonly ask?: string;
  /** The answer comes in pieces, fetched with `more`: for this file (`-`: standard output), or (null) the screen. */
  readonly stream?: Piecemeal;
  /** The line held a secret: it belongs into no history. */
  readonly secret?: true;
  /** What the shell is to change about its terminal. */
  readonly terminal?: TerminalSettings;
}

type Outcome = Omit<RunResult, 'prompt'>;

const execCommands = {
  ...showCommands,
  ...techSupportCommands,
  ...terminalCommands,
  ...clearCommands,
  ...actCommands,
  ...cryptoCommands,
  ...captureCommands,
  ...debugCommands,
  ...monitorCommands,
  ...commitCommands,
  ...pingCommands,
};

const LOOK_ONLY = 'You may look but not change anything: join the group sennit-admin';

/** Commands that move between modes make no sense behind `do`. */
const NAVIGATION: ReadonlySet<string> = new Set([
  'configure',
  'configure terminal',
  'configure session',
  'exit',
  'quit',
  'logout',
  'end',
]);

export class CommandSession {
  readonly caller: Caller | null;
  readonly #engine: Engine;
  readonly #context: ExecContext;
  readonly #queue: CommandQueue;
  readonly #report: (error: unknown) => void;
  readonly #role: Role;
  readonly #shell: Shell;
  readonly #configuring: Configuring;
  readonly #refusals: Refusals;
  /** What the last command asked; the next line takes it back. */
  #question: Question | null = null;
  /** The command that asked. */
  #asked = '';
  /** What comes in pieces; the next line ends it. */
  #stream: Stream | null = null;

  constructor(engine: Engine, options: SessionOptions) {
    const { startupFile, queue, base = new CounterBase(), report, role = 'admin', caller = null } = options;
    this.#engine = engine;
    const shells = options.shells ?? new Shells();
    this.#shell = options.shell ?? (shells.enter(caller, role, () => false) as Shell);
    const gone = options.gone ?? new AbortController().signal;
    const user = this.#shell.user ?? 'unknown';
    this.#configuring = new Configuring(engine, engine.commits.person(user, caller?.pid ?? null));
    gone.addEventListener('abort', () => this.#configuring.leave());
    const rate = role === 'reader' ? shells.readersRefusals : refusalRate();
    this.#refusals = new Refusals(user, options.log ?? (() => undefined), rate);
    this.#context = { engine, base, startupFile, gone, shell: this.#shell, shells, configuring: this.#configuring };
    this.#queue = queue ?? new CommandQueue();
    this.#report = report ?? (() => undefined);
    this.#context.gone.addEventListener('abort', () => this.stop());
    this.#role = role;
    this.caller = caller;
  }

  /** Such as `host1(config-if)#`, or `host1>` for a reader. */
  get prompt(): string {
    const mode = this.#configuring.prompt;
    return `${this.#engine.running().hostname ?? hostname()}${mode === null ? '' : `(${mode})`}${this.#role === 'admin' ? '#' : '>'}`;
  }

  /**
   * Does what one line says. Never rejects: what went wrong is in the answer.
   * @param asData what has data is answered with it, as behind `| json`
   */
  async run(line: string, asData = false): Promise<RunResult> {
    this.#question = null;
    this.stop();
    this.#stream = null;
    const mode = this.#mode;
    if (isBlank(line)) return { ...done(''), prompt: this.prompt };
    let outcome: Outcome;
    try {
      outcome = await this.#runLine(line, asData);
    } catch (error) {
      outcome = this.#refusalFor(error, line);
    }
    this.#shell.mode = this.#mode;
    const secret = holdsSecret(mode, line, outcome.ok);
    if (!outcome.ok) this.#refusals.log(mode, secret ? null : line, outcome.output);
    if (!secret) this.#shell.remember(line);
    return { ...outcome, prompt: this.prompt, ...(secret ? { secret } : {}) };
  }

  /** Finishes the command that asked. Never rejects; `text` is a secret, and in no answer. */
  async answer(text: string): Promise<RunResult> {
    const question = this.#question;
    this.#question = null;
    let outcome: Outcome;
    try {
      if (question === null) throw new Refused('nothing was asked');
      outcome = this.#outcomeOf(await this.#change(this.#asked, () => question.finish(text)));
    } catch (error) {
      const { ok, output } = this.#refusalFor(error, '');
      outcome = { ok, output };
      this.#refusals.log(this.#mode, null, output);
    }
    return { ...outcome, prompt: this.prompt };
  }

  /** The next piece of an answer that comes in pieces. Never rejects. */
  async more(): Promise<Piece> {
    try {
      if (this.#stream === null) throw new Refused('nothing is to come');
      const piece = await pieceOf(this.#stream);
      if (!piece.more) this.#stream = null;
      return piece;
    } catch (error) {
      this.stop();
      this.#stream = null;
      return { more: false, ok: false, output: this.#refusalFor(error, '').output };
    }
  }

  /** Ends what comes in pieces; the last ones can still be fetched. */
  stop(): void {
    this.#stream?.stop();
  }

  /** Pieces of an answer are still to be fetched. */
  get streams(): boolean {
    return this.#stream !== null;
  }

  /** What the live screen shows. */
  snapshot(): Promise<Snapshot> {
    return snapshotOf(this.#engine, this.#context.shells.journal);
  }

  /** The answer to `?` at the end of `line`. */
  help(line: string): string {
    return help(this.#mode, line, this.#role, this.#configuring.candidate !== null);
  }

  /** The answer to TAB at the end of `line`. */
  complete(line: string): Completion {
    const { config, place, candidate } = this.#configuring;
    const live = liveNames(config, place, () => this.#engine.configSessions.names());
    return complete(this.#mode, line, live, this.#role, candidate !== null);
  }

  get #mode(): ModeName {
    return this.#configuring.mode;
  }

  #runLine(line: string, asData: boolean): Outcome | Promise<Outcome> {
    const configuring = this.#configuring;
    const found = match(this.#mode, line, configuring.candidate !== null);
    if ('error' in found) return { ok: false, output: errorText(found.error), column: found.error.column };
    const { match: meant } = found;
    if (!isFor(this.#role, meant.command)) return refused(LOOK_ONLY, line);
    if (meant.mode === 'exec') return this.#runExec(meant, asData);
    switch (meant.command.id) {
      case 'do':
        return this.#runDo(afterDo(this.#mode, line) as string, asData);
      case 'end':
        return done(configuring.leave());
      case 'exit':
      case 'quit':
        return done(configuring.up());
    }
    const { candidate } = meant.command;
    return this.#queue.run(async () => done(await (candidate ? configuring.run(meant) : configuring.change(meant))));
  }

  #runDo(line: string, asData: boolean): Outcome | Promise<Outcome> {
    const found = match('exec', line);
    if ('error' in found) return { ok: false, output: errorText(found.error), column: found.error.column };
    // What is undone is no mode that is entered: 'no configure session NAME' drops one.
    if (NAVIGATION.has(found.match.command.id) && !found.match.negated)
      return refused("'do' does not change modes: type it without 'do'", line);
    return this.#runExec(found.match, asData);
  }

  async #runExec({ command, args, pipes, negated }: Match, asData: boolean): Promise<Outcome> {
    switch (command.id) {
      case 'configure':
      case 'configure terminal':
        return done(this.#configuring.terminal());
      case 'configure session':
        if (negated) break;
        return done(this.#configuring.session(args.name === undefined ? null : String(args.name)));
      case 'enable':
      case 'end':
        return done('');
      case 'exit':
      case 'quit':
      case 'logout':
        return { ok: true, output: '', closed: true };
    }
    const exec = execCommands[command.id];
    if (exec === undefined) throw new Error(`no handler for '${command.id}'`);
    this.#asked = command.id;
    const job = async () => exec.run(this.#context, args, negated);
    const answer = await (exec.changes ? this.#change(command.id, job) : job()).catch((error: unknown) => {
      if (command.secret !== true) throw error;
      return this.#refusalFor(error, '').output;
    });
    if (typeof answer === 'string') return { ok: false, output: answer };
    const filters = pipes.filter(({ id }) => id !== 'json');
    const asked = asData || filters.length < pipes.length;
    // A question is asked, whatever its answer is wanted as; so is a file written.
    const wanted = asked && answer.ask === undefined && (answer.stream?.to ?? null) === null;
    if (answer.stream !== undefined && (wanted || pipes.length > 0)) assertPipes(answer.stream);
    const outcome = this.#outcomeOf(wanted ? withData(answer, command.json === true) : answer);
    if (filters.length === 0) return outcome;
    return outcome.stream === undefined
      ? { ...outcome, filters }
      : { ...outcome, stream: { ...outcome.stream, filters } };
  }

  #outcomeOf({ text, ask, terminal, stream }: Answer): Outcome {
    this.#question = ask ?? null;
    this.#stream = stream ?? null;
    if (this.#context.gone.aborted) this.stop();
    if (stream !== undefined) return { ...done(text), stream: { to: stream.to } };
    const settings = terminal === undefined ? {} : { terminal };
    return { ...done(text), ...settings, ...(ask === undefined ? {} : { ask: ask.prompt }) };
  }

  /** Waits its turn, and is remembered as this person's. */
  #change<T>(how: string, job: () => Promise<T>): Promise<T> {
    const { commits } = this.#engine;
    return this.#queue.run(() => commits.as(this.#configuring.person, how, job));
  }

  #refusalFor(error: unknown, line: string): Outcome {
    const message = error instanceof Error ? error.message : String(error);
    const expected = error instanceof Refused || error instanceof EngineError || error instanceof StoreError;
    if (!expected) this.#report(error);
    return refused(expected ? message : `Internal error: ${message}. Nothing was changed; please report it`, line);
  }
}

/** @throws Refused, and stops it, when nothing can come behind it */
function assertPipes(stream: Stream): void {
  if (stream.to === null && stream.ends) return;
  stream.stop();
  const why = stream.to === null ? "it does not end: give 'count' or 'seconds'" : 'it goes elsewhere as it is';
  throw new Refused(`this can't be piped: ${why}`);
}

/** The answer with data for its text, now or at its end. */
function withData(answer: Answer, hasData: boolean): Answer {
  const textOf = (whole: Answer): string => dataText(whole, hasData);
  return answer.stream === undefined
    ? { text: textOf(answer) }
    : { text: '', stream: dataStream(answer.stream, textOf) };
}

/** The data of an answer; of one that has none its text, as a string. */
function dataText({ text, data }: Answer, hasData: boolean): string {
  if (!hasData) return text === '' ? '' : JSON.stringify(text);
  return JSON.stringify((typeof data === 'function' ? data() : data) ?? null, null, 2);
}

function done(output: string): Outcome {
  return { ok: true, output };
}

function refused(message: string, line: string): Outcome {
  return { ok: false, output: `% ${message}`, column: splitWords(line)[0]?.column ?? 0 };
}
