/** Sockets and TAPs without room: what is dropped is counted where it was, and nobody else waits for it. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Daemon } from '../../lab/daemon.js';
import { ip } from '../../lab/namespaces.js';
import { TAP, tunnelAddress } from '../../lab/network.js';
import { pingFlood } from '../../lab/ping.js';
import { linkAddress } from '../../lab/topology.js';
import { DEFAULTS } from '../../src/config/model.js';
import type { InterfaceStatus } from '../../src/control/engine.js';
import { networkTest } from './harness.js';
import { mustAnswer } from './traffic.js';

type Counters = Readonly<Record<string, number>>;

const PROGRAM = fileURLToPath(new URL('./udp-program.js', import.meta.url));

const SHAPED_MBITS = 4;
/** Twice what may wait in a socket before the first rate is measured, and as much for a machine with other work. */
const NETWORK = { linkLines: ['timers 100 2000'] };
const OPTIONS = { hosts: 3, network: NETWORK };
const FLOOD_MS = 2000;
/** UDP payload of udp-program.ts in mode paced. */
const FLOOD_SIZE = 1200;

networkTest('a slow link drops its own frames, and nobody else waits', OPTIONS, async ({ lab, network }, t) => {
  const daemon = network.daemon(1);
  const { namespace } = network.host(1);
  // h2 is reached over link 0, h3 over link 1.
  await daemon.must('configure terminal', `interface ${TAP}`, 'peer h3', 'link 1', 'priority 200');
  for (const id of [2, 3]) await mustAnswer(lab, network.host(1), tunnelAddress(id));
  // More than the hold time's worth may wait in the device: that it does not is the daemon's affair.
  const shape = ['rate', `${SHAPED_MBITS}mbit`, 'burst', '16k', 'latency', '2s'];
  lab.exec(namespace, ['tc', 'qdisc', 'replace', 'dev', 'l0', 'root', 'tbf', ...shape]);
  const before = await counters(daemon);
  const target = [tunnelAddress(2), '9', String(FLOOD_MS)];
  const flood = sentBy(lab.spawn(namespace, [process.execPath, PROGRAM, 'paced', ...target]));
  const pings = pingFlood(lab, namespace, tunnelAddress(3), { count: flood, intervalMs: 10 });
  const sent = await flood;
  const report = await pings;
  const grown = difference(before, await counters(daemon));
  const carried = (SHAPED_MBITS * 1000 * FLOOD_MS) / 8 / FLOOD_SIZE;
  t.diagnostic(`${(sent / carried).toFixed(1)} times what the link carries`);
  assert.ok(sent > 3 * carried, `sent ${sent} datagrams: this is no overload`);

  assert.deepEqual([report.sent > 50, report.lost, report.duplicated], [true, 0, 0], JSON.stringify(report));
  const links = await daemon.links();
  for (const link of links) {
    const text = JSON.stringify(link);
    assert.equal(link.downs, 0, text);
    if (link.peer === 'h2' && link.link === 0) assert.ok(link.queueDrops > sent / 4, text);
    // When link 1 is in doubt for a moment, copies of what it carries go over the slow one, too, and find it full.
    else if (link.link === 1) assert.equal(link.queueDrops, 0, text);
  }
  assert.equal(
    grown('txQueueFull'),
    links.reduce((sum, link) => sum + link.queueDrops, 0),
  );
  // A loop that spins makes tens of thousands of rounds in a second.
  for (const name of ['loops', 'sendCalls']) assert.ok(grown(name) < 2 * sent, `${name}: ${grown(name)}`);
});

networkTest(
  'frames for an interface that is down are counted; it works again when it is up',
  { network: NETWORK },
  async (t) => {
    const { lab, network } = t;
    const [h1, h2] = [network.host(1), network.host(2)];
    const daemon = network.daemon(1);
    await mustAnswer(lab, h2, tunnelAddress(1));
    ip(['-n', h1.namespace, 'link', 'set', TAP, 'down']);
    const before = await counters(daemon);
    const target = [tunnelAddress(1), '9', '500'];
    const sent = await sentBy(lab.spawn(h2.namespace, [process.execPath, PROGRAM, 'paced', ...target]));
    const grown = difference(before, await counters(daemon));
    // Frames that are joined make one write.
    assert.ok(sent > 0 && grown('tapWriteDown') > 0, `${sent} sent: ${grown('tapWriteDown')}`);
    for (const name of ['tapWrites', 'tapWriteErrors']) assert.equal(grown(name), grown('tapWriteDown'), name);
    assert.equal(grown('tapTxFrames'), 0);
    assert.ok(grown('loops') < 2 * sent, `${grown('loops')} loops`);
    ip(['-n', h1.namespace, 'link', 'set', TAP, 'up']);
    await mustAnswer(lab, h1, tunnelAddress(2));
    for (const link of await daemon.links()) assert.equal(link.downs, 0, JSON.stringify(link));
  },
);

networkTest('what a full receive buffer drops is counted at its local link', {}, async ({ lab, network }) => {
  const daemon = network.daemon(1);
  const target = [linkAddress(1, 1), String(DEFAULTS.port), '20000'];
  process.kill(daemon.pid, 'SIGSTOP');
  try {
    await sentBy(lab.spawn(network.host(2).namespace, [process.execPath, PROGRAM, 'strangers', ...target]));
  } finally {
    process.kill(daemon.pid, 'SIGCONT');
  }
  const { localLinks } = JSON.parse(await daemon.must('show interface | json')) as InterfaceStatus;
  const [idle, full] = localLinks.map((link) => link.receiveDrops);
  assert.equal(idle, 0);
  assert.ok((full ?? 0) > 0, JSON.stringify(localLinks));
  const { 'rxQueueFull.0': none, 'rxQueueFull.1': some } = await counters(daemon);
  assert.equal(none, 0);
  assert.ok((some ?? 0) >= (full ?? 0), `${some}, ${full}`); // the last datagrams may be dropped in between
  await network.waitLinksUp();
  await mustAnswer(lab, network.host(1), tunnelAddress(2));
});

async function counters(daemon: Daemon): Promise<Counters> {
  return JSON.parse(await daemon.must('show counters | json'));
}

/** By how much a counter has grown. */
function difference(before: Counters, after: Counters): (name: string) => number {
  return (name) => {
    const value = after[name];
    if (value === undefined) throw new Error(`there is no counter ${name}`);
    return value - (before[name] ?? 0);
  };
}

/** Waits for the end of udp-program.ts; how many datagrams it sent. */
async function sentBy(child: ChildProcess): Promise<number> {
  let text = '';
  for await (const chunk of child.stdout ?? []) text += chunk;
  return JSON.parse(text).sent;
}
