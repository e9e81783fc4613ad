/** Local links that are bound to a device. */
import assert from 'node:assert/strict';
import { ip } from '../../lab/namespaces.js';
import { Network, tunnelAddress } from '../../lab/network.js';
import { linkAddress, makeCable, makeMesh } from '../../lab/topology.js';
import { DEFAULTS } from '../../src/config/model.js';
import { labTest } from './harness.js';
import { mustAnswer } from './traffic.js';

/** [what, the local address of a link in the configuration and as `ss` prints it] */
const ENDS: [string, (link: number) => string][] = [
  ['its address', (link) => linkAddress(1, link)],
  ['any address, one port for both', () => '0.0.0.0'],
];

for (const [what, address] of ENDS) {
  labTest(`local links with ${what} on a device: bound there, and they carry`, async (lab) => {
    const network = new Network(lab, makeMesh(lab, { hosts: 2, links: 2 }));
    const [h1, h2] = [network.daemon(1), network.daemon(2)];
    const lines = network.config(network.host(1)).map((line) => {
      const link = Number(/^ local link (\d)/.exec(line)?.[1] ?? Number.NaN);
      return Number.isNaN(link) ? line : ` local link ${link} address ${address(link)} device l${link}`;
    });
    h1.configure(lines);
    await Promise.all([h1.start(), h2.start()]);
    await network.waitLinksUp();
    const sockets = lab.exec(h1.namespace, ['ss', '-Huln']);
    for (const link of [0, 1]) assert.ok(sockets.includes(`${address(link)}%l${link}:${DEFAULTS.port}`), sockets);
    for (const from of [1, 2]) await mustAnswer(lab, network.host(from), tunnelAddress(3 - from));
    // Each link by itself: the other is switched off.
    for (const link of [0, 1]) {
      await h1.must('configure terminal', 'interface sn0', 'peer h2', `link ${link}`, 'shutdown');
      await mustAnswer(lab, network.host(1), tunnelAddress(2));
      await h1.must('configure terminal', 'interface sn0', 'peer h2', `link ${link}`, 'no shutdown');
      await network.waitLinksUp();
    }
  });
}

labTest('a device may come after the daemon, and may be made anew', async (lab) => {
  const mesh = makeMesh(lab, { hosts: 2, links: 2 });
  const network = new Network(lab, mesh);
  const [h1, h2] = [network.daemon(1), network.daemon(2)];
  const host = network.host(1);
  h1.configure(network.config(host).map((line) => line.replace(/^( local link 0 .*)$/, '$1 device l0')));
  ip(['-n', host.namespace, 'link', 'delete', 'l0']);
  await Promise.all([h1.start(), h2.start()]);
  await h1.waitConnected();
  for (let round = 0; round < 2; round++) {
    makeCable(mesh, host, 0);
    await network.waitLinksUp();
    await mustAnswer(lab, host, tunnelAddress(2));
    ip(['-n', host.namespace, 'link', 'delete', 'l0']);
    await h1.waitFor('link 0 to be down', async () => (await h1.links())[0]?.state === 'down');
    await mustAnswer(lab, host, tunnelAddress(2));
  }
});
