/**
 * What a configuration command does to the model. Each command of the grammar's configuration modes has
 * one setting: how to set it, how to undo it, and the arguments with which it would be printed.
 */
import type { Args, ArgValue } from '../../cli/grammar/token.js';

/** Why a line can't be applied and what to do; undefined when it was applied. */
export type Refusal = string | undefined;

export interface Setting<T> {
  set(target: T, args: Args): Refusal;
  /** The `no` form; arguments may be missing. */
  unset(target: T, args: Args): Refusal;
  /** One entry for each line that `show running-config` prints: nothing while the default holds. */
  print(target: T): Args[];
}

/** An argument that the grammar guarantees to be text. */
export function text(args: Args, name: string): string {
  return String(args[name]);
}

/** An argument that the grammar guarantees to be a number. */
export function number(args: Args, name: string): number {
  return Number(args[name]);
}

/** An optional number. */
export function numberOr(args: Args, name: string, fallback: number): number {
  const value = args[name];
  return value === undefined ? fallback : Number(value);
}

/** A field that holds the argument as it is, or its default. */
export function field<K extends string, V extends ArgValue | null>(
  name: K,
  arg: string,
  fallback: V,
): Setting<{ [key in K]: V }> {
  return {
    set(target, args) {
      target[name] = args[arg] as V;
      return undefined;
    },
    unset(target) {
      target[name] = fallback;
      return undefined;
    },
    print(target) {
      const value = target[name];
      return value === fallback || value === null ? [] : [{ [arg]: value }];
    },
  };
}

/** A field that is false until the command is given. */
export function flag<K extends string>(name: K): Setting<{ [key in K]: boolean }> {
  return {
    set(target) {
      target[name] = true;
      return undefined;
    },
    unset(target) {
      target[name] = false;
      return undefined;
    },
    print: (target) => (target[name] ? [{}] : []),
  };
}

/** The entries of a map that a mode holds, in the order of their keys. */
export function byNumber<V>(map: ReadonlyMap<number, V>): [number, V][] {
  return [...map].sort(([a], [b]) => a - b);
}
