/** 'logging …' and 'show logging' at the prompt. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { CommandSession } from '../../src/cli/session.js';
import { render } from '../../src/config/render.js';
import { EngineDouble } from './engine-double.js';
import { LOGGING } from './logging-double.js';

let engine = new EngineDouble();
let session = new CommandSession(engine, { startupFile: '/proc/none/sennit.conf' });
beforeEach(() => {
  engine = new EngineDouble();
  session = new CommandSession(engine, { startupFile: '/proc/none/sennit.conf' });
});

async function run(...lines: string[]): Promise<string> {
  let last = '';
  for (const line of lines) {
    const { ok, output } = await session.run(line);
    assert.ok(ok, `${line}: ${output}`);
    last = output;
  }
  return last;
}

describe('logging', () => {
  it('is set, printed and undone', async () => {
    const lines = ['logging format json', 'logging level warning', 'logging file /var/log/sennit/a.log'];
    await run('configure terminal', 'logg form js', 'logging lev warn', 'logging file /var/log/sennit/a.log');
    assert.deepEqual(engine.config.logging, { format: 'json', level: 'warning', file: '/var/log/sennit/a.log' });
    assert.deepEqual(
      render(engine.config)
        .split('\n')
        .filter((line) => line.startsWith('logging')),
      lines,
    );
    await run('no logging format', 'no logging level warning', 'no logging file');
    assert.deepEqual(engine.config.logging, { format: 'logfmt', level: 'debug', file: null });
    assert.doesNotMatch(render(engine.config), /logging/);
  });

  it('refuses a file that is no log, and what it does not know', async () => {
    await run('configure terminal');
    for (const [line, why] of [
      ['logging file /etc/cron.d/x', /must end with \.log: such as \/etc\/cron\.d\/x\.log/],
      ['logging file relative.log', /not a full path/],
      ['logging level loud', /Invalid input/],
      ['logging format', /Incomplete command[\s\S]*logfmt[\s\S]*json/],
    ] as const) {
      const { ok, output } = await session.run(line);
      assert.ok(!ok);
      assert.match(output, why);
    }
    assert.equal(engine.applied.length, 0);
  });

  it('says at ? what there is', async () => {
    await run('configure terminal');
    assert.deepEqual(
      session
        .help('logging level ')
        .split('\n')
        .map((row) => row.trim().split(' ')[0]),
      ['error', 'warning', 'info', 'debug'],
    );
    assert.match(session.help('logging '), /^ {2}format .*\n {2}level .*\n {2}file /);
  });
});

describe('show logging', () => {
  it('says where the log goes and what is missing there', async () => {
    assert.equal(
      await run('show logging'),
      [
        'Destination  /var/log/sennit/sennit.log',
        'Format       logfmt',
        'Level        info',
        'Lines        1234, and 56 below the level',
        'Suppressed   7, too many of one event: link-down 7',
        'Lost         0',
        '',
        "The lines are in 'show log'.",
      ].join('\n'),
    );
  });

  it('names journald and standard error, and says why a file lacks lines', async () => {
    engine.logging = () => ({ ...LOGGING, destination: 'journald', file: null, suppressed: 0, suppressedEvents: [] });
    assert.match(await run('show logging'), /^Destination +journald\n[\s\S]*\nSuppressed +0\n/);
    engine.logging = () => ({ ...LOGGING, destination: 'standard-error', file: null, lost: 3 });
    assert.match(await run('show logging'), /^Destination +standard error\n[\s\S]*\nLost +3\n/);
    engine.logging = () => ({ ...LOGGING, lost: 3, error: 'no room' });
    assert.match(await run('show logging'), /^Lost +3, not in the file: no room$/m);
  });

  it('leaves show log what it was', async () => {
    assert.equal(await run('show log'), 'The log is empty.');
  });
});
