/** A daemon starts, is changed while it runs, is killed, comes back and ends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { shell } from '../../lab/daemon.js';
import { ip, type Lab } from '../../lab/namespaces.js';
import { Network, TAP, tunnelAddress } from '../../lab/network.js';
import { pingFlood } from '../../lab/ping.js';
import { makeMesh } from '../../lab/topology.js';
import { labTest, networkTest } from './harness.js';
import { mustAnswer } from './traffic.js';

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  networkTest(`${signal} is a clean end: exit code 0, no TAP, no socket`, { links: 1 }, async ({ network }) => {
    const h1 = network.daemon(1);
    assert.match(ip(['-n', h1.namespace, 'link', 'show', TAP]), /UP/);
    assert.equal(await h1.stop(signal), 0);
    assert.throws(() => ip(['-n', h1.namespace, 'link', 'show', TAP]));
    assert.ok(!existsSync(h1.socket));
    // The other must survive that, and have the first back.
    await h1.start();
    await network.waitLinksUp();
  });
}

networkTest(
  'after kill -9 and a restart the peers are back, and what is pinged answers',
  {},
  async ({ lab, network }, t) => {
    const h1 = network.daemon(1);
    const h2 = network.host(2);
    for (let round = 0; round < 2; round++) {
      // Also lets the kernels learn each other's MAC addresses: else their own retry after a second is measured too.
      await mustAnswer(lab, network.host(1), tunnelAddress(2));
      await h1.kill();
      const launched = Date.now();
      const ping = lab.spawn(h2.namespace, ['ping', '-q', '-c1', '-i0.05', '-w15', tunnelAddress(1)]);
      const answered = once(ping, 'exit').then(([code]) => (code === 0 ? Date.now() : Number.POSITIVE_INFINITY));
      await h1.start();
      const ready = Date.now();
      await h1.waitConnected();
      const connected = Date.now() - launched;
      const back = await answered;
      t.diagnostic(
        `ready ${ready - launched} ms, connected ${connected} ms and back ${back - launched} ms after the restart`,
      );
      // How soon is the machine's affair here; in simulated time it is asserted (test/sim/start.test.ts).
      assert.ok(Number.isFinite(back), 'nobody answers');
      await network.waitLinksUp();
    }
    await mustAnswer(lab, network.host(1), tunnelAddress(2));
  },
);

labTest('a second peer is configured while the first is flooded, and nothing is lost', async (lab) => {
  const mesh = makeMesh(lab, { hosts: 3, links: 2 });
  // Host 1 doesn't know host 3 yet.
  const network = new Network(lab, mesh, { knows: (host, peer) => host.id !== 1 || peer.id !== 3 });
  await Promise.all(network.daemons.map((daemon) => daemon.start()));
  const h1 = network.daemon(1);
  await h1.waitConnected();
  await h1.waitLinksUp();
  const configure = async () => {
    await sleep(300);
    const lines = ['configure terminal', `interface ${TAP}`, ...network.peerLines(network.host(3)), 'end', ''];
    const { code, stdout, stderr } = await shell(['--socket', h1.socket], lines.join('\n'));
    assert.equal(code, 0, stdout + stderr);
    await network.waitLinksUp();
    await mustAnswer(lab, network.host(1), tunnelAddress(3));
  };
  await mustNotNotice(lab, h1.namespace, configure);
});

networkTest('removing a peer costs the others nothing', { hosts: 3 }, async ({ lab, network }) => {
  const h1 = network.daemon(1);
  await mustNotNotice(lab, h1.namespace, async () => {
    await sleep(300);
    await h1.must('configure terminal', `interface ${TAP}`, 'no peer h3');
    await sleep(300);
  });
  assert.deepEqual(
    (await h1.peers()).map((peer) => peer.peer),
    ['h2'],
  );
});

/** Pings host 2 while something is done, and demands every answer. */
async function mustNotNotice(lab: Lab, namespace: string, change: () => Promise<void>): Promise<void> {
  const count = change();
  const { sent, lost, duplicated } = await pingFlood(lab, namespace, tunnelAddress(2), { count, intervalMs: 10 });
  await count;
  assert.deepEqual([sent > 10, lost, duplicated], [true, 0, 0], `${sent} sent`);
}

networkTest('a refused line changes nothing and is told by the exit code', { links: 1 }, async ({ network }) => {
  const h1 = network.daemon(1);
  const before = await h1.must('show running-config');
  const { code } = await h1.run('configure terminal', `interface ${TAP}`, 'mtu 123456');
  assert.equal(code, 1);
  assert.equal(await h1.must('show running-config'), before);
});

networkTest('SIGHUP makes the file run as it is now; one that is wrong changes nothing', { links: 1 }, async (t) => {
  const h1 = t.network.daemon(1);
  const text = readFileSync(h1.configFile, 'utf8');
  const send = async (file: string, says: RegExp): Promise<void> => {
    writeFileSync(h1.configFile, file);
    process.kill(h1.pid, 'SIGHUP');
    await h1.waitFor(String(says), async () => says.test(h1.log));
  };
  await send(`hostname fresh\n${text.replace(/^hostname .*\n/m, '')}`, / level=info event=reloaded /);
  assert.match(await h1.must('show running-config'), /^hostname fresh$/m);
  await send('hostname other\nnonsense\n', / level=error event=reload-refused .*:2: /);
  assert.match(await h1.must('show running-config'), /^hostname fresh$/m);
  await mustAnswer(t.lab, t.network.host(1), tunnelAddress(2));
});
