/** Frames larger than a link carries, and what `mtu auto` makes of the links' device MTU. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ip } from '../../lab/namespaces.js';
import { type Network, TAP, tunnelAddress } from '../../lab/network.js';
import { Probe } from '../../lab/probe.js';
import { networkTest } from './harness.js';
import { mustAnswer, mustTransfer } from './traffic.js';

function tapMtu(network: Network, id: number): number {
  const [device] = JSON.parse(ip(['-n', network.host(id).namespace, '-j', 'link', 'show', TAP]));
  return device.mtu;
}

for (const mtu of [576, 1500, 9000]) {
  networkTest(`a TAP with MTU ${mtu} over links of 1500`, { network: { mtu } }, async ({ lab, network }) => {
    assert.equal(tapMtu(network, 1), mtu);
    const h1 = network.host(1);
    for (const size of [mtu, mtu - 1, 64]) await mustAnswer(lab, h1, tunnelAddress(2), size);
    await mustTransfer(lab, h1, network.host(2), tunnelAddress(2), 8);
  });
}

networkTest(
  '9000-byte frames in fragments keep every byte under every policy',
  { network: { mtu: 9000 } },
  async (t) => {
    const hosts = t.network.mesh.hosts.map((host) => ({ ...host, address: tunnelAddress(host.id) }));
    const probe = await Probe.start(t.lab, hosts, { rate: 100, size: 8900 });
    for (const policy of ['passive', 'active', 'round-robin'] as const) {
      await t.network.setPolicy(policy);
      await probe.begin();
      await sleep(500);
      for (const { lost, duplicated, corrupt } of await probe.end()) {
        assert.deepEqual({ lost, duplicated, corrupt }, { lost: 0, duplicated: 0, corrupt: 0 }, policy);
      }
    }
  },
);

networkTest('mtu auto is what one datagram carries', { links: 1, mtu: 1500 }, async ({ lab, network }) => {
  const mtu = tapMtu(network, 1);
  assert.equal(mtu, tapMtu(network, 2));
  // 20 bytes of IPv4, 8 of UDP, 16 of header, 16 of AEAD tag, 14 of Ethernet and a few of inner header.
  assert.ok(mtu >= 1500 - 20 - 8 - 16 - 16 - 14 - 20 && mtu <= 1500 - 20 - 8 - 16 - 16 - 14, `MTU ${mtu}`);
  const daemon = network.daemon(1);
  const datagrams = async () => (await daemon.links())[0]?.txDatagrams ?? 0;
  const frames = async () => (await daemon.peers())[0]?.txFrames ?? 0;
  const before = [await datagrams(), await frames()] as const;
  await mustAnswer(lab, network.host(1), tunnelAddress(2), mtu, 400);
  const carried = (await frames()) - before[1];
  const sent = (await datagrams()) - before[0];
  // Heartbeats go out meanwhile, too, but not as many again, as two fragments for each frame would be.
  assert.ok(carried >= 400 && sent >= carried && sent < carried * 1.75, `${sent} datagrams for ${carried} frames`);
});

networkTest('mtu auto follows the smallest link', { links: 2, mtu: [9000, 1400] }, async ({ lab, network }) => {
  const mtu = tapMtu(network, 1);
  assert.ok(mtu > 1300 && mtu < 1400, `MTU ${mtu}`);
  await mustAnswer(lab, network.host(1), tunnelAddress(2), mtu);
});

networkTest(
  'mtu auto is lower over IPv6, whose header is longer',
  { network: { family: 6 } },
  async ({ lab, network }) => {
    const mtu = tapMtu(network, 1);
    assert.ok(mtu >= 1500 - 40 - 8 - 16 - 16 - 14 - 20 && mtu <= 1500 - 40 - 8 - 16 - 16 - 14, `MTU ${mtu}`);
    await mustAnswer(lab, network.host(1), tunnelAddress(2), mtu);
  },
);

networkTest('mtu auto of jumbo links is a jumbo', { mtu: 9000 }, async ({ lab, network }) => {
  const mtu = tapMtu(network, 1);
  assert.ok(mtu > 8800 && mtu < 9000, `MTU ${mtu}`);
  await mustAnswer(lab, network.host(1), tunnelAddress(2), mtu);
});
