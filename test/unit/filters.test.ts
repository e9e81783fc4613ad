/** What stands behind a bar, over text. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { match } from '../../src/cli/grammar/match.js';
import { filtered, RedirectError } from '../../src/cli/shell/filters.js';

const directory = mkdtempSync(join(tmpdir(), 'sennit-filters-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const CONFIG = [
  'hostname h1',
  '!',
  'interface t0',
  ' host-id 1',
  ' peer b id 2',
  '  link 0',
  '   address 10.0.0.2',
  '  link 1',
  ' peer c id 3',
  '  link 1',
  '   shutdown',
].join('\n');

function through(pipes: string, text = CONFIG): string[] {
  const found = match('exec', `show running-config ${pipes}`);
  assert.ok('match' in found, pipes);
  const output = filtered(text, found.match.pipes);
  return output === '' ? [] : output.split('\n');
}

describe('a filter', () => {
  it('includes, excludes, begins and counts', () => {
    assert.deepEqual(through('| include peer|hostname'), ['hostname h1', ' peer b id 2', ' peer c id 3']);
    assert.deepEqual(through('| exclude ^\\s'), ['hostname h1', '!', 'interface t0']);
    assert.deepEqual(through('| begin link 1 | count'), ['4']);
    assert.deepEqual(through('| include link | exclude 0 | count'), ['2']);
    assert.deepEqual(through('| count peer'), ['2']);
    assert.deepEqual(through('| include nothing'), []);
    assert.deepEqual(through('| count', ''), ['0']);
    assert.deepEqual(through('| begin nothing | count'), ['0']);
  });

  it('takes a section with what is below it and what it belongs to', () => {
    assert.deepEqual(through('| section peer b'), [
      'interface t0',
      ' peer b id 2',
      '  link 0',
      '   address 10.0.0.2',
      '  link 1',
    ]);
    assert.deepEqual(through('| section shutdown'), ['interface t0', ' peer c id 3', '  link 1', '   shutdown']);
    assert.deepEqual(through('| section link 1'), [
      'interface t0',
      ' peer b id 2',
      '  link 1',
      ' peer c id 3',
      '  link 1',
      '   shutdown',
    ]);
  });

  it('writes a file in the place of another, and prints nothing', () => {
    const file = join(directory, 'out');
    assert.deepEqual(through(`| include host | redirect ${file}`), []);
    assert.equal(readFileSync(file, 'utf8'), 'hostname h1\n host-id 1\n');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    writeFileSync(file, 'something much longer than what comes now, which is nothing\n');
    through(`| include nothing | redirect ${file}`);
    assert.equal(readFileSync(file, 'utf8'), '');
    assert.throws(
      () => through(`| redirect ${directory}`),
      new RedirectError(`can't write ${directory}: it is a directory`),
    );
    assert.throws(() => through(`| redirect ${directory}/no/x`), /there is no such directory/);
  });
});
