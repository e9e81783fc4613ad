/**
 * The lab by itself, without a daemon: what the other tests in this folder rest on. Its probe must lose
 * nothing over plain bridges, its cuts must do what they say, and it must leave nothing behind.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cuts } from '../../lab/cuts.js';
import { ip } from '../../lab/namespaces.js';
import { pingFlood } from '../../lab/ping.js';
import { Probe } from '../../lab/probe.js';
import { linkAddress, makeMesh, makePair } from '../../lab/topology.js';
import { labTest, NEEDS_ROOT } from './harness.js';

labTest('the probe loses, doubles and reorders nothing over plain bridges', async (lab) => {
  const mesh = makeMesh(lab, { hosts: 4, links: 1 });
  const hosts = mesh.hosts.map((host) => ({ ...host, address: linkAddress(host.id, 0) }));
  const probe = await Probe.start(lab, hosts, { rate: 200 });
  for (let run = 0; run < 2; run++) {
    await probe.begin();
    await sleep(700);
    const flows = await probe.end();
    assert.equal(flows.length, 12);
    for (const flow of flows) {
      assert.ok(flow.sent > 50, `host ${flow.from} sent only ${flow.sent}`);
      const { lost, duplicated, reordered, corrupt } = flow;
      assert.deepEqual({ lost, duplicated, reordered, corrupt }, { lost: 0, duplicated: 0, reordered: 0, corrupt: 0 });
    }
  }
});

labTest('the probe sees a silent drop one way, in that way only, and the length of the gap', async (lab) => {
  const mesh = makeMesh(lab, { hosts: 3, links: 1 });
  const cuts = new Cuts(lab, mesh);
  const [h1] = mesh.hosts;
  assert.ok(h1);
  const hosts = mesh.hosts.map((host) => ({ ...host, address: linkAddress(host.id, 0) }));
  const probe = await Probe.start(lab, hosts, { rate: 200 });
  await probe.begin();
  await sleep(200);
  cuts.silentDrop(h1, 0, 'out');
  await sleep(400);
  cuts.restore(h1, 0, 'out');
  await sleep(200);
  for (const flow of await probe.end(({ from }) => from !== 1)) {
    if (flow.from !== 1) assert.equal(flow.lost, 0, `host ${flow.from} to ${flow.to}`);
    else assert.ok(flow.lost > 20 && flow.gapMs >= 300, `lost ${flow.lost}, gap ${flow.gapMs}`);
  }
});

labTest('the ping flood waits for answers that are late, and counts those that never come', async (lab) => {
  const mesh = makeMesh(lab, { hosts: 2, links: 1 });
  const cuts = new Cuts(lab, mesh);
  const [h1] = mesh.hosts;
  assert.ok(h1);
  // Two of these requests pass at once, each other one waits for those before it, a fifth of a second each.
  const shape = ['rate', '24kbit', 'burst', '1600', 'latency', '10s'];
  lab.exec(h1.namespace, ['tc', 'qdisc', 'replace', 'dev', 'l0', 'root', 'tbf', ...shape]);
  const late = { count: 6, intervalMs: 10, size: 500 };
  assert.deepEqual(await pingFlood(lab, h1.namespace, linkAddress(2, 0), late), { sent: 6, lost: 0, duplicated: 0 });
  lab.exec(h1.namespace, ['tc', 'qdisc', 'delete', 'dev', 'l0', 'root']);

  cuts.silentDrop(h1, 0, 'out');
  const gone = { count: 5, intervalMs: 10, patienceMs: 2000 };
  const { sent, lost } = await pingFlood(lab, h1.namespace, linkAddress(2, 0), gone);
  assert.ok(sent > 0 && lost === sent, `${sent} sent, ${lost} lost`);
});

labTest('a silent drop is silent: the sender gets no error, and one peer can be cut off alone', async (lab) => {
  const mesh = makeMesh(lab, { hosts: 3, links: 1 });
  const cuts = new Cuts(lab, mesh);
  const [h1, h2] = mesh.hosts;
  assert.ok(h1 && h2);
  const reaches = (to: number, family: 4 | 6) => {
    try {
      lab.exec(h1.namespace, ['ping', '-c1', '-W1', '-q', linkAddress(to, 0, family)]);
      return true;
    } catch (error) {
      assert.match(String((error as { stdout: string }).stdout), /100% packet loss/);
      assert.doesNotMatch(String((error as { stdout: string }).stdout), /errors/);
      return false;
    }
  };
  for (const family of [4, 6] as const) assert.ok(reaches(2, family) && reaches(3, family));
  cuts.silentDrop(h1, 0, 'both', h2);
  for (const family of [4, 6] as const) assert.ok(!reaches(2, family) && reaches(3, family));
  cuts.restore(h1, 0, 'both', h2);
  for (const family of [4, 6] as const) assert.ok(reaches(2, family));
});

labTest('an interface that was down comes back with both its addresses', async (lab) => {
  const mesh = makeMesh(lab, { hosts: 2, links: 2, mtu: [1500, 9000] });
  const cuts = new Cuts(lab, mesh);
  const [h1] = mesh.hosts;
  assert.ok(h1);
  cuts.interfaceDown(h1, 1);
  assert.throws(() => lab.exec(h1.namespace, ['ping', '-c1', '-W1', linkAddress(2, 1)]));
  cuts.interfaceUp(h1, 1);
  // The bridge may take a second to see that the cable is in again.
  for (const family of [4, 6] as const) {
    lab.exec(h1.namespace, ['ping', '-c1', '-i0.2', '-w5', '-q', linkAddress(2, 1, family)]);
  }
  lab.exec(h1.namespace, ['ping', '-c1', '-W1', '-M', 'do', '-s', '8900', linkAddress(2, 1)]);
});

labTest('a pair is two hosts on bare cables', async (lab) => {
  const { hosts } = makePair(lab, { links: 2 });
  for (const link of [0, 1]) lab.exec(hosts[0]?.namespace ?? '', ['ping', '-c1', '-W1', linkAddress(2, link)]);
});

/** Whether a process runs; the command line of one that ended and waits to be reaped is empty. */
function isAlive(cmdline: string): boolean {
  try {
    return readFileSync(cmdline).length > 0;
  } catch {
    return false;
  }
}

const LAB_MODULES = ['namespaces.js', 'topology.js'].map((name) => new URL(`../../lab/${name}`, import.meta.url).href);
const SCRIPT = `
const { Lab } = await import('${LAB_MODULES[0]}');
const { makeMesh } = await import('${LAB_MODULES[1]}');
const lab = new Lab();
const mesh = makeMesh(lab, { hosts: 2, links: 1 });
const child = lab.spawn(mesh.hosts[0].namespace, ['sleep', '60']);
console.log(lab.prefix, child.pid);
process.on('message', () => { throw new Error('thrown on purpose'); });
setInterval(() => {}, 1000);
`;

for (const end of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL', 'exception'] as const) {
  test(`nothing is left behind after ${end}`, NEEDS_ROOT, async () => {
    const stdio = ['ignore', 'pipe', 'ignore', 'ipc'] as const;
    const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], { stdio: [...stdio] });
    const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
    const [prefix, pid] = String(line).trim().split(' ');
    const cmdline = `/proc/${pid}/cmdline`;
    const exited = once(child, 'exit');
    try {
      // A process that is just becoming another program (execve) has no command line for a moment.
      for (let i = 0; i < 100 && !isAlive(cmdline); i++) await sleep(50);
      assert.ok(prefix && pid && ip(['netns', 'list']).includes(`${prefix}-h1`) && isAlive(cmdline));
    } finally {
      if (end === 'exception') child.send('now');
      else child.kill(end);
    }
    await exited;
    const left = () => [
      ...ip(['netns', 'list'])
        .split('\n')
        .filter((name) => name.startsWith(`${prefix}-`)),
      ...readdirSync(tmpdir()).filter((name) => name.startsWith(`${prefix}-`)),
      ...[cmdline].filter(isAlive),
    ];
    for (let i = 0; i < 100 && left().length > 0; i++) await sleep(50);
    assert.deepEqual(left(), []);
  });
}
