/** Local links that are bound to a device. */
import assert from 'node:assert/strict';
import { Network, tunnelAddress } from '../../lab/network.js';
import { linkAddress, makeMesh } from '../../lab/topology.js';
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
