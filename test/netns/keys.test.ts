/** Keys change while numbered datagrams flow both ways: none is lost, none comes twice. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Daemon, shell } from '../../lab/daemon.js';
import { TAP, tunnelAddress } from '../../lab/network.js';
import { Probe } from '../../lab/probe.js';
import { type NetworkTest, networkTest } from './harness.js';
import { mustAnswer } from './traffic.js';

const RATE = 400;
/** Each takes half a second, as long as a session lives at least. */
const REKEYS = Number(process.env.SENNIT_REKEYS ?? 8);

/** Runs `change` in the midst of a numbered stream both ways, which must lose nothing. */
async function underTraffic({ lab, network }: NetworkTest, change: () => Promise<void>): Promise<number> {
  const hosts = network.mesh.hosts.map((host) => ({ ...host, address: tunnelAddress(host.id) }));
  // What is sent before the neighbours are known waits in the kernel, in a short queue.
  await mustAnswer(lab, network.host(1), tunnelAddress(2));
  const probe = await Probe.start(lab, hosts, { rate: RATE });
  await probe.begin();
  await sleep(200);
  await change();
  await sleep(300);
  let sent = 0;
  for (const flow of await probe.end()) {
    assert.equal(flow.lost - flow.overrun, 0, JSON.stringify(flow));
    assert.equal(flow.duplicated, 0, JSON.stringify(flow));
    sent += flow.sent;
  }
  assert.ok(sent > 0);
  return sent;
}

async function handshakes(daemon: Daemon): Promise<number> {
  const [peer] = await daemon.peers();
  return peer?.handshakes ?? 0;
}

/** Does `change` and waits until the daemon has another session for it. */
async function withNewSession(daemon: Daemon, change: () => Promise<unknown>): Promise<void> {
  const before = await handshakes(daemon);
  await change();
  await daemon.waitFor('a new session', async () => (await handshakes(daemon)) > before);
}

const peerLines = (peer: string, line: string) => ['configure terminal', `interface ${TAP}`, `peer ${peer}`, line];

function newPsk(directory: string, name: string): string {
  const path = join(directory, name);
  writeFileSync(path, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  return path;
}

networkTest(`${REKEYS} rekeys, asked for by either end in turn`, { hosts: 2 }, async (t, context) => {
  const [h1, h2] = [t.network.daemon(1), t.network.daemon(2)];
  const before = [await handshakes(h1), await handshakes(h2)];
  const sent = await underTraffic(t, async () => {
    for (let n = 0; n < REKEYS; n++) {
      const daemon = n % 2 === 0 ? h1 : h2;
      await withNewSession(daemon, () => daemon.must('crypto rekey'));
    }
  });
  for (const [index, daemon] of [h1, h2].entries()) {
    const risen = async () => (await handshakes(daemon)) - (before[index] ?? 0);
    await daemon.waitFor('the last session', async () => (await risen()) >= REKEYS);
    context.diagnostic(`${sent} datagrams, ${await risen()} sessions`);
    // One that a machine with other work let time out is made again.
    assert.ok((await risen()) <= REKEYS * 1.5, `${await risen()} sessions`);
  }
});

networkTest('pre-shared keys of network and pair change on one host after the other', { hosts: 2 }, async (t) => {
  const { lab, network } = t;
  const [h1, h2] = [network.daemon(1), network.daemon(2)];
  await underTraffic(t, async () => {
    const path = newPsk(lab.directory, 'new.psk');
    for (const daemon of [h1, h2]) {
      await withNewSession(daemon, () => daemon.must('configure terminal', `crypto psk file ${path}`));
    }
    const pair = newPsk(lab.directory, 'pair.psk');
    await withNewSession(h2, () => h2.must(...peerLines('h1', `psk file ${pair}`)));
    await withNewSession(h1, () => h1.must(...peerLines('h2', `psk file ${pair}`)));
    // Other content in the same files.
    newPsk(lab.directory, 'new.psk');
    for (const daemon of [h1, h2]) await withNewSession(daemon, () => daemon.must('crypto reload'));
    const typed = randomBytes(32).toString('base64');
    await withNewSession(h1, async () => {
      const { code, stdout, stderr } = await shell(['--socket', h1.socket], `crypto psk enter peer h2\n${typed}\n`);
      assert.equal(code, 0, stderr);
      assert.ok(!(stdout + stderr).includes(typed));
    });
    await withNewSession(h2, () => h2.must('crypto reload'));
    for (const daemon of [h1, h2]) assert.ok(!daemon.log.includes(typed));
  });
  // The old ones are gone, and both have the same new ones.
  for (const daemon of [h1, h2]) await daemon.must('configure terminal', 'crypto overlap 0');
  await withNewSession(h1, () => h1.must('crypto rekey'));
});

networkTest("a host's key is rolled, and the old one goes when the overlap is over", { hosts: 2 }, async (t) => {
  const { network } = t;
  const [h1, h2] = [network.daemon(1), network.daemon(2)];
  const keys = async () => JSON.parse(await h2.must('show crypto key | json'));
  const first = (await keys()).publicKey;
  const path = /crypto key file (\S+)/.exec(await h2.must('show running-config'))?.[1] ?? '';
  await underTraffic(t, async () => {
    const next = /Public key: (\S+)/.exec(await h2.must('crypto key generate next'))?.[1] ?? '';
    assert.equal((await keys()).next, next);
    assert.equal((await h2.run('crypto key generate next')).code, 1, 'never overwritten');
    await withNewSession(h1, () => h1.must(...peerLines('h2', `public-key ${next}`)));
    await withNewSession(h2, () => h2.must('crypto rekey'));
    await withNewSession(h2, () => h2.must('crypto key roll'));
    const rolled = await keys();
    assert.deepEqual([rolled.publicKey, rolled.next, rolled.old.publicKey], [next, null, first]);
    await withNewSession(h1, () => h1.must('crypto rekey'));
    // From now on the old key counts for a moment only.
    await h2.must('configure terminal', 'crypto overlap 1');
    await h2.waitFor('the old key to go', async () => !existsSync(`${path}.old`));
    assert.equal((await keys()).old, null);
    await h1.must('configure terminal', 'crypto overlap 0');
    await withNewSession(h1, () => h1.must('crypto rekey'));
    await withNewSession(h2, () => h2.must('crypto rekey'));
  });
  assert.equal((await h1.peers())[0]?.state, 'connected');
  // Who knows the old key only gets no answer any more.
  const refused = async () => JSON.parse(await h2.must('show counters | json'))['handshakeRefused.mac1'] ?? 0;
  const before = await refused();
  await h1.must(...peerLines('h2', `public-key ${first}`));
  await h2.waitFor('initiations to the old key to be refused', async () => (await refused()) > before);
});

networkTest('a restart within the overlap: the old key still counts', { hosts: 2, links: 1 }, async ({ network }) => {
  const [h1, h2] = [network.daemon(1), network.daemon(2)];
  await h2.must('crypto key generate next', 'crypto key roll');
  await h2.stop();
  await h2.start();
  // The other knows the old key only, so it is the one that can begin.
  await h1.waitConnected();
  assert.notEqual(JSON.parse(await h2.must('show crypto key | json')).old, null);
});
