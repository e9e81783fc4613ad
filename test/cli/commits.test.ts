/** Commits that wait to be confirmed, the archive and the way back, the log of it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { render } from '../../src/config/render.js';
import { type ArchiveJson, ConfigStage, json, PRIORITY, refused, type } from './config-stage.js';

let s: ConfigStage;
beforeEach(() => {
  s = new ConfigStage();
});
afterEach(() => s.close());

describe('commit confirmed', () => {
  it('goes back by itself when nobody confirms, whoever is still there', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const gone = new AbortController();
    const killed = s.shell(gone);
    const said = (await type(killed, 'configure session m1', ...PRIORITY(7), 'commit confirmed 1')).output;
    assert.match(said, /^committed; it is taken back in \S+ unless 'confirm' comes$/);
    gone.abort();
    assert.equal(s.priority(), 7);
    assert.ok(statSync(join(s.state, 'unconfirmed')).size > 0);
    t.mock.timers.tick(59_000);
    await turn();
    assert.equal(s.priority(), 7);
    t.mock.timers.tick(1_001);
    await until(() => s.priority() === 100);
    await s.queue.run(async () => undefined);
    assert.deepEqual(await s.archive(), ['not confirmed: session m1 +0 -1', 'session m1 +1 -0', 'before +0 -0']);
    assert.ok(!readdirSync(s.state).includes('unconfirmed'));
    assert.ok(s.engine.logged.some(([event]) => event === 'commit-not-confirmed'));
  });

  it('stays when it is confirmed, from any shell; until then nothing else may change', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    await type(s.a, 'configure session m1', ...PRIORITY(7), 'commit confirmed seconds 100');
    await type(s.b, 'configure terminal');
    assert.match(await refused(s.b, 'hostname x'), /not confirmed and is taken back in \d+ s.*'confirm' keeps it/);
    await type(s.b, 'interface t0', 'end');
    assert.match(await refused(s.b, 'write memory'), /not confirmed/);
    assert.match((await type(s.b, 'show archive')).output, /The newest is taken back in \S+ unless 'confirm' comes/);
    assert.match((await type(s.b, 'confirm')).output, /^confirmed/);
    assert.match(await refused(s.b, 'confirm'), /no commit waits/);
    t.mock.timers.tick(200_000);
    await s.queue.run(turn);
    assert.equal(s.priority(), 7);
    await type(s.b, 'write memory', 'configure terminal', 'hostname x');
  });

  it('rollback 1 takes it back at once; conf is short for configure still', async () => {
    await type(s.a, 'configure session m1', ...PRIORITY(7), 'commit confirmed 5', 'rollback 1');
    assert.equal(s.priority(), 100);
    await type(s.a, 'configure session m1', ...PRIORITY(8), 'commit confirmed 5', 'configure confirm', 'conf t', 'end');
    assert.equal(s.priority(), 8);
    assert.match(s.a.help('configure '), /confirm/);
  });

  it('of a commit that the daemon refuses leaves nothing behind', async () => {
    s.engine.refuseWith = 'no';
    await type(s.a, 'configure session m1', ...PRIORITY(7));
    await refused(s.a, 'commit confirmed 5');
    s.engine.refuseWith = null;
    assert.equal(s.engine.commits.unconfirmed(), null);
    assert.ok(!readdirSync(s.state).includes('unconfirmed'));
    await type(s.b, 'configure terminal', 'hostname x');
  });

  it('goes back when the daemon dies meanwhile: the next one starts with what ran before', async () => {
    const before = render(s.engine.config);
    await type(s.a, 'configure session m1', ...PRIORITY(7), 'commit confirmed 5');
    const committed = structuredClone(s.engine.config);
    // The file that is loaded at start has the change: somebody copied it there.
    await s.restart(committed);
    assert.equal(render(s.engine.config), before);
    assert.equal(s.engine.commits.unconfirmed(), null);
    assert.deepEqual(
      s.engine.commits.archive().map(({ how }) => how),
      ['not confirmed: session m1', 'session m1', 'before'],
    );
    // Once only.
    await s.restart(committed);
    assert.equal(s.priority(), 7);
  });

  it('is done without a state directory too, and it is said', async () => {
    writeFileSync(join(s.directory, 'file'), '');
    s.engine = s.daemon(join(s.directory, 'file', 'state'));
    s.a = s.shell();
    const { output } = await type(s.a, 'configure session m1', 'hostname x', 'commit confirmed 5');
    assert.match(
      output,
      /unless 'confirm' comes\nNote: it is not on the disk \(.*\): a restart of the daemon forgets it/,
    );
    assert.match((await type(s.a, 'show archive')).output, /Note: this does not outlive the daemon/);
  });
});

describe('configure replace startup-config', () => {
  const file = () => join(s.directory, 'sennit.conf');

  it('makes run what the file says, as one commit, and says what changed', async () => {
    await type(s.a, 'write memory', 'configure terminal', ...PRIORITY(7), 'end');
    assert.equal(s.priority(), 7);
    const { output } = await type(s.b, 'configure replace startup-config');
    assert.match(output, /^-.*priority 7$/m);
    assert.equal(s.priority(), 100);
    const [newest] = (await json<ArchiveJson>(s.b, 'show archive')).commits;
    assert.equal(newest?.how, 'replace startup-config');
    const applied = s.engine.applied.length;
    assert.equal((await type(s.b, 'configure replace startup-config')).output, '');
    assert.equal(s.engine.applied.length, applied, 'what runs already is no change');
  });

  it('changes nothing when the file is wrong or not there', async () => {
    await type(s.a, 'configure terminal', ...PRIORITY(7), 'end');
    assert.match(await refused(s.b, 'configure replace startup-config'), /sennit\.conf/);
    writeFileSync(file(), 'hostname x\nnonsense\n');
    assert.match(await refused(s.b, 'configure replace startup-config'), /sennit\.conf:2/);
    assert.equal(s.priority(), 7);
  });
});

/** Gives what is on its way to the disk time, without a clock. */
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000_000 && !holds(); i++) await turn();
  assert.ok(holds());
}

describe('the archive', () => {
  it('has one commit for what one shell changes in configure terminal, until it leaves or another changes', async () => {
    await type(s.a, 'configure terminal', 'hostname x', 'hostname y', 'interface t0', 'description one');
    const { commits } = await json<ArchiveJson>(s.b, 'show archive');
    assert.deepEqual([commits[0]?.how, commits[0]?.open, commits.length], ['terminal', true, 2]);
    await type(s.b, 'configure terminal', 'hostname z');
    await type(s.a, 'description two', 'end');
    await type(s.b, 'end');
    assert.deepEqual(await s.archive(), ['terminal +1 -1', 'terminal +1 -1', 'terminal +2 -1', 'before +0 -0']);
    // What was taken back before leaving is no commit.
    await type(s.a, 'configure terminal', 'hostname q', 'hostname z', 'end');
    assert.equal((await s.archive()).length, 4);
    const logged = s.engine.logged.filter(([event]) => event === 'commit');
    assert.deepEqual(logged[0]?.[1], { user: 'unknown', how: 'terminal', added: 2, removed: 1 });
    assert.equal(logged.length, 3);
  });

  it('keeps the last 50 and what ran before, over a restart, for the owner only', async () => {
    for (let i = 1; i <= 60; i++) await type(s.a, 'configure terminal', `hostname n${i}`, 'end');
    await s.engine.commits.stop();
    const files = readdirSync(s.state);
    assert.equal(files.length, 51);
    for (const file of files) assert.equal(statSync(join(s.state, file)).mode & 0o777, 0o600);
    await s.restart();
    assert.equal((await s.archive()).length, 51);
    assert.match((await type(s.a, 'show archive 50')).output, /^hostname n10\n/);
    assert.match((await type(s.a, 'show archive diff 3')).output, /^-hostname n57\n\+hostname n60$/);
    assert.match((await type(s.a, 'show archive diff 3 2')).output, /^-hostname n57\n\+hostname n58$/);
    assert.match((await type(s.a, 'rollback 49')).output, /^-hostname n60\n\+hostname n11$/);
    assert.equal(s.engine.config.hostname, 'n11');
    assert.equal((await s.archive()).length, 51);
  });

  it('leaves out what is damaged, and goes on', async () => {
    for (const name of ['x', 'y', 'z']) await type(s.a, 'configure terminal', `hostname ${name}`, 'end');
    await s.engine.commits.stop();
    const path = join(s.state, 'archive.2');
    writeFileSync(path, readFileSync(path, 'utf8').replace('hostname x', 'hostname X'));
    writeFileSync(join(s.state, '.archive.9.1.abcd'), 'half');
    await s.restart();
    assert.deepEqual(
      s.engine.commits.archive().map(({ number }) => s.engine.commits.text(number).split('\n')[0]),
      ['hostname z', 'hostname y', 'hostname h1'],
    );
    assert.ok(!readdirSync(s.state).includes('.archive.9.1.abcd'));
  });

  it('has the way back: rollback runs what ran, all or nothing, and in a session fills it', async () => {
    await type(s.a, 'configure terminal', 'hostname x', 'interface t0', 'no peer c', 'end');
    s.engine.refuseWith = 'can not';
    assert.match(await refused(s.a, 'rollback 1'), /can not/);
    s.engine.refuseWith = null;
    const { output } = await type(s.a, 'rollback 1');
    assert.match(output, /^-hostname x\n\+hostname h1\n interface t0\n\+ peer c id 3\n\+ {2}link 0$/);
    assert.match(await refused(s.a, 'rollback 0'), /nothing to change/);
    assert.match(await refused(s.a, 'rollback 40'), /40 commits ago is not kept: see 'show archive'/);
    await type(s.a, 'configure session back', 'rollback 1');
    assert.match((await type(s.a, 'show session diffs')).output, /^-hostname h1\n\+hostname x/);
    await type(s.a, 'commit');
    assert.equal(s.engine.config.hostname, 'x');
  });
});

describe('the log', () => {
  it('has every refused line with its user, unless it may hold a secret', async () => {
    await s.a.run('configure terminal');
    await s.a.run('hostname not/possible');
    await s.a.run('end');
    await s.a.run('jion sennit1:AAAABBBB');
    await s.a.run('nonsense AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=');
    assert.deepEqual(
      s.refusals.map((fields) => [fields?.user, fields?.mode, fields?.line]),
      [
        ['unknown', 'configure', 'hostname …'],
        ['unknown', 'exec', 'not shown: it may hold a secret'],
        ['unknown', 'exec', 'not shown: it may hold a secret'],
      ],
    );
    assert.doesNotMatch(JSON.stringify(s.refusals), /AAAA/);
  });

  it('is not flooded', async () => {
    for (let i = 0; i < 500; i++) await s.a.run('bogus');
    assert.ok(s.refusals.length >= 50 && s.refusals.length < 450, `${s.refusals.length}`);
  });
});
