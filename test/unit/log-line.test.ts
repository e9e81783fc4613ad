/** A line of the log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatEvent } from '../../src/log/log.js';

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
