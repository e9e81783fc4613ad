/** What lines do to the running configuration, without a socket. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { CommandQueue } from '../../src/cli/queue.js';
import type { RunResult } from '../../src/cli/session.js';
import { CommandSession } from '../../src/cli/session.js';
import { render } from '../../src/config/render.js';
import { type as typeInto } from './config-stage.js';
import { EngineDouble } from './engine-double.js';

const directory = mkdtempSync(join(tmpdir(), 'sennit-session-'));
const startupFile = join(directory, 'sennit.conf');
after(() => rmSync(directory, { recursive: true, force: true }));

let engine = new EngineDouble();
let session = new CommandSession(engine, { startupFile });
beforeEach(() => {
  engine = new EngineDouble();
  engine.config.hostname = 'h1';
  session = new CommandSession(engine, { startupFile });
});

const type = (...lines: string[]): Promise<RunResult> => typeInto(session, ...lines);

const ENTER_PEER = ['configure terminal', 'interface t0', 'peer b id 2'];

describe('modes', () => {
  it('show in the prompt', async () => {
    const prompts: string[] = [];
    for (const line of ['conf t', 'int t0', 'peer b id 2', 'link 3', 'exit', 'exit', 'exit', 'exit']) {
      prompts.push((await type(line)).prompt);
    }
    assert.deepEqual(prompts, [
      'h1(config)#',
      'h1(config-if)#',
      'h1(config-peer)#',
      'h1(config-link)#',
      'h1(config-peer)#',
      'h1(config-if)#',
      'h1(config)#',
      'h1#',
    ]);
  });

  it('end goes to exec mode from anywhere, exit and its like leave there', async () => {
    assert.equal((await type(...ENTER_PEER, 'end')).prompt, 'h1#');
    for (const line of ['exit', 'quit', 'logout']) assert.equal((await session.run(line)).closed, true, line);
  });

  it('do runs a command of exec mode, with its caret in the right place', async () => {
    assert.match((await type(...ENTER_PEER, 'do show run')).output, /^hostname h1\n/);
    const wrong = await session.run('  do show bogus');
    assert.deepEqual([wrong.ok, wrong.column, wrong.prompt], [false, 10, 'h1(config-peer)#']);
    assert.match((await session.run('do exit')).output, /does not change modes/);
    // Abbreviated, where nothing else begins so, and with a bar right behind it.
    assert.match((await type('end', 'configure terminal', 'd show run')).output, /^hostname h1\n/);
    assert.deepEqual(await session.run('D  show bogus').then(({ column }) => column), 8);
    assert.match(session.help('d show crypto '), /key/);
    assert.match((await session.run('do|x')).output, /^% (?!Internal)/);
  });

  it('a command of a mode around acts there and goes there', async () => {
    await type(...ENTER_PEER, 'link 0', 'peer c id 3', 'link 1', 'hostname h2');
    assert.equal(session.prompt, 'h2(config)#');
    assert.deepEqual([...(engine.config.interface?.peers.keys() ?? [])], ['b', 'c']);
  });

  it('a mode whose peer another session removed says so and can be left', async () => {
    await type(...ENTER_PEER);
    const other = new CommandSession(engine, { startupFile });
    for (const line of ['conf t', 'int t0', 'no peer b']) assert.ok((await other.run(line)).ok);
    assert.match((await session.run('shutdown')).output, /peer b does not exist any more/);
    assert.equal((await type('exit')).prompt, 'h1(config-if)#');
  });
});

describe('a line', () => {
  it('acts at once, on a copy', async () => {
    const before = engine.config;
    await type('configure terminal', 'hostname other');
    assert.equal(before.hostname, 'h1');
    assert.equal(engine.config.hostname, 'other');
  });

  it('that changes nothing does not bother the daemon', async () => {
    await type(...ENTER_PEER);
    const { length } = engine.applied;
    await type('no shutdown', 'switch-policy passive', 'exit', 'peer b', '', '! remark');
    assert.equal(engine.applied.length, length);
  });

  it('that the daemon refuses changes nothing, not even the mode', async () => {
    await type('configure terminal');
    const before = render(engine.config);
    engine.refuseWith = 'the name t0 is taken: choose another';
    const refused = await session.run('interface t0');
    assert.deepEqual(
      [refused.ok, refused.output, refused.prompt],
      [false, '% the name t0 is taken: choose another', 'h1(config)#'],
    );
    assert.equal(render(engine.config), before);
  });

  it('that contradicts the rest is refused, one that is incomplete is not', async () => {
    await type(...ENTER_PEER, 'link 5', 'address 10.0.0.2', 'host-id 1', 'peer c id 3');
    assert.match((await session.run('peer d id 2')).output, /peers b and d have the same id 2/);
    assert.match((await session.run('host-id 3')).output, /own id 3/);
    assert.match((await session.run('local link 5 address fd00::1')).output, /must be IPv4 or both IPv6/);
    assert.match((await session.run('peer new')).output, /give its host id/);
    assert.equal(engine.config.interface?.peers.size, 2);
  });

  it('that fails by a fault of the program is answered, and reported', async () => {
    const faults: unknown[] = [];
    session = new CommandSession(engine, { startupFile, report: (error) => faults.push(error) });
    engine.counters = () => {
      throw new TypeError('broken');
    };
    const result = await session.run('show counters');
    assert.match(result.output, /Internal error: broken/);
    assert.equal(faults.length, 1);
  });
});

describe('every setting', () => {
  const settings: [string[], string, string][] = [
    [[], 'hostname x', 'no hostname'],
    [[], 'network lab', 'no network lab'],
    [[], 'crypto cipher chacha20-poly1305', 'no crypto cipher'],
    [[], 'crypto key file /k', 'no crypto key'],
    [[], 'crypto psk file /p', 'no crypto psk file'],
    [[], 'crypto overlap 60', 'no crypto overlap'],
    [[], 'interface t0', 'no interface t0'],
    [['interface t0'], 'description a b', 'no description'],
    [['interface t0'], 'host-id 7', 'no host-id'],
    [['interface t0'], 'mtu 1400', 'no mtu'],
    [['interface t0'], 'mac-address 02:00:00:00:00:07', 'no mac-address'],
    [['interface t0'], 'ip address 10.0.0.1/24', 'no ip address 10.0.0.1/24'],
    [['interface t0'], 'ipv6 address fd00::1/64', 'no ipv6 address'],
    [['interface t0'], 'mac-table aging 10', 'no mac-table aging'],
    [['interface t0'], 'mac-table limit 16', 'no mac-table limit 16'],
    [['interface t0'], 'shutdown', 'no shutdown'],
    [['interface t0'], 'local link 1 address 10.0.0.1 port 5 device eth0', 'no local link 1'],
    [['interface t0'], 'peer b id 2', 'no peer b'],
    [['interface t0', 'peer b id 2'], 'description x', 'no description x'],
    [['interface t0', 'peer b id 2'], 'public-key AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', 'no public-key'],
    [['interface t0', 'peer b id 2'], 'psk file /x', 'no psk'],
    [['interface t0', 'peer b id 2'], 'switch-policy active', 'no switch-policy'],
    [['interface t0', 'peer b id 2'], 'failover buffer 4', 'no failover buffer'],
    [['interface t0', 'peer b id 2'], 'shutdown', 'no shutdown'],
    [['interface t0', 'peer b id 2'], 'link 0', 'no link 0'],
    ...[
      ['address 10.0.0.2 port 4', 'no address'],
      ['description a line', 'no description'],
      ['dynamic', 'no dynamic'],
      ['priority 0', 'no priority'],
      ['weight 9', 'no weight'],
      ['timers 10 20', 'no timers'],
      ['pong-count 1', 'no pong-count'],
      ['mtu 1280', 'no mtu'],
      ['shutdown', 'no shutdown'],
    ].map(([line, undo]): [string[], string, string] => [
      ['interface t0', 'peer b id 2', 'link 0'],
      line as string,
      undo as string,
    ]),
  ];
  for (const [modes, line, undo] of settings) {
    it(`${[...modes.slice(-1), line].join(': ')} is printed as typed and undone by ${undo}`, async () => {
      await type('configure terminal', ...modes);
      const place = session.prompt;
      const before = render(engine.config);
      await type(line);
      assert.ok(
        render(engine.config)
          .split('\n')
          .some((printed) => printed.trim() === line),
        render(engine.config),
      );
      if (!/^(interface|peer|link) /.test(line)) assert.equal(session.prompt.replace('x(', 'h1('), place);
      await type(undo);
      assert.equal(render(engine.config), line.startsWith('hostname') ? '' : before);
    });
  }
});

describe('saving', () => {
  it('writes what show running-config prints, and shows it', async () => {
    rmSync(startupFile, { force: true });
    assert.match((await session.run('show startup-config')).output, /does not exist yet/);
    await type(...ENTER_PEER, 'do write memory');
    assert.equal(readFileSync(startupFile, 'utf8'), render(engine.config));
    assert.equal((await type('do show startup-config')).output, (await type('do show running-config')).output);
    const shown = [await type('do show startup-config | json'), await type('do show running-config | json')];
    assert.equal(shown[0]?.output, shown[1]?.output);
    writeFileSync(startupFile, 'bogus\n');
    assert.equal((await type('do show startup-config')).output, 'bogus');
    assert.match((await session.run('do show startup-config | json')).output, /does not load/);
    await type('end', 'copy running-config startup-config');
    assert.equal(readFileSync(startupFile, 'utf8'), render(engine.config));
  });

  it('says why it cannot', async () => {
    session = new CommandSession(engine, { startupFile: join(directory, 'none', 'x') });
    assert.match((await session.run('write memory')).output, /^% can't write .*no such file or directory/);
  });
});

describe('two sessions', () => {
  it('take turns: no change is lost', async () => {
    const queue = new CommandQueue();
    const sessions = [0, 1].map(() => new CommandSession(engine, { startupFile, queue }));
    engine.beforeApply = () => new Promise((resolve) => setImmediate(resolve));
    for (const one of sessions) for (const line of ['conf t', 'interface t0']) await one.run(line);
    const runs = sessions.flatMap((one, s) =>
      Array.from({ length: 20 }, (_, i) => one.run(`peer p${s}-${i} id ${s * 100 + i + 1}`)),
    );
    for (const { ok, output } of await Promise.all(runs)) assert.ok(ok, output);
    assert.equal(engine.config.interface?.peers.size, 40);
  });
});

describe('test failover', () => {
  it('asks for a drill and prints what was found', async () => {
    await type(...ENTER_PEER, 'link 0', 'end');
    engine.failoverRows = engine.failoverRows.slice(-1);
    assert.equal(
      (await type('test failover peer b link 0')).output,
      [
        'link 0 of peer b was silent for 3s; 9000 frames went to the peer',
        'Time (UTC)      Peer  Link  Cause     Doubt   Down  Again  Lost  Back',
        '02-01 00:00:00  b        0  silence*   31ms  512ms    310     0    3s',
        "* by 'test failover'",
        'no frame was lost',
      ].join('\n'),
    );
    const found = JSON.parse((await type('test failover peer b link 0 seconds 60 | json')).output);
    assert.deepEqual([found.verdict, found.failover.cause], ['no frame was lost', 'silence']);
    assert.deepEqual(
      engine.drills.map(({ peer, link, seconds }) => [peer, link, seconds]),
      [
        ['b', 0, 3],
        ['b', 0, 60],
      ],
    );
  });

  it('is refused with a reason, to readers, and beyond a minute', async () => {
    await type(...ENTER_PEER, 'link 0', 'end');
    engine.refuseWith = 'no other link of peer b is up: a drill would cut it off';
    assert.match((await session.run('test failover peer b link 0')).output, /^% no other link of peer b is up/);
    assert.match((await session.run('test failover peer zz link 0')).output, /there is no peer zz/);
    assert.equal((await session.run('test failover peer b link 0 seconds 61')).ok, false);
    const reader = new CommandSession(engine, { startupFile, role: 'reader' });
    assert.match((await reader.run('test failover peer b link 0')).output, /may look but not change/);
    assert.equal(engine.drills.length, 0);
  });

  it('lets others change things meanwhile', async () => {
    const queue = new CommandQueue();
    const sessions = [0, 1].map(() => new CommandSession(engine, { startupFile, queue }));
    await type(...ENTER_PEER, 'link 0', 'end');
    let finish: () => void = () => undefined;
    engine.drillEnds = new Promise((resolve) => (finish = resolve));
    const drill = sessions[0]?.run('test failover peer b link 0');
    for (const line of ['configure terminal', 'hostname meanwhile']) assert.ok((await sessions[1]?.run(line))?.ok);
    assert.equal(engine.config.hostname, 'meanwhile');
    finish();
    assert.ok((await drill)?.ok);
  });
});
