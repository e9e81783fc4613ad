/** What a command of exec mode is: a function from the daemon and its arguments to an answer. */
import type { Engine } from '../../control/engine.js';
import type { Shell, Shells } from '../../control/shells.js';
import type { Configuring } from '../configuring.js';
import type { CounterBase } from '../counter-base.js';
import type { Args } from '../grammar/token.js';
import type { Stream } from '../stream.js';
import type { TerminalSettings } from '../terminal-settings.js';

export interface ExecContext {
  readonly engine: Engine;
  /** What counters were when they were cleared. */
  readonly base: CounterBase;
  /** Where `write memory` saves, and what the daemon loads at start. */
  readonly startupFile: string;
  /** Aborted when whoever asked is gone. For commands that take long and must not go on for nobody. */
  readonly gone: AbortSignal;
  /** The shell that asks, and all that are connected. */
  readonly shell: Shell;
  readonly shells: Shells;
  /** Where it is in the configuration. */
  readonly configuring: Configuring;
}

/** The text for people and, when the command can be piped, the same as data. */
export interface Answer {
  readonly text: string;
  readonly data?: unknown;
  /** A question whose answer finishes the command; what is typed is not shown and kept nowhere. */
  readonly ask?: Question;
  /** The answer comes piece by piece; `text` and `data` come with its end. */
  readonly stream?: Stream;
  /** What the shell is to change about its terminal. */
  readonly terminal?: TerminalSettings;
}

export interface Question {
  /** What stands before what is typed. */
  readonly prompt: string;
  readonly finish: (text: string) => Promise<Answer>;
}

export interface ExecCommand {
  /** True: it changes something, so it waits for its turn behind the changes of other sessions. */
  readonly changes: boolean;
  readonly run: (context: ExecContext, args: Args, negated: boolean) => Answer | Promise<Answer>;
}

/** The peer that the command was narrowed to, or null for all. @throws Refused when there is none of that name */
export function chosenPeer({ engine }: ExecContext, args: Args): string | null {
  const peer = args.peer;
  if (peer === undefined) return null;
  if (!engine.running().interface?.peers.has(String(peer)))
    throw new Refused(`there is no peer ${peer}: see 'show peers'`);
  return String(peer);
}

/** A command that can't be done: the message says why and what to do. Nothing was changed. */
export class Refused extends Error {}
