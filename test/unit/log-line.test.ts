/** A line of the log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLine } from '../../src/log/format.js';
import { formatEvent } from '../../src/log/log.js';
import { readLogfmt } from '../log-lines.js';

test('holds nothing that moves a cursor or turns the direction of writing, whatever a value holds', () => {
  const signs = Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code)).join('');
  const line = formatEvent('warning', 'refused', { line: signs });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
  assert.equal(JSON.parse(line.slice('warning refused line='.length)), signs);
  assert.equal(
    formatEvent('info', 'x', { csi: 'a\u009b2J', rtl: '\u202eb' }),
    'info x csi="a\\u009b2J" rtl="\\u202eb"',
  );
});

test('is logfmt or JSON, with the same names and values, and one line whatever a value holds', () => {
  const time = '2030-01-31T22:59:58.123Z';
  const signs = Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code)).join('');
  const fields = { peer: 'b', link: 0, usable: false, reason: signs, error: '', how: 'a b="c"' };
  const entry = { time, level: 'warning', event: 'link-down', fields } as const;
  const [logfmt, json] = [formatLine('logfmt', entry), formatLine('json', entry)];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const unsafe = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
  for (const line of [logfmt, json]) assert.doesNotMatch(line, unsafe);
  assert.deepEqual(JSON.parse(json), { time, level: 'warning', event: 'link-down', ...fields });
  assert.deepEqual(readLogfmt(logfmt), {
    ...{ time, level: 'warning', event: 'link-down' },
    ...{ ...fields, link: '0', usable: 'false' },
  });
  assert.ok(logfmt.startsWith(`time=${time} level=warning event=link-down peer=b link=0 usable=false `), logfmt);
  const short = { ...entry, fields: { peer: 'b' } };
  assert.equal(formatLine('logfmt', short, false), 'level=warning event=link-down peer=b');
  assert.equal(formatLine('json', short, false), '{"level":"warning","event":"link-down","peer":"b"}');
});
