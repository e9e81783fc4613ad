/** A commit that nobody confirms is taken back: with its shell killed, and with its daemon killed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Daemon, SENNIT } from '../../lab/daemon.js';
import type { Lab } from '../../lab/namespaces.js';
import { TAP, tunnelAddress } from '../../lab/network.js';
import { type PingReport, pingFlood } from '../../lab/ping.js';
import { networkTest } from './harness.js';
import { mustAnswer } from './traffic.js';

/** Takes peer h3 out of use, in a shell that is killed as soon as the commit is answered. */
async function commitAndDie(daemon: Daemon, commit: string): Promise<void> {
  const shell = spawn(process.execPath, [SENNIT, '--socket', daemon.socket], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = ['configure session cut', `interface ${TAP}`, 'peer h3', 'shutdown', commit];
  shell.stdin.write(lines.map((line) => `${line}\n`).join(''));
  let said = '';
  for await (const chunk of shell.stdout) {
    said += chunk;
    if (said.includes("unless 'confirm' comes")) break;
  }
  const ended = once(shell, 'exit');
  shell.kill('SIGKILL');
  await ended;
  assert.match(said, /unless 'confirm' comes/);
}

async function commits(daemon: Daemon): Promise<string[]> {
  const { commits: rows } = JSON.parse(await daemon.must('show archive | json')) as { commits: { how: string }[] };
  return rows.map(({ how }) => how);
}

/** Floods, piece by piece, until `end` resolves. */
async function floodUntil(end: Promise<unknown>, lab: Lab, namespace: string, address: string): Promise<PingReport> {
  let ended = false;
  const stop = (): void => {
    ended = true;
  };
  void end.then(stop, stop);
  const sum = { sent: 0, lost: 0, duplicated: 0 };
  do {
    const { sent, lost, duplicated } = await pingFlood(lab, namespace, address, { count: 200, intervalMs: 10 });
    sum.sent += sent;
    sum.lost += lost;
    sum.duplicated += duplicated;
  } while (!ended);
  return sum;
}

networkTest(
  'commit confirmed goes back by itself when its shell was killed, and peers it does not name lose nothing',
  { hosts: 3 },
  async ({ lab, network }) => {
    const h1 = network.daemon(1);
    const before = await h1.must('show running-config');
    // The kernels know each other's MAC addresses from then on.
    await mustAnswer(lab, network.host(1), tunnelAddress(2));
    const test = async (): Promise<void> => {
      await commitAndDie(h1, 'commit confirmed seconds 2');
      await h1.waitFor('the rollback', async () => (await commits(h1))[0] === 'not confirmed: session cut');
      await network.waitLinksUp();
    };
    const done = test();
    const flood = await floodUntil(done, lab, h1.namespace, tunnelAddress(2));
    await done;
    assert.equal(await h1.must('show running-config'), before);
    assert.deepEqual(await commits(h1), ['not confirmed: session cut', 'session cut', 'start']);
    assert.match(h1.log, /level=warning event=commit-not-confirmed user=root how="session cut"/);
    assert.deepEqual(flood, { sent: flood.sent, lost: 0, duplicated: 0 });
  },
);

networkTest('it goes back, too, when the daemon was killed before', { links: 1, hosts: 3 }, async ({ network }) => {
  const h1 = network.daemon(1);
  // Runs, and is not saved: so it is not what is loaded at start.
  await h1.must('configure terminal', `interface ${TAP}`, 'description not saved');
  const before = await h1.must('show running-config');
  await commitAndDie(h1, 'commit confirmed 5');
  assert.notEqual(await h1.must('show running-config'), before);
  await h1.kill();
  await h1.start();
  assert.equal(await h1.must('show running-config'), before);
  await network.waitLinksUp();
  assert.equal((await commits(h1))[0], 'not confirmed: session cut');
});
