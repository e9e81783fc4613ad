/** The relay between real daemons: each thing that it can do to a link is seen by both ends, and nothing else is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from '../../lab/namespaces.js';
import { Network, tunnelAddress } from '../../lab/network.js';
import { Relay } from '../../lab/relay.js';
import { makeMesh } from '../../lab/topology.js';
import { NEEDS_ROOT } from './harness.js';
import { mustAnswer } from './traffic.js';

const DELAY_MS = 120;

test(
  'the relay passes, delays, drops by size, by direction, by chance, and changes its port',
  NEEDS_ROOT,
  async (t) => {
    const lab = new Lab();
    t.after(() => lab.close());
    const mesh = makeMesh(lab, { hosts: 2, links: 2 });
    const relay = await Relay.start(lab, mesh, 1);
    const network = new Network(lab, mesh, {
      // Over all links: passive leaves one that has become much longer.
      policy: 'active',
      linkLines: ['dynamic'],
      endpointOf: Relay.endpointOf,
    });
    await network.start();
    const [h1, h2] = [network.daemon(1), network.daemon(2)];
    const linkOf = async (daemon: typeof h1, link: number) => {
      const found = (await daemon.links()).find((each) => each.link === link);
      assert.ok(found);
      return found;
    };
    const ping = (size?: number) => mustAnswer(lab, network.host(1), tunnelAddress(2), size);
    const counts = async () => (await relay.report()).paths[0];

    await t.test('clean, it changes nothing, and each host sees the relay', async () => {
      await ping();
      await ping(1300);
      assert.match((await linkOf(h1, 0)).remoteAddress ?? '', /10\.0\.1\.254/);
      assert.match((await linkOf(h2, 1)).remoteAddress ?? '', /10\.0\.2\.254/);
      const { paths, overrun } = await relay.report();
      assert.equal(overrun, 0);
      for (const path of paths.flat()) {
        const { forwarded, ...dropped } = path;
        assert.ok(forwarded > 0);
        assert.deepEqual(dropped, { silent: 0, large: 0, lost: 0, overrun: 0 });
      }
    });

    await t.test('a delay is at least as long as was said', async () => {
      await relay.impair(0, { delayMs: DELAY_MS }, 'out');
      await h1.waitFor('a longer round-trip time', async () => ((await linkOf(h1, 0)).rttMs ?? 0) > DELAY_MS * 0.9);
      await relay.impair(0, {});
      assert.equal((await counts())?.[0].lost, 0);
    });

    await t.test('large datagrams vanish, heartbeats do not', async () => {
      await relay.impair(0, { largest: 1200 });
      lab.exec(network.host(1).namespace, [
        'sh',
        '-c',
        `ping -c 5 -i 0.05 -W 1 -q -s 1300 ${tunnelAddress(2)} || true`,
      ]);
      const [out] = (await counts()) ?? [];
      assert.ok((out?.large ?? 0) > 0, JSON.stringify(out));
      assert.notEqual((await linkOf(h2, 1)).state, 'down');
      await relay.impair(0, {});
    });

    await t.test('loss falls on one way when it is said so', async () => {
      const before = await counts();
      await relay.impair(0, { lossPercent: 50 }, 'in');
      await h1.waitFor('losses', async () => ((await counts())?.[1].lost ?? 0) > (before?.[1].lost ?? 0) + 3);
      await relay.impair(0, {});
      assert.equal((await counts())?.[0].lost, before?.[0].lost);
    });

    await t.test('silence one way takes the link down for both', async () => {
      await relay.impair(0, { silent: true }, 'out');
      for (const daemon of [h1, h2]) {
        await daemon.waitFor('link 0 down', async () => (await linkOf(daemon, 0)).state !== 'up');
      }
      await ping();
      await relay.impair(0, {});
      await network.waitLinksUp();
    });

    await t.test('after a rebinding the host follows to the new port, the other notices nothing', async () => {
      const before = [(await linkOf(h1, 0)).remoteAddress, (await linkOf(h2, 0)).remoteAddress];
      await relay.rebind(0);
      await h1.waitFor('another port', async () => (await linkOf(h1, 0)).remoteAddress !== before[0]);
      assert.equal((await linkOf(h2, 0)).remoteAddress, before[1]);
      await network.waitLinksUp();
      await ping();
    });
  },
);
