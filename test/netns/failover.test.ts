/** Links cut in the midst of traffic: nothing is lost, under any policy and for any kind of cut. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cuts } from '../../lab/cuts.js';
import { POLICIES } from '../../lab/demo-options.js';
import { CUTS, complaint, measure } from '../../lab/experiment.js';
import { ip } from '../../lab/namespaces.js';
import { Network, TAP, tunnelAddress } from '../../lab/network.js';
import { Probe } from '../../lab/probe.js';
import { deviceDrops, makeMesh } from '../../lab/topology.js';
import { labTest, networkTest } from './harness.js';
import { mustAnswer } from './traffic.js';

const RATE = 200;
const FAST_RATE = 3000;
/** The cut is longer than the hold time. */
const DURATIONS = { beforeMs: 300, cutMs: 800, afterMs: 300 };

for (const policy of POLICIES) {
  networkTest(`policy ${policy}: no cut costs a frame`, { hosts: 3, network: { policy } }, async (t) => {
    const hosts = t.network.mesh.hosts.map((host) => ({ ...host, address: tunnelAddress(host.id) }));
    const probe = await Probe.start(t.lab, hosts, { rate: RATE });
    for (const cut of CUTS) {
      const row = await measure({ ...t, probe }, policy, cut, DURATIONS);
      assert.ok(row.sent > 0 && row.pingSent > 0, JSON.stringify(row));
      assert.equal(complaint(row), null, JSON.stringify(row));
      assert.equal(row.lost + row.reverseLost + row.pingLost, 0, JSON.stringify(row));
    }
  });
}

/** Round-robin may have all of a thin flow on either link. */
const SILENT_CUTS = [
  [0, 'both'],
  [1, 'both'],
  [0, 'out'],
  [0, 'in'],
] as const;

for (const policy of ['passive', 'round-robin'] as const) {
  networkTest(
    `policy ${policy}: a silent cut under thousands of frames a second loses none, and is told of`,
    { hosts: 2, network: { policy } },
    async ({ lab, network, cuts }) => {
      const hosts = network.mesh.hosts.map((host) => ({ ...host, address: tunnelAddress(host.id) }));
      const probe = await Probe.start(lab, hosts, { rate: FAST_RATE });
      await probe.begin();
      await sleep(300);
      for (const [link, direction] of SILENT_CUTS) {
        cuts.silentDrop(network.host(1), link, direction);
        await sleep(DURATIONS.cutMs);
        cuts.restore(network.host(1), link, direction);
        await network.waitLinksUp();
      }
      // What waited in a TAP's short queue while the daemon was not let run.
      const dropped = network.mesh.hosts.reduce((sum, host) => sum + deviceDrops(host, TAP), 0);
      const flows = await probe.end();
      const lost = flows.reduce((sum, flow) => sum + flow.lost - flow.overrun, 0);
      assert.ok(lost <= dropped, JSON.stringify({ dropped, flows }));
      for (const flow of flows) assert.equal(flow.duplicated, 0, JSON.stringify(flow));
      for (const daemon of network.daemons) {
        const [peer] = await daemon.peers();
        assert.equal(peer?.resendLost, 0);
        assert.match(daemon.log, /failover peer=\S+ link=0 .*resent=\d+ lost=0/);
      }
      const resent = (await Promise.all(network.daemons.map((daemon) => daemon.peers()))).flat();
      assert.ok(
        resent.some((peer) => peer.resent > 0),
        'what was lost was sent again',
      );
    },
  );
}

networkTest('a cable that is pulled costs nothing, though the kernel tells of it late', { hosts: 2 }, async (t) => {
  const { lab, network } = t;
  const { mesh } = network;
  const inSwitch = (...words: string[]): string => ip(['-n', mesh.switchNamespace ?? '', 'link', ...words]);
  inSwitch('add', 'other0', 'up', 'type', 'veth', 'peer', 'name', 'other1');
  const hosts = mesh.hosts.map((host) => ({ ...host, address: tunnelAddress(host.id) }));
  const probe = await Probe.start(lab, hosts, { rate: RATE });
  await probe.begin();
  for (let round = 0; round < 3; round++) {
    await sleep(1200);
    // The kernel tells of changes of carrier at most once a second; this one takes that.
    inSwitch('set', 'other1', 'up');
    await sleep(20);
    inSwitch('set', 'other1', 'down');
    inSwitch('set', 'h1l0', 'down');
    const h1 = network.daemon(1);
    await h1.waitFor('a link down', async () => (await h1.links()).some((link) => link.state === 'down'));
    inSwitch('set', 'h1l0', 'up');
    await network.waitLinksUp();
  }
  const dropped = mesh.hosts.reduce((sum, host) => sum + deviceDrops(host, TAP), 0);
  const flows = await probe.end();
  const lost = flows.reduce((sum, flow) => sum + flow.lost - flow.overrun, 0);
  assert.ok(lost <= dropped, JSON.stringify({ dropped, flows }));
});

networkTest('with the highest priority on link 1, cutting link 0 costs nothing', { hosts: 2 }, async (t) => {
  const { lab, network, cuts } = t;
  for (const daemon of network.daemons) {
    const other = daemon.name === 'h1' ? 'h2' : 'h1';
    await daemon.must('configure terminal', 'interface sn0', `peer ${other}`, 'link 1', 'priority 200');
  }
  const hosts = network.mesh.hosts.map((host) => ({ ...host, address: tunnelAddress(host.id) }));
  const probe = await Probe.start(lab, hosts, { rate: RATE });
  await probe.begin();
  await sleep(DURATIONS.beforeMs);
  cuts.silentDrop(network.host(1), 0, 'both');
  await sleep(DURATIONS.cutMs);
  cuts.restore(network.host(1), 0, 'both');
  for (const flow of await probe.end()) assert.equal(flow.lost + flow.duplicated, 0, JSON.stringify(flow));
});

labTest('a cut two seconds after the start costs no more than a later one', async (lab) => {
  const mesh = makeMesh(lab, { hosts: 2, links: 2 });
  const network = new Network(lab, mesh);
  const cuts = new Cuts(lab, mesh);
  const cutTime = Date.now() + 2000;
  await Promise.all(network.daemons.map((daemon) => daemon.start()));
  await Promise.all(network.daemons.map((daemon) => daemon.waitConnected()));
  const hosts = mesh.hosts.map((host) => ({ ...host, address: tunnelAddress(host.id) }));
  const probe = await Probe.start(lab, hosts, { rate: RATE });
  await probe.begin();
  await sleep(Math.max(0, cutTime - Date.now()));
  cuts.silentDrop(network.host(1), 0, 'both');
  await sleep(1500);
  for (const flow of await probe.end()) {
    // What waits for another link is kept for two seconds: it was noticed by then.
    assert.equal(flow.lost - flow.overrun, 0, JSON.stringify(flow));
  }
});

labTest('both ends starting at the same instant agree, again and again', async (lab) => {
  const mesh = makeMesh(lab, { hosts: 2, links: 2 });
  const network = new Network(lab, mesh);
  await Promise.all(network.daemons.map((daemon) => daemon.start()));
  await network.waitLinksUp();
  const both = (line: string) =>
    Promise.all(
      network.daemons.map((daemon) => {
        const other = daemon.name === 'h1' ? 'h2' : 'h1';
        return daemon.must('configure terminal', 'interface sn0', `peer ${other}`, line);
      }),
    );
  for (let round = 0; round < 4; round++) {
    await both('shutdown');
    await both('no shutdown');
    for (const daemon of network.daemons) await daemon.waitConnected();
    await mustAnswer(lab, network.host(1), tunnelAddress(2));
  }
});
