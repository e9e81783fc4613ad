/** Two real daemons and the Ethernet segment between them, over IPv4 and over IPv6. */
import assert from 'node:assert/strict';
import { ip } from '../../lab/namespaces.js';
import { TAP, tunnelAddress } from '../../lab/network.js';
import { networkTest } from './harness.js';
import { mustAnswer, mustTransfer } from './traffic.js';

for (const family of [4, 6] as const) {
  networkTest(
    `hosts reach each other through the tunnel over an IPv${family} underlay`,
    { network: { family } },
    async (t) => {
      const h1 = t.network.host(1);
      await mustAnswer(t.lab, h1, tunnelAddress(2));
      await mustAnswer(t.lab, h1, tunnelAddress(2, 6));
      // The tunnel must really be what carried it: its links counted the datagrams.
      const links = await t.network.daemon(1).links();
      assert.ok(links.reduce((total, link) => total + link.txDatagrams, 0) >= 40);
      assert.ok(links.every((link) => (link.remoteAddress ?? '').includes(family === 4 ? '10.0.' : 'fd00:')));
    },
  );
}

networkTest('bulk TCP arrives byte for byte under every policy', {}, async ({ lab, network }) => {
  for (const policy of ['passive', 'active', 'round-robin'] as const) {
    await network.setPolicy(policy);
    await mustTransfer(lab, network.host(1), network.host(2), tunnelAddress(2), 12);
    await mustTransfer(lab, network.host(2), network.host(1), tunnelAddress(1, 6), 4);
  }
});

networkTest('the MAC table knows who has which address, on three hosts', { hosts: 3 }, async ({ lab, network }) => {
  const h1 = network.host(1);
  for (const id of [2, 3]) await mustAnswer(lab, h1, tunnelAddress(id));
  const table = JSON.parse(await network.daemon(1).must('show mac-table | json')) as { mac: string; peer: string }[];
  for (const id of [2, 3]) {
    const [device] = JSON.parse(ip(['-n', network.host(id).namespace, '-j', 'link', 'show', TAP]));
    assert.equal(device.txqlen, 4096, 'what waits for a daemon that stands still for 300 ms');
    assert.equal(table.find((entry) => entry.mac === device.address)?.peer, `h${id}`);
  }
});

networkTest('the TAP keeps its addresses over shutdown, a small MTU, and its own deletion', { links: 1 }, async (t) => {
  const [h1, daemon] = [t.network.host(1), t.network.daemon(1)];
  const answers = async () => {
    await mustAnswer(t.lab, h1, tunnelAddress(2));
    await mustAnswer(t.lab, h1, tunnelAddress(2, 6));
  };
  await daemon.must('configure terminal', 'interface sn0', 'shutdown', 'no shutdown');
  await answers();
  ip(['-n', h1.namespace, 'link', 'set', TAP, 'mtu', '1000']); // by hand: the kernel takes IPv6 away
  await daemon.must('configure terminal', 'interface sn0', 'mtu 1400');
  await answers();
  ip(['-n', h1.namespace, 'link', 'delete', TAP]);
  await daemon.waitFor('it to be made anew', async () => daemon.log.split('interface-up').length > 2);
  await answers();
});
