/** Frames of every kind between bridged segments: tagged, tiny, large, of unknown protocols, to one and to all. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ip } from '../../lab/namespaces.js';
import { TAP } from '../../lab/network.js';
import { networkTest } from './harness.js';
import { arrived, BROADCAST, plugIn, type Station } from './station.js';

networkTest(
  'frames of every kind pass unchanged between bridges',
  { network: { mtu: 1500 } },
  async ({ lab, network }) => {
    const one = await plugIn(lab, network.host(1));
    const two = await plugIn(lab, network.host(2));
    const bodies = {
      'experimental protocol': `88b5${'a5'.repeat(46)}`,
      smallest: '88b5',
      largest: `88b5${'5a'.repeat(1500)}`,
      'VLAN 5': `81000005${'88b5'}${'11'.repeat(46)}`,
      'VLAN 4094 with priority 7': `8100effe${'88b5'}${'22'.repeat(1500)}`,
      'two tags': `88a80064${'81000005'}${'88b5'}${'33'.repeat(46)}`,
      'LLC length': `0026${'4242'}${'00'.repeat(36)}`,
    };
    for (const [kind, body] of Object.entries(bodies)) {
      for (const destination of [BROADCAST, two.mac, '01005e000001', '333300000001']) {
        const frame = `${destination}${one.mac}${body}`;
        one.send(frame);
        assert.deepEqual(await arrived(two, 1), [frame], `${kind} to ${destination}`);
      }
    }
    assert.deepEqual(one.seen, [], 'nothing comes back to the sender');
  },
);

networkTest(
  'known unicast goes to one, broadcast once to all, and nothing loops',
  { hosts: 3 },
  async ({ lab, network }) => {
    const stations: Station[] = [];
    for (const host of network.mesh.hosts) stations.push(await plugIn(lab, host));
    const [one, two, three] = stations as [Station, Station, Station];
    const body = `88b5${'77'.repeat(46)}`;
    one.send(`${BROADCAST}${one.mac}${body}`);
    for (const station of [two, three]) assert.equal((await arrived(station, 1)).length, 1);
    // By the answer everybody on its way learns where station two is.
    two.send(`${one.mac}${two.mac}${body}`);
    assert.equal((await arrived(one, 1)).length, 1);
    one.send(...Array.from({ length: 20 }, () => `${two.mac}${one.mac}${body}`), `${BROADCAST}${one.mac}88b5`);
    assert.equal((await arrived(two, 21)).length, 21);
    assert.deepEqual(await arrived(three, 1), [`${BROADCAST}${one.mac}88b5`]);
    await sleep(200);
    assert.deepEqual(
      stations.map((station) => station.seen.length),
      [0, 0, 0],
    );
  },
);

networkTest(
  'the interface joins a bridge, leaves it, and says when there is none',
  { links: 1 },
  async ({ network }) => {
    const { namespace } = network.host(1);
    const daemon = network.daemon(1);
    const inBridge = (): boolean => / master br7 /.test(ip(['-n', namespace, 'link', 'show', TAP]));
    const line = (text: string): string[] => ['configure terminal', `interface ${TAP}`, text];
    const { code, stdout, stderr } = await daemon.run(...line('bridge br7'));
    assert.equal(code, 1);
    assert.match(stdout + stderr, /there is no interface 'br7'/);
    ip(['-n', namespace, 'link', 'add', 'br7', 'type', 'bridge']);
    await daemon.must(...line('bridge br7'));
    assert.ok(inBridge());
    await daemon.must(...line('no bridge'));
    assert.ok(!inBridge());
  },
);
