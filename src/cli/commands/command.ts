/** What a command of exec mode is: a function from the daemon and its arguments to an answer. */
import type { Engine } from '../../control/engine.js';
import type { Args } from '../grammar/token.js';

export interface ExecContext {
  readonly engine: Engine;
  /** Where `write memory` saves, and what the daemon loads at start. */
  readonly startupFile: string;
}

/** The text for people and, when the command can be piped, the same as data. */
export interface Answer {
  readonly text: string;
  readonly data?: unknown;
}

export interface ExecCommand {
  /** True: it changes something, so it waits for its turn behind the changes of other sessions. */
  readonly changes: boolean;
  readonly run: (context: ExecContext, args: Args) => Answer | Promise<Answer>;
}

/** A command that can't be done: the message says why and what to do. Nothing was changed. */
export class Refused extends Error {}
