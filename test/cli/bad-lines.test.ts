/** Lines that are wrong: a caret or one clear line, nothing changed, nobody thrown out. And habits from elsewhere. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { CommandSession } from '../../src/cli/session.js';
import { render } from '../../src/config/render.js';
import { EngineDouble } from './engine-double.js';

const startupFile = '/proc/none/sennit.conf';
const SETUP = ['configure terminal', 'hostname h1', 'interface t0', 'peer b id 2', 'link 0', 'address 10.0.0.2'];

let engine = new EngineDouble();
let session = new CommandSession(engine, { startupFile });
beforeEach(async () => {
  engine = new EngineDouble();
  session = new CommandSession(engine, { startupFile, report: (error) => assert.fail(String(error)) });
  for (const line of SETUP) assert.ok((await session.run(line)).ok, line);
});

describe('a line that is wrong', () => {
  const KEY = 'AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';
  /** The line, and the word that the caret is under (none: its end). */
  const wrong: [string, string, string | null][] = [
    ['wrong words', 'bogus 1', 'bogus'],
    ['a wrong word in the middle', 'do show bogus', 'bogus'],
    ['too many words', 'shutdown now', 'now'],
    ['half a line', 'timers 100', null],
    ['half a line of another mode', 'local link 1 address', null],
    ['an ambiguous prefix', 'p', 'p'],
    ['half a line behind do', 'do show cr', null],
    ['a value above its range', 'priority 256', '256'],
    ['a value below its range', 'weight 0', '0'],
    ['no number', 'priority high', 'high'],
    ['a negative number', 'priority -1', '-1'],
    ['a number with a fraction', 'priority 1.5', '1.5'],
    ['digits without end', `priority ${'9'.repeat(400)}`, '999'],
    ['a port above its range', 'address 10.0.0.1 port 65536', '65536'],
    ['an address with too many bytes', 'address 10.0.0.1.2', '10.0.0.1.2'],
    ['an address with a zone', 'address fe80::1%eth0', 'fe80'],
    ['a mapped address', 'address ::ffff:10.0.0.1', '::ffff'],
    ['a prefix that is too long', 'ip address 10.0.0.1/33', '10.0.0.1/33'],
    ['a group MAC', 'mac-address 01:00:00:00:00:01', '01:'],
    ['half a key', `public-key ${KEY.slice(1)}`, KEY.slice(1)],
    ['a name with a slash', 'peer a/b id 3', 'a/b'],
    ['a name of 33 letters', `peer ${'x'.repeat(33)} id 3`, 'xxx'],
    ['a device of 16 letters', 'interface sixteen-letters-', 'sixteen'],
    ['a link beyond 7', 'link 8', '8'],
    ['a host beyond 65535', 'peer c id 65536', '65536'],
    ['the host 0', 'peer c id 0', '0'],
    ['10,000 letters', 'x'.repeat(10_000), 'xxx'],
    ['10,000 words', 'do '.repeat(5000), 'do'],
    ['10,000 letters of text', `description ${'x'.repeat(10_000)}`, 'xxx'],
    ['a control character', 'description a\u001b[31mb', 'a\u001b'],
    ['a NUL', 'hostname a\0b', 'a\0b'],
    ['what is no UTF-8', 'hostname \ufffd\ufffd', '\ufffd'],
    ['a lone surrogate', 'hostname \ud800', '\ud800'],
    ['digits of another script', 'priority ４', '４'],
    ['a wrong expression', 'do show links | include a(', 'a('],
    ['nothing behind a bar', 'do show links |', null],
    ['a name from every object', 'constructor', 'constructor'],
    ['no of what has none', 'no do show links', 'do'],
  ];
  for (const [what, line, word] of wrong) {
    it(`${what}: a caret, and nothing has changed`, async () => {
      const before = render(engine.config);
      const { applied } = engine;
      const count = applied.length;
      const { ok, output, column, prompt, closed } = await session.run(line);
      assert.equal(ok, false, output);
      assert.match(output, /^% (Invalid input|Ambiguous command|Incomplete command)/);
      assert.ok(output.split('\n').length <= 16, output);
      if (word === null) assert.ok(column !== undefined && column >= 0 && column <= line.length);
      else assert.ok(line.slice(column).startsWith(word), `column ${column}`);
      assert.deepEqual([prompt, closed], ['h1(config-link)#', undefined]);
      assert.equal(render(engine.config), before);
      assert.equal(applied.length, count);
    });
  }
});

describe('the longest line there may be', () => {
  /** The daemon does nothing else meanwhile. */
  it('is done with at once, whatever it holds', async () => {
    const reader = new CommandSession(engine, { startupFile, role: 'reader' });
    const spaces = ' '.repeat(60_000);
    const { user } = process.cpuUsage();
    for (const line of [
      `join a${spaces}b`,
      `show version | include a${spaces}b`,
      `show version | include a | ${spaces}`,
    ]) {
      assert.equal((await reader.run(line)).ok, false);
      reader.help(line);
      reader.complete(line);
    }
    const seconds = (process.cpuUsage().user - user) / 1e6;
    assert.ok(seconds < 5, `${seconds} s of the processor`); // well below 0.1 s, and above 40 s when it was squared
  });
});

describe('habits from other routers', () => {
  it('write alone saves, configure alone configures, enable is no news', async () => {
    assert.match((await session.run('do wr')).output, /can't write/);
    assert.equal((await session.run('end')).prompt, 'h1#');
    assert.deepEqual([(await session.run('enable')).ok, (await session.run('conf')).prompt], [true, 'h1(config)#']);
    assert.match((await session.run('do conf')).output, /'do' does not change modes/);
  });

  it('are not named, and tell readers which group they need', async () => {
    const reader = new CommandSession(engine, { startupFile, role: 'reader' });
    assert.match((await reader.run('enable')).output, /join the group sennit-admin/);
    await session.run('end');
    assert.doesNotMatch(session.help(''), /enable/);
    assert.deepEqual(session.complete('ena').candidates, []);
    assert.doesNotMatch(session.help('write '), /<cr>/);
    assert.doesNotMatch((await session.run('write x')).output, /<cr>/);
  });
});
