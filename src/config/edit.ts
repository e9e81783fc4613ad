/** Applies one matched line to a model. The loader and the shell change configurations through this alone. */
import type { Match } from '../cli/grammar/match.js';
import type { Config } from './model.js';
import type { ConfigMode, Frame, Place } from './place.js';
import { placeText, settingOf, targetAt } from './place.js';

export type Edited = { readonly place: Place } | { readonly refusal: string };

/**
 * Changes `config` in place: callers give a copy when the change may be refused later.
 * @param place where the line was typed
 * @returns where the next line acts (a mode entered, or the mode that knew the command), or why the line
 *   can't be applied; then `config` is as it was
 */
export function edit(config: Config, place: Place, { command, mode, negated, args }: Match): Edited {
  const base = place.slice(0, place.findIndex((frame) => frame.mode === mode) + 1);
  const target = targetAt(config, base);
  if (target === null) return { refusal: `${placeText(base)} does not exist any more: 'exit' leaves it` };
  const setting = settingOf(target, command.id);
  if (setting === undefined) return { refusal: `'${command.id}' is not a setting` };
  const refusal = negated ? setting.unset(args) : setting.set(args);
  if (refusal !== undefined) return { refusal };
  if (negated || command.enters === undefined) return { place: base };
  const entered: Frame = { mode: command.enters.mode as ConfigMode, key: args[command.enters.key] ?? '' };
  return { place: [...base, entered] };
}
