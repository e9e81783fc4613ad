/** `?` prints a row for each word, and terminals have 80 columns: a row that is longer is cut in the middle of a word. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { help } from '../../src/cli/grammar/help.js';
import type { ModeName } from '../../src/cli/grammar/token.js';
import { tree } from '../../src/cli/grammar/tree.js';

const COLUMNS = 80;
/** Something to type for a label that is no keyword; where there is none the walk ends. */
const VALUES = new Map([
  ...Object.entries({ NAME: 'a', DEVICE: 'd', FILE: '/a.log', 'A.B.C.D': '192.0.2.1', 'X:X::X:X': '::1' }),
  ...Object.entries({ 'A.B.C.D|X:X::X:X': '192.0.2.1', '<0-7>': '0', '<1-65535>': '1', '<0-50>': '1' }),
]);
/** Words after which nothing new comes: options of one command in every order. */
const DEPTH = 5;

function rowsOf(mode: ModeName, line: string, depth: number, rows: Set<string>): void {
  for (const row of help(mode, line, 'admin', true).split('\n')) {
    rows.add(row);
    const label = row.trim().split(' ', 1)[0] as string;
    const next = /^[a-z][a-z0-9-]*$/.test(label) ? label : VALUES.get(label);
    if (next !== undefined && depth < DEPTH) rowsOf(mode, `${line}${next} `, depth + 1, rows);
  }
}

test(`no row of help is wider than ${COLUMNS} columns`, () => {
  const rows = new Set<string>();
  for (const mode of Object.keys(tree) as ModeName[]) rowsOf(mode, '', 0, rows);
  assert.ok(rows.size > 150, `${rows.size} rows were seen`);
  assert.deepEqual(
    [...rows].filter((row) => row.length > COLUMNS),
    [],
  );
});
