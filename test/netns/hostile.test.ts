/** What strangers and overload can do to a running daemon: be counted, and nothing else. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tunnelAddress } from '../../lab/network.js';
import { pingFlood } from '../../lab/ping.js';
import { linkAddress } from '../../lab/topology.js';
import { DEFAULTS } from '../../src/config/model.js';
import { networkTest } from './harness.js';

const PROGRAM = fileURLToPath(new URL('./udp-program.js', import.meta.url));
const STRANGERS = 20_000;
const MEGABYTE = 2 ** 20;
/** That a link goes down must be the strangers' doing, not that of a machine with other work. */
const NETWORK = { linkLines: ['timers 100 2000'] };

networkTest(
  'datagrams of strangers are counted, get no answer, and disturb nobody',
  { network: NETWORK },
  async ({ lab, network }) => {
    const daemon = network.daemon(1);
    await daemon.must('show counters');
    const before = residentBytes(daemon.pid);
    const target = [linkAddress(1, 0), String(DEFAULTS.port), String(STRANGERS)];
    const { namespace } = network.host(2);
    const strangers = program(lab.spawn(namespace, [process.execPath, PROGRAM, 'strangers', ...target]));
    const pings = await pingFlood(lab, namespace, tunnelAddress(1), { count: strangers, intervalMs: 10 });
    const { sent, received } = await strangers;
    assert.equal(sent, STRANGERS);
    assert.equal(received, 0, 'a stranger got an answer');
    assert.deepEqual([pings.sent > 20, pings.lost, pings.duplicated], [true, 0, 0], JSON.stringify(pings));
    const counters = JSON.parse(await daemon.must('show counters | json')) as Record<string, number>;
    for (const reason of ['rxShort', 'rxBadType', 'rxBadHeader', 'rxUnknownIndex', 'handshakeOverload']) {
      assert.ok((counters[reason] ?? 0) > 100, `${reason}: ${counters[reason]}`);
    }
    assert.ok((counters['handshakeRefused.mac1'] ?? 0) > 0, 'those that were let in');
    const grown = residentBytes(daemon.pid) - before;
    assert.ok(grown < 40 * MEGABYTE, `grew by ${Math.round(grown / MEGABYTE)} MiB`);
    for (const link of await daemon.links()) assert.equal(link.downs, 0);
  },
);

/** So slow that a machine with other work gives it several times as much, too. */
const SHAPED_MBITS = 10;
const BLAST_SECONDS = 2;
/** UDP payload of udp-program.ts in mode blast. */
const BLAST_SIZE = 1200;

networkTest(
  'a link that is given several times what it carries stays up',
  { network: NETWORK },
  async ({ lab, network }, t) => {
    for (const { namespace } of network.mesh.hosts) {
      const shape = ['rate', `${SHAPED_MBITS}mbit`, 'burst', '16k', 'latency', '400ms'];
      lab.exec(namespace, ['tc', 'qdisc', 'replace', 'dev', 'l0', 'root', 'tbf', ...shape]);
    }
    const target = [tunnelAddress(2), '9', String(BLAST_SECONDS * 1000)];
    const from = network.host(1).namespace;
    const { sent } = await program(lab.spawn(from, [process.execPath, PROGRAM, 'blast', ...target]));
    const counters = JSON.parse(await network.daemon(1).must('show counters | json')) as Record<string, number>;
    const carried = (SHAPED_MBITS * 1e6 * BLAST_SECONDS) / 8;
    t.diagnostic(`${((sent * BLAST_SIZE) / carried).toFixed(1)} times what the link carries`);
    assert.ok(sent * BLAST_SIZE >= 2 * carried, `sent ${sent} datagrams: this is no overload`);
    assert.ok((counters.txQueueFull ?? 0) > 0, `dropped ${counters.txQueueFull}`);
    for (const daemon of network.daemons) {
      for (const link of await daemon.links()) assert.equal(link.downs, 0, `${daemon.name}: ${JSON.stringify(link)}`);
    }
  },
);

/** Waits for the program's last word. */
async function program(child: ChildProcess): Promise<{ sent: number; received: number }> {
  let text = '';
  for await (const chunk of child.stdout ?? []) text += chunk;
  return JSON.parse(text);
}

/** VmRSS of proc(5). */
function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(line?.[1]) * 1024;
}
