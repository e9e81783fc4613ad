/** Candidates, and two who change the same: what lines do, without a socket. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ConfigStage, json, PRIORITY, refused, type } from './config-stage.js';

let s: ConfigStage;
beforeEach(() => {
  s = new ConfigStage();
});
afterEach(() => s.close());

describe('a configuration session', () => {
  it('changes nothing until commit, which applies all at once', async () => {
    const before = s.engine.config;
    const entered = await type(s.a, 'configure session m1', 'hostname h2', ...PRIORITY(7));
    assert.equal(entered.prompt, 'h1(config-s-m1-link)#');
    assert.equal(s.engine.config, before);
    assert.equal(s.engine.applied.length, 0);
    const diffs = (await type(s.a, 'show session diffs')).output;
    const lines = ['-hostname h1', '+hostname h2', ' interface t0', '  peer b id 2', '   link 0', '+   priority 7'];
    assert.equal(diffs, lines.join('\n'));
    assert.equal((await type(s.b, 'show session diffs m1')).output, diffs);
    assert.equal((await type(s.b, 'show session-config named m1 diffs')).output, diffs);
    assert.match((await type(s.a, 'commit check')).output, /^it can be committed/);
    assert.equal((await type(s.a, 'commit')).prompt, 'h2#');
    assert.equal(s.engine.applied.length, 1);
    assert.deepEqual(await s.archive(), ['session m1 +2 -1', 'before +0 -0']);
  });

  it('is kept when it is left, found again, and dropped by abort or no', async () => {
    assert.match((await type(s.a, 'configure session m1', 'hostname x', 'exit')).output, /m1 is pending/);
    assert.equal((await type(s.b, 'configure session m1', 'show session-config')).output.split('\n')[0], 'hostname x');
    await type(s.b, 'abort');
    assert.match(await refused(s.b, 'show session diffs m1'), /there is no session m1/);
    await type(s.a, 'configure session', 'hostname y', 'end', 'configure session', 'hostname z', 'end');
    const rows = await json<{ name: string }[]>(s.a, 'show configuration sessions');
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['s1', 's2'],
    );
    assert.match(await refused(s.a, 'show session diffs'), /name one of the sessions: s1, s2/);
    await type(s.a, 'no configure session s1', 'no configure session s2');
    assert.equal((await type(s.a, 'show configuration sessions')).output, 'No session is pending.');
    assert.equal(s.engine.config.hostname, 'h1');
    // Nothing in it: nothing to keep.
    assert.equal((await type(s.a, 'configure session empty', 'end')).output, '');
    assert.deepEqual(s.engine.configSessions.names(), []);
  });

  it('is not mistaken for what runs by a line whose shell goes away while it waits', async () => {
    const gone = new AbortController();
    const shell = s.shell(gone);
    await type(shell, 'configure session m1', 'interface t0');
    let free: () => void = () => undefined;
    const busy = s.queue.run(() => new Promise<void>((resolve) => (free = resolve)));
    const lines = [shell.run('no interface t0')];
    const terminal = s.shell(gone);
    await type(terminal, 'configure terminal');
    lines.push(terminal.run('hostname later'));
    gone.abort();
    free();
    await busy;
    for (const { ok, output } of await Promise.all(lines)) {
      assert.equal(ok, false);
      assert.match(output, /the shell that typed it has left/);
    }
    assert.equal(s.engine.applied.length, 0);
  });

  it('there are at most 16 of', async () => {
    for (let i = 0; i < 16; i++) await type(s.a, `configure session m${i}`, `hostname x${i}`, 'end');
    assert.match(await refused(s.a, 'configure session one-more'), /too many sessions.*no configure session NAME/);
  });

  it('may contradict itself on the way, but not in the end', async () => {
    await type(s.a, 'configure session swap', 'interface t0');
    assert.match(
      (await type(s.a, 'peer b id 3')).output,
      /^Note: peers b and c have the same id 3.*'commit' refuses it/,
    );
    assert.match(await refused(s.a, 'commit'), /have the same id 3/);
    assert.match(await refused(s.a, 'commit check'), /have the same id 3/);
    await type(s.a, 'peer c id 2', 'commit');
    const ids = [...(s.engine.config.interface?.peers.values() ?? [])].map(({ name, id }) => `${name}${id}`);
    assert.deepEqual(ids.sort(), ['b3', 'c2']);
  });

  it('is not committed when the daemon refuses it, and stays', async () => {
    await type(s.a, 'configure session m1', 'hostname x');
    s.engine.foreseen = ['the port is taken'];
    assert.match(await refused(s.a, 'commit check'), /the port is taken/);
    s.engine.refuseWith = 'the address is taken';
    assert.match(await refused(s.a, 'commit'), /the address is taken/);
    assert.equal(s.a.prompt, 'h1(config-s-m1)#');
    s.engine.refuseWith = null;
    await type(s.a, 'commit');
    assert.equal(s.engine.config.hostname, 'x');
  });

  it('has commands of its own, which nobody else sees', async () => {
    await type(s.a, 'configure session m1');
    await type(s.b, 'configure terminal');
    assert.match(s.a.help(''), /commit .*\n/);
    assert.doesNotMatch(s.b.help(''), /commit|abort|rebase/);
    assert.match(await refused(s.b, 'commit'), /Invalid input/);
    assert.equal(s.a.complete('comm').insert, 'it ');
    assert.deepEqual(s.b.complete('comm').candidates, []);
    await type(s.a, 'interface t0', 'abort');
    assert.deepEqual(s.b.complete('do configure session ').candidates, []);
    assert.doesNotMatch(s.a.help('commit confirmed '), /seconds/);
  });

  it('is dropped from any mode, which is no change of modes', async () => {
    await type(s.a, 'configure session m1', 'hostname x', 'end');
    await type(s.b, 'configure terminal', 'interface t0', 'do no configure session m1');
    assert.equal(s.b.prompt, 'h1(config-if)#');
    assert.deepEqual(s.engine.configSessions.names(), []);
    assert.match(await refused(s.b, 'do no configure session m1'), /m1/);
    assert.match(await refused(s.b, 'do configure session m1'), /'do' does not change modes/);
    // Whoever drops the one that it is in has left it.
    await type(s.a, 'configure session m2', 'do no configure session m2');
    assert.match(await refused(s.a, 'hostname y'), /session m2 is no more, it was dropped by/);
    assert.equal(s.a.prompt, 'h1#');
  });

  it('that somebody else ended says so at the next line', async () => {
    await type(s.a, 'configure session m1', 'hostname x');
    assert.match((await type(s.b, 'configure session m1')).output, /is in this session too/);
    await type(s.b, 'commit');
    assert.match(await refused(s.a, 'hostname y'), /session m1 is no more, it was committed by/);
    assert.equal(s.a.prompt, 'x#');
    assert.equal(s.engine.config.hostname, 'x');
  });
});

describe('two who change the same', () => {
  it('merge where they touch different things', async () => {
    await type(s.a, 'configure session m1', ...PRIORITY(7));
    await type(s.b, 'configure terminal', 'hostname other', 'interface t0', 'peer c', 'description theirs', 'end');
    assert.match(
      (await type(s.a, 'show session diffs')).output,
      /^ interface t0\n {2}peer b id 2\n {3}link 0\n\+ {3}priority 7$/,
    );
    await type(s.a, 'commit');
    assert.deepEqual(
      [s.engine.config.hostname, s.priority(), s.engine.config.interface?.peers.get('c')?.description],
      ['other', 7, 'theirs'],
    );
  });

  it('the second is told, and nothing happens unless it is forced', async () => {
    await type(s.a, 'configure session m1', ...PRIORITY(7));
    await type(s.b, 'configure session m2', ...PRIORITY(9), 'commit');
    const told = await refused(s.a, 'commit');
    assert.match(
      told,
      /others have changed what it changes:\n% {3}peer b, link 0: priority \(.*UTC\)\n% 'commit force'/,
    );
    assert.match(await refused(s.a, 'commit check'), /peer b, link 0: priority/);
    assert.match((await type(s.a, 'show session diffs')).output, /Note: others have changed it too: peer b, link 0/);
    assert.equal(s.priority(), 9);
    await type(s.a, 'commit force');
    assert.equal(s.priority(), 7);
  });

  it('a session can be brought up to date', async () => {
    await type(s.a, 'configure session m1', ...PRIORITY(7), 'weight 3');
    await type(s.b, 'configure terminal', ...PRIORITY(9), 'end');
    assert.match((await type(s.a, 'rebase')).output, /what runs was taken: peer b, link 0: priority/);
    await type(s.a, 'commit');
    assert.equal(s.priority(), 9);
    assert.equal(s.engine.config.interface?.peers.get('b')?.links.get(0)?.weight, 3);
  });

  it('a peer that was removed meanwhile is a conflict', async () => {
    await type(s.a, 'configure session m1', ...PRIORITY(7));
    await type(s.b, 'configure terminal', 'interface t0', 'no peer b', 'end');
    assert.match(await refused(s.a, 'commit'), /peer b/);
    await type(s.a, 'commit force');
    assert.equal(s.priority(), 7);
  });

  it('in configure terminal see each other, and are told what the other or a session changes too', async () => {
    assert.equal((await type(s.a, 'configure terminal')).output, '');
    assert.match(
      (await type(s.b, 'configure terminal')).output,
      /^Note: .* is in configure terminal too, since .* UTC$/,
    );
    await type(s.a, ...PRIORITY(7));
    assert.match((await type(s.b, ...PRIORITY(9))).output, /^Note: peer b, link 0: priority was changed by .* UTC$/);
    assert.equal((await type(s.b, 'weight 2')).output, '');
    const c = s.shell();
    await type(c, 'configure session m1', ...PRIORITY(20));
    assert.match((await type(s.a, 'priority 8')).output, /session m1 of .* changes peer b, link 0: priority too/);
  });
});
