/** Ten thousand initiations a second, good as far as a stranger can make them, at a running pair. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Daemon } from '../../lab/daemon.js';
import { flood, type Sources } from '../../lab/flood.js';
import { Network, tunnelAddress } from '../../lab/network.js';
import { pingFlood } from '../../lab/ping.js';
import { memory } from '../../lab/process-cost.js';
import { linkAddress, makeMesh } from '../../lab/topology.js';
import { DEFAULTS } from '../../src/config/model.js';
import { parseStamps } from '../../src/daemon/stamp-file.js';
import { labTest } from './harness.js';

const RATE = 10_000;
const FLOOD_MS = 3000;
const MOST_GROWTH_MB = 40;

for (const sources of ['one', 'ports', 'forged'] as Sources[]) {
  labTest(`a flood of initiations (sources: ${sources}): sessions go on, and a new peer connects`, async (lab, t) => {
    const mesh = makeMesh(lab, { hosts: 3, links: 2 });
    const network = new Network(lab, mesh, { linkLines: ['timers 100 2000'] });
    const [target, other, late] = [network.daemon(1), network.daemon(2), network.daemon(3)];
    const connected = (peer: string) => async () =>
      (await target.peers()).some((each) => each.peer === peer && each.state === 'connected');
    for (const daemon of [target, other]) await daemon.start();
    await target.waitFor('the other to connect', connected('h2'));
    // Where cookie replies to forged sources go.
    lab.exec(network.host(1).namespace, ['ip', 'route', 'add', '10.128.0.0/9', 'via', linkAddress(3, 0)]);

    const publicKey = (await target.must('show crypto key')).trim();
    const before = memory(target.pid).resident;
    const where = { publicKey, address: linkAddress(1, 0), port: DEFAULTS.port };
    const flooding = flood(lab, network.host(3).namespace, { ...where, sources, rate: RATE, milliseconds: FLOOD_MS });
    const { namespace } = network.host(2);
    const pings = pingFlood(lab, namespace, tunnelAddress(1), { count: flooding, intervalMs: 10 });
    await target.waitFor('the flood', async () => (await counters()).handshakeOverload !== 0);
    await late.start();
    await target.waitFor('the late one to connect', connected('h3'));
    const report = await pings;
    assert.deepEqual([report.sent > 50, report.lost, report.duplicated], [true, 0, 0], JSON.stringify(report));
    const sent = await flooding;

    const { handshakeOverload = 0, ...rest } = await counters();
    const refused = Object.entries(rest).filter(([name]) => name.startsWith('handshakeRefused.'));
    const looked = refused.reduce((sum, [, count]) => sum + count, 0);
    t.diagnostic(`${sent} sent, ${handshakeOverload} kept out, ${JSON.stringify(refused)}`);
    assert.ok(sent > 1000, `${sent}: this is no flood`);
    assert.ok(looked > 0 && looked < sent / 10, `the handshakes looked at ${looked} of ${sent}`);
    const grown = memory(target.pid).resident - before;
    assert.ok(grown < MOST_GROWTH_MB, `grew by ${grown} MB`);
    for (const link of await target.links()) if (link.peer === 'h2') assert.equal(link.downs, 0);
    assert.deepEqual(new Set(await network.stop()), new Set([0]));

    async function counters(): Promise<Record<string, number>> {
      return JSON.parse(await target.must('show counters | json'));
    }
  });
}

labTest('stamps outlive a daemon that is killed', async (lab) => {
  const network = new Network(lab, makeMesh(lab, { hosts: 2, links: 1 }));
  await network.start();
  const stampsOf = ({ state }: Daemon) => parseStamps(readFileSync(join(state, 'stamps'), 'latin1'));
  const accepted = (daemon: Daemon) => Math.max(0, ...[...(stampsOf(daemon)?.accepted.values() ?? [])].map(Number));
  // One of the two has answered the other.
  let answerer: Daemon | undefined;
  await network.daemon(1).waitFor('a stamp on the disk', async () => {
    answerer = network.daemons.find((daemon) => accepted(daemon) > 0);
    return answerer !== undefined;
  });
  assert.ok(answerer);
  const [stamp, ceiling] = [accepted(answerer), stampsOf(answerer)?.ceiling ?? 0n];
  await answerer.kill();
  await answerer.start();
  await answerer.waitConnected();
  assert.ok(accepted(answerer) >= stamp);
  assert.ok((stampsOf(answerer)?.ceiling ?? 0n) > ceiling);
  assert.ok(!answerer.log.includes('stamps-'), answerer.log);
  await network.stop();
});
