/** The guards of layer 2 of a running daemon: a peer that uses what is not its own, and one that floods. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Daemon } from '../../lab/daemon.js';
import { TAP, tunnelAddress } from '../../lab/network.js';
import { pingFlood } from '../../lab/ping.js';
import { networkTest } from './harness.js';
import { arrived, BROADCAST, plugIn, type Station } from './station.js';
import { mustAnswer } from './traffic.js';

const BODY = `88b5${'77'.repeat(46)}`;
const FOREIGN = '025e00000099';

function tagged(vlan: number): string {
  return `8100${vlan.toString(16).padStart(4, '0')}${BODY}`;
}

async function counters(daemon: Daemon): Promise<Record<string, number>> {
  return JSON.parse(await daemon.must('show counters | json'));
}

networkTest('a peer that uses an address or a VLAN that is not its own is kept out', {}, async ({ lab, network }) => {
  const one = await plugIn(lab, network.host(1));
  const two = await plugIn(lab, network.host(2));
  const h1 = network.daemon(1);
  const mac = two.mac.replace(/..(?!$)/g, '$&:');
  const lines = [`permit mac ${mac}`, 'permit vlan 30-32,10,untagged', 'mac-table limit 4'];
  await h1.must('configure terminal', `interface ${TAP}`, `peer ${network.host(2).name}`, ...lines);
  assert.match(
    await h1.must('show running-config'),
    new RegExp(`\\n {2}permit mac ${mac}\\n {2}permit vlan untagged,10,30-32\\n {2}mac-table limit 4\\n`),
  );

  const good = [BODY, tagged(10), tagged(31)].map((body) => `${BROADCAST}${two.mac}${body}`);
  const bad = [`${BROADCAST}${FOREIGN}${BODY}`, `${BROADCAST}${two.mac}${tagged(11)}`];
  // A tag that says no VLAN before one that does: the kernel would go by the second.
  bad.push(`${BROADCAST}${two.mac}81000000${tagged(11)}`);
  two.send(...bad, ...good, ...bad, ...good);
  assert.deepEqual(await arrived(one, 6), [...good, ...good]);
  const { rxMacNotPermitted, rxVlanNotPermitted } = await counters(h1);
  assert.ok((rxMacNotPermitted ?? 0) >= 2, `${rxMacNotPermitted}`); // the kernel of host 2 talks, too
  assert.equal(rxVlanNotPermitted, 4);
  assert.doesNotMatch(await h1.must('show mac-table'), /:99 /);
  assert.match(h1.log, /level=warning event=not-permitted peer=h2 what=mac mac=\S+ vlan=untagged\n/);

  one.send(`${two.mac}${one.mac}${tagged(11)}`, `${BROADCAST}${one.mac}${tagged(11)}`, `${BROADCAST}${one.mac}${BODY}`);
  assert.deepEqual(await arrived(two, 1), [`${BROADCAST}${one.mac}${BODY}`]);
  const [peer] = await h1.peers();
  assert.equal(peer?.notPermittedTx, 2);
  assert.ok((peer?.notPermittedRx ?? 0) >= 6, `${peer?.notPermittedRx}`);

  await h1.must('configure terminal', `interface ${TAP}`, 'peer h2', 'no permit mac', 'no permit vlan');
  two.send(...bad);
  assert.deepEqual(await arrived(one, 3), bad);
});

/** Frames of the storm; a part may be lost in the queue of a TAP. */
const STORM = 4000;
const AT_LEAST = STORM / 4;

networkTest(
  "a peer's broadcast storm is bounded, and the others still ping",
  { hosts: 3 },
  async ({ lab, network }) => {
    const two = await plugIn(lab, network.host(2));
    const h1 = network.daemon(1);
    await h1.must('configure terminal', `interface ${TAP}`, 'storm-control broadcast 20');
    await mustAnswer(lab, network.host(3), tunnelAddress(1));
    const pings = pingFlood(lab, network.host(3).namespace, tunnelAddress(1), { count: 200, intervalMs: 10 });
    for (let sent = 0; sent < STORM; sent += 100) {
      two.send(...Array.from({ length: 100 }, () => `${BROADCAST}${two.mac}${BODY}`));
      await sleep(10);
    }
    assert.deepEqual(await pings, { sent: 200, lost: 0, duplicated: 0 });
    const dropped = async () => (await h1.peers()).map(({ stormDropped }) => stormDropped);
    await h1.waitFor('the storm', async () => (await dropped())[0]! > AT_LEAST);
    const { rxStormBroadcast = 0 } = await counters(h1);
    const [ofTwo = 0, ofThree] = await dropped();
    assert.ok(rxStormBroadcast > AT_LEAST && rxStormBroadcast <= ofTwo);
    assert.equal(ofThree, 0);
    assert.match(h1.log, /level=warning event=storm traffic=broadcast peer=h2\n/);
    // Whoever set no bound was given all of it.
    const [, fromTwo] = await network.daemon(3).peers();
    assert.ok((fromTwo?.rxFrames ?? 0) > AT_LEAST);
  },
);

networkTest('an address that moves too often is held where it was', { hosts: 3 }, async ({ lab, network }) => {
  const stations = [];
  for (const host of network.mesh.hosts) stations.push(await plugIn(lab, host));
  const [one, two, three] = stations as [Station, Station, Station];
  const h1 = network.daemon(1);
  const moved = async (): Promise<number> => {
    const { macMoved = 0, macHeld = 0 } = await counters(h1);
    return macMoved + macHeld;
  };
  const claim = `${one.mac}${FOREIGN}${BODY}`;
  two.send(claim);
  assert.deepEqual(await arrived(one, 1), [claim]);
  // By default it may move five times in three minutes.
  for (let move = 1; move <= 6; move++) {
    (move % 2 === 1 ? three : two).send(claim);
    await h1.waitFor(`move ${move}`, async () => (await moved()) >= move);
  }
  assert.equal((await arrived(one, 6)).length, 6);
  three.send(claim, claim);
  await h1.waitFor('frames of the held address', async () => ((await counters(h1)).rxMacHeld ?? 0) >= 2);
  const { macMoved, macHeld, rxMacHeld } = await counters(h1);
  assert.deepEqual({ macMoved, macHeld, rxMacHeld }, { macMoved: 5, macHeld: 1, rxMacHeld: 2 });
  assert.match(h1.log, /level=warning event=mac-moves mac=02:5e:00:00:00:99 peers="h2,h3" held=h2 /);
  two.send(claim);
  assert.deepEqual(await arrived(one, 1), [claim]);
  await h1.must('clear mac-table');
  three.send(claim);
  assert.deepEqual(await arrived(one, 1), [claim]);
});
