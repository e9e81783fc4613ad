/** The other cipher, end to end; and hosts that don't agree on one. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Network, tunnelAddress } from '../../lab/network.js';
import { makeMesh } from '../../lab/topology.js';
import { labTest, networkTest } from './harness.js';
import { mustAnswer, mustTransfer } from './traffic.js';

const OTHER = 'chacha20-poly1305';

networkTest('ChaCha20-Poly1305 carries pings and TCP', { network: { cipher: OTHER } }, async ({ lab, network }) => {
  const [h1, h2] = [network.host(1), network.host(2)];
  for (const daemon of network.daemons) {
    assert.match(JSON.parse(await daemon.must('show version | json')).cipher, new RegExp(OTHER));
  }
  await mustAnswer(lab, h1, tunnelAddress(2));
  await mustAnswer(lab, h2, tunnelAddress(1, 6));
  await mustTransfer(lab, h1, h2, tunnelAddress(2), 8);
});

labTest('hosts with different ciphers make no session, and the log says why', async (lab) => {
  const mesh = makeMesh(lab, { hosts: 2, links: 1 });
  const network = new Network(lab, mesh);
  const [h1, h2] = [network.daemon(1), network.daemon(2)];
  h2.configure([...network.config(network.host(2)), `crypto cipher ${OTHER}`]);
  await Promise.all([h1.start(), h2.start()]);
  const refused = /handshake-refused.*authentication.*cipher/;
  await h1.waitFor('a refusal in a log', async () => refused.test(h1.log) || refused.test(h2.log));
  // They go on trying; none of it may succeed.
  await sleep(500);
  for (const daemon of [h1, h2]) {
    for (const peer of await daemon.peers()) assert.notEqual(peer.state, 'connected');
    for (const link of await daemon.links()) assert.notEqual(link.state, 'up');
  }
  // The cure, while both run.
  await h2.must('configure terminal', 'no crypto cipher');
  await network.waitLinksUp();
  await mustAnswer(lab, network.host(1), tunnelAddress(2));
});
