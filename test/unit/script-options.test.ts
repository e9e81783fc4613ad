/** Scripts tell what they take, and refuse what they don't before they do anything. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

const MODULE = new URL('../../../scripts/options.mjs', import.meta.url).href;
const USAGE = 'usage: it [options]\n';
/** A script with an option --size that is at most 9; prints what it was given. */
const SCRIPT = `
  const { options } = await import(${JSON.stringify(MODULE)});
  const known = { size: { type: 'string', default: '1' } };
  const values = options(${JSON.stringify(USAGE)}, known, ({ size }) => {
    if (Number(size) > 9) throw new Error('--size is at most 9');
  });
  process.stdout.write('size ' + values.size);`;

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', SCRIPT, '--', ...args],
    {
      encoding: 'utf8',
    },
  );
  return { status, stdout, stderr };
}

describe('options of a script', () => {
  it('are what was given, or the default', () => {
    assert.deepEqual(run(), { status: 0, stdout: 'size 1', stderr: '' });
    assert.deepEqual(run('--size', '7'), { status: 0, stdout: 'size 7', stderr: '' });
  });

  it('--help prints the usage and does nothing', () =>
    assert.deepEqual(run('--help'), { status: 0, stdout: USAGE, stderr: '' }));

  for (const [args, complaint] of [
    [['--nope'], /^sennit: Unknown option '--nope'/],
    [['word'], /^sennit: Unexpected argument 'word'/],
    [['--size', '10'], /^sennit: --size is at most 9$/m],
  ] as const)
    it(`${args.join(' ')} is refused`, () => {
      const { status, stdout, stderr } = run(...args);
      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
      assert.match(stderr, complaint);
      assert.ok(stderr.endsWith(USAGE));
    });
});
