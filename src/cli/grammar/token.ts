/**
 * The vocabulary in which commands are written down. A command is a list of tokens and nothing else: no
 * function, no access to a daemon. Matching, completion, help, the loader of the configuration file and
 * `show running-config` are all functions over this data.
 */
import type { ValueSpec } from './value.js';

/** `exec` is where a session begins; the others nest in the order given by `ModeSpec.parent`. */
export type ModeName = 'exec' | 'configure' | 'line' | 'interface' | 'peer' | 'peer-link';

/** A keyword. With `arg`, choosing this keyword sets that argument to the word itself. */
export interface WordToken {
  readonly type: 'word';
  readonly word: string;
  readonly help: string;
  readonly arg?: string;
}

/** A typed parameter. */
export interface ValueToken {
  readonly type: 'value';
  readonly arg: string;
  readonly of: ValueSpec;
  readonly help: string;
}

/** Exactly one of several tokens. */
export interface ChoiceToken {
  readonly type: 'choice';
  readonly of: readonly (WordToken | ValueToken)[];
}

/** A sequence that may be left out. */
export interface OptionalToken {
  readonly type: 'optional';
  readonly of: readonly Token[];
}

export type Token = WordToken | ValueToken | ChoiceToken | OptionalToken;

/** The value of a parameter after matching: integers are numbers, all else is canonical text. */
export type ArgValue = string | number;
export type Args = Readonly<Record<string, ArgValue>>;

export interface Command {
  /** Unique within its mode. */
  readonly id: string;
  readonly tokens: readonly Token[];
  /** How many leading tokens the `no` form needs (the rest may follow); absent: there is no `no` form. */
  readonly no?: number;
  /** The mode that this command enters, and the argument that names what is entered. */
  readonly enters?: { readonly mode: ModeName; readonly key: string };
  /** True: the answer exists as data, so `| json` is allowed. */
  readonly json?: true;
  /** True: the line holds a secret, so a refusal does not point into it. */
  readonly secret?: true;
  /** True: it prints nothing that could be piped. */
  readonly silent?: true;
  /** True: it is understood, but neither `?` nor TAB nor a message names it. */
  readonly hidden?: true;
  /** True: only where a candidate is worked on (`configure session`); elsewhere it is not known. */
  readonly candidate?: true;
  /** True: for admins only. Absent: by its first word (`privilege.ts`). */
  readonly privileged?: boolean;
}

export interface ModeSpec {
  readonly name: ModeName;
  /** What stands in the prompt: `host(config-if)#`; null for none. */
  readonly prompt: string | null;
  /** Where a command that this mode does not know is looked for next. */
  readonly parent: ModeName | null;
  /** In the order in which `show running-config` prints them. */
  readonly commands: readonly Command[];
}

export function word(text: string, help: string): WordToken {
  return { type: 'word', word: text, help };
}

/** A keyword that is the value of an argument, for use within `choice`. */
export function pick(arg: string, text: string, help: string): WordToken {
  return { type: 'word', word: text, help, arg };
}

export function value(arg: string, of: ValueSpec, help: string): ValueToken {
  return { type: 'value', arg, of, help };
}

export function choice(...of: (WordToken | ValueToken)[]): ChoiceToken {
  return { type: 'choice', of };
}

export function optional(...of: Token[]): OptionalToken {
  return { type: 'optional', of };
}
