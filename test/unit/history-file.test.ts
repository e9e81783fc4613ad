/** The history on disk: whose it is, who may read it, and that shells side by side lose nothing of each other's. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { History } from '../../src/cli/shell/history.js';
import { HistoryFile } from '../../src/cli/shell/history-file.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sennit-history-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = (): HistoryFile => new HistoryFile({ XDG_STATE_HOME: directory });
const file = (): string => join(directory, 'sennit', 'history');
const isRoot = process.getuid?.() === 0;

describe('the history on disk', () => {
  it('is for its user only, in $XDG_STATE_HOME/sennit or the home directory', () => {
    open().add('show version');
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    assert.equal(statSync(join(directory, 'sennit')).mode & 0o777, 0o700);
    chmodSync(file(), 0o644);
    assert.deepEqual(open().read(), ['show version']);
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    const home = new HistoryFile({ HOME: directory });
    home.add('show peers');
    assert.ok(existsSync(join(directory, '.local/state/sennit/history')));
    assert.deepEqual(home.read(), ['show peers']);
  });

  it('of several shells has the lines of all, in the order in which they came', () => {
    const [one, two] = [open(), open()];
    for (let i = 0; i < 200; i++) (i % 2 === 0 ? one : two).add(`! ${i}`);
    assert.deepEqual(
      open().read(),
      Array.from({ length: 200 }, (_, i) => `! ${i}`),
    );
  });

  it('becomes the older half when it has grown, also while another shell writes', () => {
    const long = open();
    for (let i = 0; i < 2000; i++) long.add(`! ${i} ${'x'.repeat(100)}`);
    const [one, two] = [open(), open()];
    assert.ok(statSync(`${file()}.1`).size > 128 * 1024);
    long.add('! long');
    one.add('! one');
    two.add('! two');
    const lines = open().read();
    assert.deepEqual(lines.slice(-3), ['! long', '! one', '! two']);
    assert.equal(lines.length, 2003);
    assert.equal(new History(lines).lines.length, 1000);
  });

  it('is left as it is while another shell turns it over', () => {
    const first = open();
    for (let i = 0; i < 2000; i++) first.add(`! ${i} ${'x'.repeat(100)}`);
    writeFileSync(`${file()}.lock`, '');
    const lines = open().read();
    assert.ok(!existsSync(`${file()}.1`));
    assert.equal(lines.length, 2000);
  });

  it('has no control characters, and no line that nobody could have typed', () => {
    const history = open();
    history.add('show \u001b[31mred\nexit');
    history.add('y'.repeat(5000));
    history.add('   ');
    assert.deepEqual(history.read(), ['show \ufffd[31mred exit']);
    writeFileSync(file(), 'one\u0007\n\n\u0000two');
    assert.deepEqual(open().read(), ['one\ufffd', '\ufffdtwo']);
  });

  it('is not kept through a link, nor where it is not possible, and it says why', () => {
    mkdirSync(join(directory, 'sennit'));
    const victim = join(directory, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, file());
    assert.throws(open, /ELOOP/);
    assert.throws(() => new HistoryFile({ XDG_STATE_HOME: join(victim, 'x') }), /ENOTDIR/);
  });

  it("is not kept in somebody else's home, which HOME names under sudo", { skip: !isRoot && 'needs root' }, () => {
    const home = join(directory, 'joe');
    mkdirSync(home);
    chownSync(home, 54_000, 54_000);
    const own = join(userInfo().homedir, '.local/state/sennit');
    const present = existsSync(own);
    new HistoryFile({ HOME: home });
    new HistoryFile({ HOME: home, XDG_STATE_HOME: join(home, 'state') });
    assert.ok(!existsSync(join(home, '.local')) && !existsSync(join(home, 'state')));
    assert.ok(existsSync(own));
    if (!present) rmSync(own, { recursive: true });
    mkdirSync(join(directory, 'sennit'));
    writeFileSync(file(), 'foreign');
    chownSync(file(), 54_000, 54_000);
    assert.throws(open, /belongs to another user/);
  });
});
