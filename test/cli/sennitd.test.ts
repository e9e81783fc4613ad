/** What `sennitd` answers to its arguments without running: `--check`, `--version`, `--help`, and wrong ones. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SENNITD } from '../../lab/daemon.js';

const EXAMPLE = fileURLToPath(new URL('../../../etc/sennit.conf', import.meta.url));
const PACKAGE = new URL('../../../package.json', import.meta.url);
const directory = mkdtempSync(join(tmpdir(), 'sennit-test-'));
after(() => rmSync(directory, { recursive: true }));

function sennitd(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SENNITD, ...args], { encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

function file(name: string, ...lines: string[]): string {
  const path = join(directory, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

describe('--check', () => {
  it('says that a good file is right, with exit code 0', () => {
    const stdout = `${EXAMPLE}: the configuration is right\n`;
    assert.deepEqual(sennitd('--check', EXAMPLE), { code: 0, stdout, stderr: '' });
    assert.deepEqual(sennitd('--config', EXAMPLE, '--check'), { code: 0, stdout, stderr: '' });
  });

  it('notes what is not complete, and calls it right', () => {
    const { code, stdout } = sennitd('--check', file('part.conf', 'interface t', ' peer b id 2'));
    assert.equal(code, 0);
    assert.match(stdout, /note: peer b has no public-key/);
    assert.match(stdout, /configuration is right\n$/);
  });

  it('shows line, caret and what was expected of a bad file, with exit code 1', () => {
    const path = file('bad.conf', 'hostname x', 'interface t', ' mtu enormous');
    const { code, stdout, stderr } = sennitd('--check', path);
    assert.deepEqual([code, stdout], [1, '']);
    assert.ok(stderr.startsWith(`sennitd: ${path}:3: % Invalid input`), stderr);
    assert.match(stderr, /\n {2,}mtu enormous\n +\^\n {2}expected:\n/);
  });

  it('refuses lines that contradict each other, and a file that is not there', () => {
    const small = sennitd('--check', file('small.conf', 'interface t', ' mtu 600', ' ipv6 address fd00::1/64'));
    assert.equal(small.code, 1);
    assert.match(small.stderr, /:3: .*IPv6 needs 1280/);
    const absent = sennitd('--check', join(directory, 'absent.conf'));
    assert.equal(absent.code, 1);
    assert.match(absent.stderr, /absent\.conf/);
    assert.doesNotMatch(absent.stderr, /^\s+at /m);
  });
});

it('--version is that of the package', () => {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8'));
  assert.deepEqual(sennitd('--version'), { code: 0, stdout: `sennitd ${version}\n`, stderr: '' });
});

it('--help is the usage, on standard output', () => {
  const { code, stdout, stderr } = sennitd('--help');
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^usage: sennitd /);
});

for (const args of [['--bogus'], ['--config'], ['stray.conf'], ['--check', 'a', 'b'], ['--version=1']]) {
  it(`${args.join(' ')} is a wrong option: exit code 2, why, and the usage`, () => {
    const { code, stdout, stderr } = sennitd(...args);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^sennitd: .+\n(.*\n)*usage: sennitd /);
  });
}
