/** The table of events: what the code logs is in it, and what is in it is logged. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FIELDS } from '../../src/log/event-fields.js';
import { EVENTS, type EventSpec, LEVELS } from '../../src/log/events.js';

const SOURCE = fileURLToPath(new URL('../../../src', import.meta.url));
const TABLES = ['log/events.ts', 'log/event-fields.ts'];

const table = Object.entries(EVENTS as Readonly<Record<string, EventSpec>>);
const sources = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !TABLES.includes(name))
  .map((name) => readFileSync(join(SOURCE, name), 'utf8'));

describe('the table of events', () => {
  it('has every event that the code names', () => {
    let count = 0;
    for (const source of sources)
      for (const [, level = '', event = ''] of source.matchAll(/\(\s*'(error|warning|info|debug)',\s*'([a-z-]+)'/g)) {
        count += 1;
        const spec = (EVENTS as Readonly<Record<string, EventSpec>>)[event];
        assert.ok(spec !== undefined, event);
        assert.ok((spec.levels as readonly string[]).includes(level), `${event} at level ${level}`);
      }
    assert.ok(count > 50, `${count} found`);
  });

  for (const [name, { levels, fields, sometimes = [], meaning, todo }] of table) {
    it(`${name}: somebody logs it, and it is said well`, () => {
      assert.ok(
        sources.some((source) => source.includes(`'${name}'`)),
        'nobody logs it',
      );
      assert.match(name, /^[a-z]+(-[a-z]+)*$/);
      assert.ok(levels.length > 0 && levels.every((level) => LEVELS.includes(level)));
      const all = [...fields, ...sometimes];
      assert.equal(new Set(all).size, all.length, 'a field twice');
      assert.match(meaning, /^[A-Z].*[^.]$/);
      if (todo !== undefined) assert.match(todo, /^.*\.$/);
      if (levels.includes('error')) assert.ok(todo !== undefined, 'what is to be done about an error?');
    });
  }

  it('has no field that nothing tells, and none that every line has already', () => {
    const used = new Set(table.flatMap(([, { fields, sometimes = [] }]) => [...fields, ...sometimes]));
    assert.deepEqual([...used].sort(), Object.keys(FIELDS).sort());
    for (const name of ['time', 'level', 'event']) assert.ok(!(name in FIELDS), name);
  });
});
