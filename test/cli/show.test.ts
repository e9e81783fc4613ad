/** What the `show` commands print, over an engine double. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { CounterBase } from '../../src/cli/counter-base.js';
import type { RunResult } from '../../src/cli/session.js';
import { CommandSession } from '../../src/cli/session.js';
import { load } from '../../src/config/load.js';
import { type as typeInto } from './config-stage.js';
import { EngineDouble } from './engine-double.js';
import { needsArguments, withJson } from './json-samples.js';

const startupFile = '/proc/none/sennit.conf';

let engine = new EngineDouble();
let session = new CommandSession(engine, { startupFile });
beforeEach(() => {
  engine = new EngineDouble();
  engine.config.hostname = 'h1';
  session = new CommandSession(engine, { startupFile });
});

const type = (...lines: string[]): Promise<RunResult> => typeInto(session, ...lines);

const ENTER_PEER = ['configure terminal', 'interface t0', 'peer b id 2'];

describe('show', () => {
  it('prints tables that fit 80 columns, and the same as JSON with keys in a fixed order', async () => {
    await type(
      ...ENTER_PEER,
      'description Second',
      'link 0',
      'address 192.168.100.102',
      'peer c id 3',
      'link 1',
      'end',
    );
    // There is no startup configuration.
    const plain = withJson.filter((id) => !needsArguments(id) && id !== 'show startup-config');
    for (const command of plain.filter((id) => id.startsWith('show '))) {
      const { output } = await type(command);
      for (const line of output.split('\n')) assert.ok(line.length <= 80, line);
      const json = (await type(`${command} | json`)).output;
      assert.equal(JSON.stringify(JSON.parse(json), null, 2), json, command);
    }
    const links = JSON.parse((await type('show links peer c | json')).output);
    assert.deepEqual(
      links.map(({ peer, link }: { peer: string; link: number }) => [peer, link]),
      [['c', 1]],
    );
    assert.match((await session.run('show links peer zz')).output, /there is no peer zz/);
    assert.deepEqual(Object.keys(JSON.parse((await type('show counters | json')).output)), [
      'drop.replay',
      'tx.frames',
    ]);
  });

  it('prints the tables', async () => {
    await type(...ENTER_PEER, 'link 0', 'address 10.0.0.2', 'end');
    assert.equal(
      (await type('show links')).output,
      [
        'Peer  Link  State  Since  RTT ms  Jitter     Loss  Downs  Remote',
        'b        0  up     1m01s    0.42    0.05  0%/1.5%      0  10.0.0.2:20700',
      ].join('\n'),
    );
    assert.equal(
      (await type('show peers')).output,
      [
        'Peer  Id  State      Policy    Up  Session  Tx fr  Rx fr  Lost  MACs  Denied',
        'b      2  connected  passive  1/1  1m01s     123K     99     3     1      18',
      ].join('\n'),
    );
    assert.equal(
      (await type('show failovers')).output,
      [
        'Time (UTC)      Peer   Link  Cause       Doubt   Down  Again   Lost     Back',
        '01-31 22:59:58  host2     0  send-error      -    0ms   123K  12.3K     down',
        '01-31 23:59:58  b         1  late-pong   131ms      -     40      -  cleared',
        '02-01 00:00:00  b         0  silence*     31ms  512ms    310      0       3s',
        "* by 'test failover'",
      ].join('\n'),
    );
    assert.equal(
      (await type('show mac-table')).output,
      [
        'MAC address        Peer    Age  Held',
        '02:00:00:00:00:02  b     1m05s   12s',
        '02:00:00:00:00:03  c        5s     -',
      ].join('\n'),
    );
  });

  it('prints a part of the configuration that loads, and its data', async () => {
    await type(...ENTER_PEER, 'description x', 'link 0', 'address 10.0.0.2', 'peer c id 3', 'hostname h1', 'end');
    const { output } = await type('show running-config peer b');
    assert.equal(output, '!\ninterface t0\n !\n peer b id 2\n  description x\n  link 0\n   address 10.0.0.2');
    assert.ok(load(output, 'part').ok);
    const data = JSON.parse((await type('show running-config peer b | json')).output);
    assert.deepEqual([data.name, data.links[0].endpoint.address], ['b', '10.0.0.2']);
    const whole = (await type('show running-config interface t0')).output;
    assert.ok(whole.startsWith('!\ninterface t0\n') && whole.includes(' peer c id 3'));
    assert.equal(JSON.parse((await type('show running-config interface t0 | json')).output).peers.length, 2);
    assert.match((await session.run('show running-config interface t1')).output, /there is no interface t1/);
    assert.match((await session.run('show running-config peer zz')).output, /there is no peer zz/);
  });

  it('prints peers and links in detail, with the same data', async () => {
    await type(...ENTER_PEER, 'link 0', 'description Fibre', 'address 10.0.0.2', 'peer c id 3', 'end');
    const peer = (await type('show peers b detail')).output;
    assert.match(peer, /^Peer b\n {2}Description: {6}-\n {2}Host id: +2\n/);
    assert.doesNotMatch(peer, /Peer c/);
    assert.match((await type('show peers detail')).output, /^Peer b\n[\s\S]*\n\nPeer c\n/);
    assert.match(
      (await type('show links detail')).output,
      /^Link 0 of peer b\n {2}Description: +Fibre\n {2}State: +up for 1m01s\n/,
    );
    assert.equal((await type('show links detail | json')).output, (await type('show links | json')).output);
    assert.equal(JSON.parse((await type('show peers c | json')).output).length, 1);
    assert.match((await session.run('show peers zz')).output, /there is no peer zz/);
  });

  it('lists sessions, and clear ends them', async () => {
    await type(...ENTER_PEER, 'peer c id 3', 'end');
    assert.equal(
      (await type('show sessions')).output,
      [
        'Peer  Id  State        Role         Age  Rekey   Ends  Held  Done  Tries',
        'b      2  established  initiator  1m01s    59s  1m59s     2     1      0',
        'c      3  established  responder  1m01s      -  1m59s     2     1      0',
      ].join('\n'),
    );
    await type('clear session peer b', 'clear session');
    assert.deepEqual(engine.sessionsCleared, ['b', null]);
    assert.match((await session.run('clear session peer zz')).output, /there is no peer zz/);
  });

  it('of failovers can be narrowed to a peer', async () => {
    await type(...ENTER_PEER, 'end');
    const rows = JSON.parse((await type('show failovers peer b | json')).output);
    assert.deepEqual(
      rows.map(({ peer, link }: { peer: string; link: number }) => [peer, link]),
      [
        ['b', 1],
        ['b', 0],
      ],
    );
    assert.deepEqual(Object.keys(rows[0]), [
      'time',
      'peer',
      'link',
      'verdict',
      'cause',
      'doubt',
      'suspectMs',
      'decideMs',
      'resent',
      'lost',
      'backMs',
      'drill',
    ]);
    assert.match((await session.run('show failovers peer zz')).output, /there is no peer zz/);
  });

  it('says so when there is nothing', async () => {
    engine.failoverRows = [];
    assert.equal((await type('show failovers')).output, 'No link has failed.');
    assert.match((await type('show links')).output, /No links/);
    assert.equal((await type('show interface | json')).output, 'null');
  });
});

describe('clear counters', () => {
  const counted = async () => {
    const [peers, links, tap, counters] = await Promise.all(
      ['peers', 'links', 'interface', 'counters'].map(async (what) =>
        JSON.parse((await type(`show ${what} | json`)).output),
      ),
    );
    return [
      peers[0].txFrames,
      links[0].rxDatagrams,
      tap.rxBytes,
      tap.localLinks[0].receiveDrops,
      counters['tx.frames'],
    ];
  };

  it('counts from zero on, and leaves states alone', async () => {
    await type(...ENTER_PEER, 'link 0', 'end');
    assert.deepEqual(await counted(), [123_456, 3, 2000, 2, 7]);
    await type('clear counters');
    assert.deepEqual(await counted(), [0, 0, 0, 0, 0]);
    const [link] = JSON.parse((await type('show links | json')).output);
    assert.deepEqual([link.rttMs, link.priority, link.state], [0.42, 100, 'up']);
    const { peers } = engine;
    engine.peers = () => peers.call(engine).map((peer) => ({ ...peer, txFrames: 123_460, rxFrames: 5 }));
    const [peer] = JSON.parse((await type('show peers | json')).output);
    // What is less than before began anew.
    assert.deepEqual([peer.txFrames, peer.rxFrames, peer.macAddresses], [4, 5, 1]);
  });

  it('leaves out no field that counts', async () => {
    await type(...ENTER_PEER, 'link 0', 'end');
    const { peers, links } = engine;
    const five = <Row extends object>(row: Row): Row =>
      Object.fromEntries(Object.entries(row).map(([name, of]) => [name, typeof of === 'number' ? 5 : of])) as Row;
    engine.peers = () => peers.call(engine).map((row) => ({ ...five(row), id: 2 }));
    engine.links = async () => (await links.call(engine)).map((row) => ({ ...five(row), link: 0 }));
    await type('clear counters');
    const still = async (what: string): Promise<string[]> => {
      const [row] = JSON.parse((await type(`show ${what} | json`)).output);
      return Object.keys(row).filter((name) => row[name] === 5);
    };
    assert.deepEqual(await still('peers'), ['sessionAgeMs', 'linksUp', 'linksTotal', 'macAddresses']);
    const states = ['rttMs', 'jitterMs', 'lossTx', 'lossRx', 'pathMtu', 'priority', 'weight', 'capacityMbps', 'share'];
    assert.deepEqual(await still('links'), ['sinceMs', ...states, 'intervalMs', 'holdMs']);
  });

  it('is seen by all shells of a daemon that share it', async () => {
    const base = new CounterBase();
    const [one, other] = [0, 1].map(() => new CommandSession(engine, { startupFile, base })) as [
      CommandSession,
      CommandSession,
    ];
    await one.run('clear counters');
    assert.match((await other.run('show counters')).output, /tx\.frames +0/);
  });
});
