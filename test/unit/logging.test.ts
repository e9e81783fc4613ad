/** Where the events of the log go: files that are moved, removed or full, levels, formats, and what is left out. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs, {
  fstatSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it, mock } from 'node:test';
import { DEFAULTS, type LoggingConfig } from '../../src/config/model.js';
import { Journal } from '../../src/log/journal.js';
import { Logging } from '../../src/log/logging.js';
import { isJournal, StandardError } from '../../src/log/standard-error.js';
import { mustBeDocumented, readLogfmt } from '../log-lines.js';

const directory = mkdtempSync(join(tmpdir(), 'sennit-log-'));
const clock = { now: 0 };
mock.method(performance, 'now', () => clock.now);
after(() => rmSync(directory, { recursive: true }));

/** What was written to standard error. */
let said = '';
let journal = new Journal();
let logging = new Logging({ journal, standardError: stream(false) });
let folder = directory;
let round = 0;

function stream(isJournald: boolean): StandardError {
  const write = (text: string, done: () => void): void => {
    said += text;
    done();
  };
  return new StandardError({ write }, isJournald);
}

beforeEach(() => {
  said = '';
  journal = new Journal();
  logging = new Logging({ journal, standardError: stream(false) });
  folder = join(directory, String(++round));
  mkdirSync(folder);
});

function use(config: Partial<LoggingConfig>): void {
  logging.prepare({ ...DEFAULTS.logging, ...config }).commit();
}

function up(peer: string): void {
  logging.log('info', 'link-up', { peer, link: 0 });
}

/** The events of a text of lines, each with the peer or file that it names; all must be documented. */
function eventsOf(text: string): string[] {
  assert.ok(text === '' || text.endsWith('\n'));
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const pairs = line.startsWith('{') ? (JSON.parse(line) as Record<string, string>) : readLogfmt(line);
      mustBeDocumented(pairs);
      return [pairs.event, pairs.peer].filter((part) => part !== undefined).join(' ');
    });
}

const read = (path: string): string[] => eventsOf(readFileSync(path, 'utf8'));

describe('standard error', () => {
  it('has every line, with the time', () => {
    up('b');
    assert.match(said, /^time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=info event=link-up peer=b link=0\n$/);
  });

  it('has priorities and no time where journald is at the other end', () => {
    logging = new Logging({ journal, standardError: stream(true) });
    up('b');
    logging.log('error', 'fault', { error: 'x' });
    use({ format: 'json' });
    logging.log('warning', 'link-down', { peer: 'b', link: 0, cause: 'silence' });
    assert.equal(
      said,
      '<6>level=info event=link-up peer=b link=0\n<3>level=error event=fault error=x\n' +
        '<4>{"level":"warning","event":"link-down","peer":"b","link":0,"cause":"silence"}\n',
    );
    assert.equal(logging.status().destination, 'journald');
  });

  it('is journald exactly where JOURNAL_STREAM names it', () => {
    const fd = openSync('/dev/null', 'r');
    const { dev, ino } = fstatSync(fd);
    assert.equal(isJournal(`${dev}:${ino}`, fd), true);
    for (const other of [undefined, '', `${dev}:${ino + 1}`, `${dev}`]) assert.equal(isJournal(other, fd), false);
    assert.equal(isJournal(`${dev}:${ino}`, 100_000), false);
  });
});

describe('a level', () => {
  it('is about what is written, and shells see everything', () => {
    use({ level: 'warning' });
    up('b');
    logging.log('warning', 'link-down', { peer: 'b', link: 0, cause: 'silence' });
    assert.deepEqual(eventsOf(said), ['link-down b']);
    assert.deepEqual(
      journal.last().map(({ event }) => event),
      ['link-up', 'link-down'],
    );
    const { lines, belowLevel } = logging.status();
    assert.deepEqual([lines, belowLevel], [1, 1]);
  });
});

describe('a file', () => {
  it('takes the lines, added to what is there; the old place says where they are', () => {
    const path = join(folder, 'a.log');
    writeFileSync(path, 'time=2030-01-01T00:00:00.000Z level=info event=link-up peer=old link=0\n');
    use({ file: path });
    up('b');
    use({ file: path, format: 'json' });
    up('c');
    use({});
    up('d');
    assert.deepEqual(read(path), ['link-up old', 'link-up b', 'link-up c', 'log-moved']);
    assert.deepEqual(eventsOf(said), ['log-moved', 'link-up d']);
    assert.ok(readFileSync(path, 'utf8').split('\n')[2]?.startsWith('{"time":"'));
  });

  it('is made for its owner and group alone', () => {
    const path = join(folder, 'a.log');
    use({ file: path });
    assert.equal(statSync(path).mode & 0o137, 0);
  });

  it('that cannot be opened is refused with what to do, and nothing changes', () => {
    const path = join(folder, 'a.log');
    use({ file: path });
    mkdirSync(join(folder, 'd.log'));
    symlinkSync(path, join(folder, 'link.log'));
    linkSync(path, join(folder, 'hard.log'));
    spawnSync('mkfifo', [join(folder, 'pipe.log')]);
    const wrong: [string, RegExp][] = [
      [join(folder, 'none/a.log'), /none\/a\.log: its directory is not there: make it/],
      [join(folder, 'd.log'), /is no plain file/],
      [join(folder, 'link.log'), /is no plain file/],
      [join(folder, 'hard.log'), /is no plain file with one name/],
      [join(folder, 'pipe.log'), /is no plain file/],
    ];
    for (const [file, why] of wrong) assert.throws(() => logging.prepare({ ...DEFAULTS.logging, file }), why, file);
    unlinkSync(join(folder, 'hard.log'));
    up('b');
    assert.deepEqual(read(path), ['link-up b']);
  });

  it('of the first configuration that cannot be opened is tried again, and keeps nothing from starting', () => {
    const place = join(folder, 'place');
    logging.begin({ ...DEFAULTS.logging, file: join(place, 'a.log') });
    up('b');
    assert.deepEqual(eventsOf(said), ['log-moved', 'log-not-opened', 'log-not-written', 'link-up b']);
    mkdirSync(place);
    clock.now += 1000;
    up('c');
    assert.deepEqual(read(join(place, 'a.log')), ['log-reopened', 'log-written-again', 'link-up c']);
  });

  it('that was opened for nothing is closed again', () => {
    const path = join(folder, 'a.log');
    logging.prepare({ ...DEFAULTS.logging, file: path }).undo();
    up('b');
    assert.deepEqual([read(path), eventsOf(said)], [[], ['link-up b']]);
  });

  it('that is renamed gets every line until it is opened again on request', () => {
    const [path, old] = [join(folder, 'a.log'), join(folder, 'a.log.1')];
    use({ file: path });
    up('b');
    renameSync(path, old);
    up('c');
    logging.reopen();
    up('d');
    assert.deepEqual(
      [read(old), read(path)],
      [
        ['link-up b', 'link-up c'],
        ['log-reopened', 'link-up d'],
      ],
    );
  });

  it('that is renamed or removed is noticed within a second of the next line, without a request', () => {
    const [path, old] = [join(folder, 'a.log'), join(folder, 'a.log.1')];
    use({ file: path });
    renameSync(path, old);
    clock.now += 999;
    up('b');
    clock.now += 1;
    up('c');
    unlinkSync(path);
    clock.now += 1000;
    up('d');
    assert.deepEqual([read(old), read(path)], [['link-up b'], ['log-reopened', 'link-up d']]);
    assert.equal(logging.status().lost, 0);
  });

  it('whose directory is gone has its lines on standard error, counted and told once, until it is back', () => {
    const place = join(folder, 'place');
    const path = join(place, 'a.log');
    mkdirSync(place);
    use({ file: path });
    rmSync(place, { recursive: true });
    for (let i = 0; i < 5; i++) {
      clock.now += 1000;
      up('b');
    }
    const meanwhile = ['log-not-written', 'log-not-opened', ...Array<string>(5).fill('link-up b')];
    assert.deepEqual(eventsOf(said), ['log-moved', ...meanwhile]);
    const { lost, error } = logging.status();
    assert.deepEqual([lost, error], [7, 'it is not there and cannot be opened'], 'with those that say so');
    mkdirSync(place);
    clock.now += 1000;
    up('c');
    assert.deepEqual(read(path), ['log-reopened', 'log-written-again', 'link-up c']);
    assert.equal(journal.last().find(({ event }) => event === 'log-written-again')?.fields.lost, 7);
    assert.deepEqual([logging.status().lost, logging.status().error], [7, null]);
  });

  it('whose file system does not give it away is written all the same, and a warning says so', (t) => {
    const path = join(folder, 'a.log');
    use({ file: path });
    const refuse = t.mock.method(fs, 'fchownSync', () => {
      throw Object.assign(new Error('EPERM: operation not permitted, fchown'), { code: 'EPERM' });
    });
    syncBuiltinESMExports();
    t.after(() => {
      refuse.mock.restore();
      syncBuiltinESMExports();
    });
    logging.giveTo(4321);
    up('b');
    assert.equal(refuse.mock.callCount(), 1);
    assert.deepEqual(read(path), ['log-not-given', 'link-up b']);
    const { fields } = journal.last().find(({ event }) => event === 'log-not-given') ?? {};
    assert.deepEqual(fields, { file: path, error: 'EPERM: operation not permitted, fchown' });
  });

  it('on a full disk has its lines on standard error, counted; half a line stands alone', (t) => {
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', folder]);
    if (mounted.status !== 0) return t.skip('no tmpfs can be mounted here');
    t.after(() => void spawnSync('umount', ['-l', folder]));
    const path = join(folder, 'a.log');
    use({ file: path });
    let count = 0;
    while (logging.status().error === null) {
      assert.ok(count++ < 1000);
      up(`b${count}`);
    }
    const full = readFileSync(path, 'utf8');
    for (let i = 0; i < 3; i++) up('lost');
    assert.equal(logging.status().lost, 5);
    const lost = Array<string>(3).fill('link-up lost');
    assert.deepEqual(eventsOf(said), ['log-moved', 'log-not-written', `link-up b${count}`, ...lost]);
    assert.equal(readFileSync(path, 'utf8'), full);
    // Room again: whoever rotates by copying cuts the file.
    writeFileSync(path, '');
    up('c');
    const lines = readFileSync(path, 'utf8').split('\n');
    assert.deepEqual(eventsOf(`${lines.filter((line) => line !== '').join('\n')}\n`), [
      'link-up c',
      'log-written-again',
    ]);
    assert.equal(logging.status().lost, 5);
  });

  it('whose closing fails, as where a quota on a server is spent, stops nothing and is left behind', (t) => {
    const [path, other] = [join(folder, 'a.log'), join(folder, 'b.log')];
    use({ file: path });
    const { closeSync } = fs;
    t.mock.method(fs, 'closeSync', (fd: number) => {
      closeSync(fd);
      throw new Error('EDQUOT: quota exceeded, close');
    });
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    renameSync(path, join(folder, 'a.log.1'));
    clock.now += 1000;
    up('b');
    assert.deepEqual(read(path), ['log-reopened', 'link-up b']);
    use({ file: other });
    up('c');
    assert.deepEqual(read(other), ['link-up c']);
    logging.close();
  });

  it('that is cut short is added to at its end', () => {
    const path = join(folder, 'a.log');
    use({ file: path });
    up('b');
    writeFileSync(path, '');
    up('c');
    assert.deepEqual(read(path), ['link-up c']);
  });
});

describe('too many lines of one event', () => {
  it('are counted and told, and do not keep other events out', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    clock.now += 1e6;
    for (let i = 0; i < 2500; i++) up('b');
    logging.log('warning', 'link-down', { peer: 'b', link: 0, cause: 'silence' });
    assert.equal(eventsOf(said).length, 2001);
    assert.deepEqual(logging.status().suppressedEvents, [{ event: 'link-up', lines: 500 }]);
    t.mock.timers.tick(10_000);
    assert.match(said, / level=warning event=log-suppressed of=link-up lines=500\n$/);
    said = '';
    clock.now += 1000;
    for (let i = 0; i < 30; i++) up('c');
    assert.equal(eventsOf(said).length, 20, 'and then so many a second');
    logging.close();
    assert.match(said, /of=link-up lines=10\n$/, 'at the end, too');
    assert.equal(logging.status().suppressed, 510);
  });

  it('is never said of what is debugged, which is bounded where it is made', () => {
    for (let i = 0; i < 3000; i++) logging.log('debug', 'trace', { topic: 'links', step: 'pong', ms: 1 });
    assert.equal(logging.status().lines, 3000);
  });
});
