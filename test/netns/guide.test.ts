/** A guide that shows something else than what is printed is found out, and hosts have files of their own. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { followText } from '../../lab/guide-run.js';
import { labTest } from './harness.js';

const guide = (...lines: string[]): string => ['```console', ...lines, '```'].join('\n');
const HOSTS = { hosts: { node1: { eth1: ['192.0.2.1/24'] }, node2: { eth1: ['192.0.2.2/24'] } } };

labTest('what is printed must be what the guide shows, on the host that it names', async (lab) => {
  const right = [
    'root@node1:~# hostname',
    'node1',
    'root@node2:~# mkdir /etc/sennit /run/sennit; echo two >/etc/sennit/who; echo 2 >/run/who; cat /etc/sennit/who',
    'two',
    'root@node1:~# ls /etc/sennit /run /dev/shm /var/lib',
    '…',
    'root@node1:~# ip -4 -brief address show dev eth1',
    'eth1@… UP 192.0.2.1/24',
    'root@node1:~# ping -c 1 -q 192.0.2.2',
    '…',
    '1 packets transmitted, 1 received, 0% packet loss, …',
    'rtt …',
    'root@node1:~# sleep 30 & echo "left behind"',
    'left behind',
    'root@node1:~# pwd >where; cat where; false; true',
    '…',
    'root@node1:~# systemctl is-active sennitd',
    'inactive',
  ];
  await followText(lab, 'right', guide(...right), HOSTS);
  assert.equal(existsSync('/etc/sennit/who') || existsSync('/run/who'), false);
});

for (const [what, says, ...lines] of [
  ['another output', /^wrong:2: on node1: echo one\nthe guide shows\n {2}\| two\n.*\n {2}\| one\n/, 'echo one', 'two'],
  ['an output that is not told', /^wrong:2: on node1: echo one\nthe guide shows\nand/, 'echo one'],
  ['a command that fails unseen', /^wrong:2: [\s\S]*exit code 1/, 'false'],
] as const) {
  labTest(`a guide with ${what} is found out`, async (lab) => {
    const [command, ...output] = lines;
    const follow = followText(lab, 'wrong', guide(`root@node1:~# ${command}`, ...output), { hosts: { node1: {} } });
    await assert.rejects(follow, ({ message }: Error) => says.test(message));
  });
}

labTest('what the test would do, and the guide does not mention, is found out', async (lab) => {
  const acts = { pull: () => {} };
  await assert.rejects(followText(lab, 'wrong', '', { hosts: { node1: {} }, acts }), /does not mention .*: pull/);
});
