/**
 * Lines and nothing behind them: what the matcher, `?`, TAB and the loader make of right ones, near misses and random
 * bytes, in every mode. Many more a second than `command-line`, which runs them.
 */
import assert from 'node:assert/strict';
import { complete } from '../../../src/cli/grammar/complete.js';
import { help } from '../../../src/cli/grammar/help.js';
import { match } from '../../../src/cli/grammar/match.js';
import { errorText, withCaret } from '../../../src/cli/grammar/message.js';
import type { ModeName } from '../../../src/cli/grammar/token.js';
import { tree } from '../../../src/cli/grammar/tree.js';
import { isBlank } from '../../../src/cli/grammar/words.js';
import { filtered } from '../../../src/cli/shell/filters.js';
import { formatError, load } from '../../../src/config/load.js';
import type { Random } from '../../sim/random.js';
import { anyLine, mutateText } from '../mutate-text.js';
import type { Target } from '../target.js';

const MODES = Object.keys(tree) as ModeName[];

export const lines: Target = {
  name: 'lines',
  life: 100_000,
  quick: 2000,

  begin: () => undefined,

  run(random, note) {
    const line = anything(random);
    note(new TextEncoder().encode(line));
    const mode = random.pick(MODES);
    matched(mode, line);
    if (random.chance(0.1)) assert.ok(help(mode, line).length > 0);
    if (random.chance(0.1)) for (const word of complete(mode, line, () => ['a']).candidates) assert.ok(word.length > 0);
    if (random.chance(0.1)) {
      const loaded = load(line, 'x');
      if (!loaded.ok) for (const error of loaded.errors) assert.match(formatError(error), /^x:\d+: %/);
    }
  },
};

/** Half of it random bytes: as UTF-8 they become what a terminal or a pipe would hand on. */
function anything(random: Random): string {
  if (random.chance(0.5)) return mutateText(random, anyLine(random));
  const bytes = Uint8Array.from({ length: random.pick([1, 5, 20, 100]) }, () => random.int(0, 255));
  return new TextDecoder().decode(bytes);
}

function matched(mode: ModeName, line: string): void {
  if (isBlank(line)) return;
  const found = match(mode, line);
  if ('match' in found) {
    const { command, pipes } = found.match;
    assert.ok(tree[found.match.mode].commands.includes(command));
    const stages = pipes.filter(({ id }) => id !== 'json' && id !== 'redirect');
    assert.equal(typeof filtered('some\n lines', stages), 'string');
    return;
  }
  const { error } = found;
  assert.ok(error.column >= 0 && error.column <= line.length);
  assert.match(errorText(error), /^% (Ambiguous|Incomplete|Invalid)/);
  assert.match(withCaret(line, error.column, ''), /\^$/);
}
