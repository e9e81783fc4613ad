/** `test failover` between real daemons, under numbered traffic: nothing is lost, the row is there, the link is back. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { TAP, tunnelAddress } from '../../lab/network.js';
import { Probe } from '../../lab/probe.js';
import { ControlClient } from '../../src/control/client.js';
import type { DrillResult, FailoverEntry } from '../../src/control/failover.js';
import { networkTest } from './harness.js';
import { mustAnswer } from './traffic.js';

const RATE = 200;
/** Of the link that is drilled: down well within two seconds, although a late tick begins the hold time anew three times. */
const LINES = ['timers 20 300'];
/** Of the other: what a machine with other work does to it must not look like another failover. */
const OTHER = ['link 1', 'timers 20 3000'];

networkTest('a drill in passive loses nothing, and its row stays', { network: { linkLines: LINES } }, async (t) => {
  const { lab, network } = t;
  const [h1, h2] = [network.daemon(1), network.daemon(2)];
  const hosts = network.mesh.hosts.map((host) => ({ ...host, address: tunnelAddress(host.id) }));
  for (const daemon of [h1, h2]) {
    await daemon.must('configure terminal', `interface ${TAP}`, `peer ${daemon === h1 ? 'h2' : 'h1'}`, ...OTHER);
  }
  await mustAnswer(lab, network.host(1), tunnelAddress(2));
  const probe = await Probe.start(lab, hosts, { rate: RATE });
  await probe.begin();
  await sleep(200);
  const found = JSON.parse(await h1.must('test failover peer h2 link 0 seconds 2 | json')) as DrillResult;
  for (const flow of await probe.end()) {
    assert.equal(flow.lost - flow.overrun, 0, JSON.stringify({ flow, found }));
    assert.equal(flow.duplicated, 0, JSON.stringify(flow));
  }
  const told = JSON.stringify(found);
  assert.deepEqual([found.end, found.verdict, found.lost, found.back], ['time', 'no frame was lost', 0, true], told);
  assert.ok(found.frames > 0 && found.mutedMs >= 2000, told);
  const { failover } = found;
  assert.ok(failover !== null && failover.verdict === 'down' && failover.drill && failover.backMs !== null, told);
  assert.ok(['silence', 'peer'].includes(failover.cause ?? ''), told);
  // What the daemon keeps is the same for another shell, and the other end saw a failover of its own.
  const kept = JSON.parse(await h1.must('show failovers peer h2 | json')) as FailoverEntry[];
  assert.deepEqual(
    kept.find(({ drill }) => drill),
    failover,
  );
  assert.match(await h1.must('show failovers'), /h2 +0 +(silence|peer)\*/);
  const there = JSON.parse(await h2.must('show failovers | json')) as FailoverEntry[];
  assert.ok(
    there.some(({ link, drill, verdict }) => link === 0 && !drill && verdict === 'down'),
    JSON.stringify(there),
  );
  assert.ok(((await h1.peers())[0]?.failovers ?? 0) >= 1);
  await network.waitLinksUp();
});

networkTest('a drill needs another link, and ends with its shell', { network: { linkLines: LINES } }, async (t) => {
  const h1 = t.network.daemon(1);
  const client = await ControlClient.connect(h1.socket);
  const drill = client.call('run', 'test failover peer h2 link 0 seconds 60').catch(() => undefined);
  const stateOf = async (link: number) => (await h1.links()).find((each) => each.link === link)?.state;
  await h1.waitFor('the link to fail', async () => (await stateOf(0)) === 'down');
  const busy = await h1.run('test failover peer h2 link 1');
  assert.match(busy.stderr, /a drill of peer h2 link 0 goes on/);
  client.close();
  await drill;
  await t.network.waitLinksUp();
  await h1.must('configure terminal', 'interface sn0', 'peer h2', 'link 1', 'shutdown');
  const { code, stderr } = await h1.run('test failover peer h2 link 0');
  assert.match(stderr, /no other link of peer h2 is up/);
  assert.equal(code, 1);
  assert.equal(await stateOf(0), 'up');
  await h1.must('configure terminal', 'interface sn0', 'peer h2', 'link 1', 'no shutdown');
});
