/** Captures between real daemons: what the file holds is what went over, as the tests' own reader and tshark see it. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SENNIT } from '../../lab/daemon.js';
import { tunnelAddress } from '../../lab/network.js';
import { readPcapng } from '../pcapng-reader.js';
import { networkTest } from './harness.js';
import { mustAnswer } from './traffic.js';

const ICMP = Buffer.from('sennit-capture-test');

networkTest('outer datagrams and inner frames are captured to files', {}, async ({ lab, network }) => {
  const h1 = network.daemon(1);
  await mustAnswer(lab, network.host(1), tunnelAddress(2));
  const inner = join(lab.directory, 'inner.pcapng');
  const outer = join(lab.directory, 'outer.pcapng');
  const refused = await h1.run('capture link 5 count 1');
  assert.match(refused.stderr, /there is no local link 5/);
  const flood = lab.spawn(network.host(1).namespace, [
    'ping',
    '-i',
    '0.02',
    '-p',
    hex(ICMP.subarray(0, 16)),
    tunnelAddress(2),
  ]);
  flood.stdout?.resume();
  const both = await Promise.all([
    h1.run(`capture interface peer h2 file ${inner} count 30 seconds 15`),
    h1.run(`capture link all peer h2 file ${outer} count 60 seconds 15`),
  ]);
  for (const { code, stdout, stderr } of both) assert.equal(code, 0, stdout + stderr);
  assert.match(both[0].stdout, /30 packets captured to .*inner.pcapng, 0 dropped/);
  assert.equal(statSync(inner).mode & 0o777, 0o600);

  const frames = readPcapng(readFileSync(inner));
  assert.deepEqual(
    frames.interfaces.map(({ name, linkType }) => [name, linkType]),
    [['sn0', 1]],
  );
  assert.equal(frames.packets.length, 30);
  for (const direction of [1, 2]) {
    assert.ok(
      frames.packets.some((frame) => frame.direction === direction && frame.data.includes(ICMP.subarray(0, 16))),
    );
  }
  assert.deepEqual(frames.statistics, [{ interface: 0, received: 30, dropped: 0, delivered: 30 }]);

  const datagrams = readPcapng(readFileSync(outer));
  assert.deepEqual(
    datagrams.interfaces.map(({ name, linkType }) => [name, linkType]),
    [
      ['link0', 101],
      ['link1', 101],
    ],
  );
  assert.equal(datagrams.packets.length, 60);
  for (const { data, length, direction, interface: link, comment } of datagrams.packets) {
    const [from, to] = direction === 1 ? [2, 1] : [1, 2];
    assert.deepEqual([...data.subarray(12, 20)], [10, 0, link + 1, from, 10, 0, link + 1, to]);
    assert.deepEqual([data.length, comment], [length, 'peer h2']);
    assert.ok(!data.includes(ICMP.subarray(0, 16)), 'what goes over a link is sealed');
  }
  assert.ok(
    datagrams.packets.some(({ interface: link }) => link === 1),
    'heartbeats of the other link',
  );
  if (existsSync('/usr/bin/tshark')) {
    assert.match(tshark(['-r', inner, '-T', 'fields', '-e', 'icmp.type']), /^8$/m);
    const ports = tshark(['-r', outer, '-T', 'fields', '-e', 'udp.dstport', '-e', 'udp.checksum.status']);
    assert.equal(ports.split('\n').filter((line) => line.startsWith('20700')).length, 60, ports);
  }

  const pinged = JSON.parse((await h1.run('ping peer h2 size 1500 df count 2 interval 50 | json')).stdout);
  for (const { link, sent, maxMs } of pinged.links) assert.ok(sent === 2 && maxMs > 0, `link ${link}`);

  // Ctrl-C ends it well: the file is whole.
  const shell = spawn(process.execPath, [SENNIT, '--socket', h1.socket, '-c', 'capture interface stdout'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const parts: Buffer[] = [];
  shell.stdout.on('data', (part: Buffer) => {
    parts.push(part);
    if (parts.length === 3) shell.kill('SIGINT');
  });
  let words = '';
  shell.stderr.on('data', (text) => {
    words += text;
  });
  const [code] = await once(shell, 'close');
  assert.equal(code, 0, words);
  const piped = readPcapng(Buffer.concat(parts));
  assert.equal(piped.statistics[0]?.delivered, piped.packets.length);
  assert.match(words, new RegExp(`^${piped.packets.length} packets captured, 0 dropped`));
  flood.kill();
});

function tshark(args: string[]): string {
  const { stdout, status, stderr } = spawnSync('tshark', args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
