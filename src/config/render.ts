/** Prints a model as the commands that would load it. */
import { printCommand } from '../cli/grammar/print.js';
import { tree } from '../cli/grammar/tree.js';
import type { Config } from './model.js';
import type { ConfigMode, Target } from './place.js';
import { enter, settingOf } from './place.js';

/**
 * Every setting that is not its default, in the order of the grammar, indented by mode. What is printed
 * loads to an equal model and is then printed the same, byte for byte.
 */
export function render(config: Config): string {
  const lines = renderMode({ mode: 'configure', part: config }, '');
  return lines.map((line) => `${line}\n`).join('');
}

function renderMode(target: Target, indent: string): string[] {
  return tree[target.mode].commands.flatMap((command) => {
    const printed = settingOf(target, command.id)?.print() ?? [];
    return printed.flatMap((args) => {
      const line = `${indent}${printCommand(command, args)}`;
      if (command.enters === undefined) return [line];
      const child = enter(target, { mode: command.enters.mode as ConfigMode, key: args[command.enters.key] ?? '' });
      const block = [line, ...(child === null ? [] : renderMode(child, `${indent} `))];
      // A bar around each interface and peer makes long configurations readable.
      return command.enters.mode === 'peer-link' ? block : [`${indent}!`, ...block];
    });
  });
}
