/**
 * Configuration files: good ones, cut, shuffled and garbled. Each is taken whole or refused with errors that
 * name a line; what is taken is printed as a file that loads to the same.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { tree } from '../../../src/cli/grammar/tree.js';
import { diff } from '../../../src/config/diff.js';
import { formatError, load } from '../../../src/config/load.js';
import { render } from '../../../src/config/render.js';
import { incomplete, validate } from '../../../src/config/validate.js';
import type { Random } from '../../sim/random.js';
import { legalLine, mutateText, swapped } from '../mutate-text.js';
import type { Target } from '../target.js';

const EXAMPLE = readFileSync(new URL('../../../../etc/sennit.conf', import.meta.url), 'utf8');
const MOST_LINES = 120;

/** Files that loaded, to go on from; the example first. Bounded, the newest at the end. */
let corpus: string[] = [];
const MOST_FILES = 50;

export const configuration: Target = {
  name: 'configuration',
  life: 300,
  quick: 60,

  begin() {
    corpus = [EXAMPLE];
  },

  run(random, note) {
    const text = file(random);
    note(new TextEncoder().encode(text));
    const loaded = load(text, 'file');
    if (!loaded.ok) {
      assert.ok(loaded.errors.length >= 1 && loaded.errors.length <= 20);
      const lines = text.split('\n').length;
      for (const error of loaded.errors) {
        assert.ok(error.line >= 0 && error.line <= lines && error.column >= 0 && error.message !== '');
        assert.ok(formatError(error).startsWith('file:'));
      }
      return;
    }
    const { config } = loaded;
    assert.deepEqual(validate(config), []);
    assert.ok(Array.isArray(incomplete(config)));
    const printed = render(config);
    const again = load(printed, 'printed');
    assert.ok(again.ok, 'what was printed does not load');
    assert.deepEqual(again.config, config);
    assert.deepEqual(diff(config, again.config), []);
    assert.equal(render(again.config), printed);
    corpus.push(printed);
    if (corpus.length > MOST_FILES) corpus.splice(1, 1);
  },
};

function file(random: Random): string {
  if (random.chance(0.05)) return mutateText(random, random.pick(corpus));
  let lines = random.chance(0.7) ? random.pick(corpus).split('\n') : [];
  for (let changes = random.pick([1, 1, 2, 5, lines.length === 0 ? 20 : 3]); changes > 0; changes--) {
    lines = changedLines(random, lines);
  }
  return lines.slice(0, MOST_LINES).join(random.chance(0.95) ? '\n' : '\r\n');
}

function changedLines(random: Random, lines: readonly string[]): string[] {
  const at = random.int(0, lines.length);
  const replaced = (put: string[], removed: number): string[] => [
    ...lines.slice(0, at),
    ...put,
    ...lines.slice(at + removed),
  ];
  switch (random.int(0, 6)) {
    case 0:
      return replaced([], random.int(1, 4));
    case 1:
      return lines.length === 0 ? [] : swapped(random, lines);
    case 2:
      return replaced(lines.slice(at, at + random.int(1, 30)), 0);
    case 3:
      return replaced([mutateText(random, lines[at] ?? '')], 1);
    case 4:
      return replaced([...blockOf(random)], 0);
    default: {
      // In the mode that the line above it is in, by its indent.
      const indent = /^ */.exec(lines[at] ?? '')![0].length;
      const mode = (['configure', 'interface', 'peer', 'peer-link'] as const)[Math.min(indent, 3)]!;
      return replaced([' '.repeat(indent) + legalLine(random, tree[mode])], random.int(0, 1));
    }
  }
}

/** A peer with a link. */
function blockOf(random: Random): string[] {
  const lines = ['interface sennit0', ` peer ${random.pick(['a', 'b', 'c', 'd'])} id ${random.int(1, 5)}`];
  for (let n = random.int(0, 3); n > 0; n--) lines.push(`  ${legalLine(random, tree.peer)}`);
  lines.push(`  link ${random.int(0, 7)}`);
  for (let n = random.int(0, 3); n > 0; n--) lines.push(`   ${legalLine(random, tree['peer-link'])}`);
  return lines;
}
