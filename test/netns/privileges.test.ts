/** What a daemon may still do after its start: nothing that it doesn't need, and all that it was made for. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Daemon } from '../../lab/daemon.js';
import { ip, type Lab } from '../../lab/namespaces.js';
import { Network, TAP, tunnelAddress } from '../../lab/network.js';
import { linkAddress, makeCable, makeMesh } from '../../lab/topology.js';
import {
  CAP_DAC_OVERRIDE,
  CAP_NET_ADMIN,
  CAP_NET_RAW,
  CAP_SETPCAP,
  CAP_SETUID,
  setOf,
} from '../../src/io/capabilities.js';
import { REALTIME_PRIORITY } from '../../src/io/scheduling.js';
import { labTest } from './harness.js';
import { mustAnswer } from './traffic.js';

const USER = 'nobody';
const UID = Number(execFileSync('id', ['-u', USER], { encoding: 'utf8' }));
const GID = Number(execFileSync('id', ['-g', USER], { encoding: 'utf8' }));

type Status = Record<string, string>;

/** Every thread of a process as proc(5) tells of it: name of the line, value. The main thread comes first. */
function threads(pid: number): Status[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((tid) => {
    const text = statusOf(pid, tid);
    return text === null ? [] : [Object.fromEntries(text.split('\n').map((line) => line.split(/:\s*/, 2)))];
  });
}

/** Null: the thread has ended since it was listed. */
function statusOf(pid: number, tid: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/task/${tid}/status`, 'latin1').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

/** The threads at a moment when none does what capabilities are raised for. */
async function atRest(daemon: Daemon): Promise<Status[]> {
  let all: Status[] = [];
  await daemon.waitFor('all capabilities to be lowered', async () => {
    all = threads(daemon.pid);
    return all.every((thread) => bits(thread, 'CapEff') === 0n);
  });
  return all;
}

function bits(thread: Status, line: string): bigint {
  return BigInt(`0x${thread[line]}`);
}

const SCHED_RR = 2;
/** Whether root is not one that a container has taken CAP_SYS_RESOURCE from. */
const MAY_RAISE_LIMITS = spawnSync('prlimit', ['--rtprio=1', 'true']).status === 0;

/** What proc(5) tells of a thread: fields 19, 40 and 41 of stat. */
function schedulingOf(pid: number, tid: string): { nice: number; priority: number; policy: number } {
  const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'latin1');
  // From the third on, behind the name in parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [nice = 0, priority = 0, policy = 0] = [16, 37, 38].map((place) => Number(fields[place]));
  return { nice, priority, policy };
}

/** Makes a daemon one that gives up what it can by itself and becomes another user, with a socket where that user can remove it. */
function asUser(lab: Lab, daemon: Daemon, user = USER): void {
  chmodSync(lab.directory, 0o711);
  daemon.supervisor = [];
  daemon.daemonArguments = ['--user', user];
  daemon.socket = join(lab.directory, `run-${daemon.name}`, 's.sock');
}

labTest(
  'with --user every thread is that user, and two hold what interfaces and sockets take, unraised',
  async (lab) => {
    const network = new Network(lab, makeMesh(lab, { hosts: 1, links: 1 }));
    const daemon = network.daemon(1);
    asUser(lab, daemon);
    await daemon.start();
    const held = BigInt(setOf(CAP_NET_ADMIN, CAP_NET_RAW));
    const all = await atRest(daemon);
    assert.ok(all.length > 4, `${all.length} threads`);
    for (const thread of all) {
      assert.deepEqual(thread.Uid?.split('\t').map(Number), [UID, UID, UID, UID]);
      assert.deepEqual(thread.Gid?.split('\t').map(Number), [GID, GID, GID, GID]);
      assert.equal(thread.Groups?.trim(), String(GID));
      assert.equal(thread.NoNewPrivs, '1');
      for (const set of ['CapInh', 'CapAmb']) assert.equal(bits(thread, set), 0n, set);
    }
    const holders = all.filter((thread) => bits(thread, 'CapPrm') !== 0n);
    assert.deepEqual(holders[0]?.Pid, String(daemon.pid));
    assert.equal(holders.length, 2, 'the control thread and the lane');
    for (const holder of holders) for (const set of ['CapPrm', 'CapBnd']) assert.equal(bits(holder, set), held, set);
    const limits = readFileSync(`/proc/${daemon.pid}/limits`, 'latin1');
    assert.match(limits, /^Max core file size +0 +0 /m);
    if (MAY_RAISE_LIMITS) assert.match(limits, /^Max realtime priority +1 +1 /m);
    const lane = holders[1]?.Pid ?? '';
    assert.deepEqual(schedulingOf(daemon.pid, lane), { nice: -10, priority: 1, policy: SCHED_RR });
    for (const { Pid } of all) if (Pid !== lane) assert.equal(schedulingOf(daemon.pid, Pid ?? '').priority, 0);
    // What can't be dumped belongs to root, and not to who would like to look into it.
    assert.equal(statSync(`/proc/${daemon.pid}/mem`).uid, 0);
    assert.equal(statSync(daemon.socket).uid, UID);
    assert.equal(await daemon.stop(), 0);
  },
);

test('a thread without capabilities is a real-time one and a usual one as often as it wants', () => {
  const module = new URL('../../src/io/scheduling.js', import.meta.url).href;
  const program = `
    const { callingThread } = await import('${module}');
    const thread = callingThread(0);
    console.log(JSON.stringify([true, false, true].map((on) => thread.setRealtime(on))), thread.cpuMs() > 0);`;
  const as = ['setpriv', '--reuid', USER, '--clear-groups', '--bounding-set', '-all', '--no-new-privs'];
  const told = (limit: number) =>
    execFileSync('prlimit', [`--rtprio=${limit}`, ...as, process.execPath, '--input-type=module', '-e', program], {
      encoding: 'utf8',
    }).trim();
  if (MAY_RAISE_LIMITS) assert.equal(told(REALTIME_PRIORITY), '[true,true,true] true');
  assert.equal(told(0), '[false,true,false] true', 'and without the limit it is told so');
});

labTest('without --user root keeps no more than it uses', async (lab) => {
  const network = new Network(lab, makeMesh(lab, { hosts: 1, links: 1 }));
  const daemon = network.daemon(1);
  daemon.supervisor = [];
  await daemon.start();
  for (const thread of threads(daemon.pid)) {
    assert.equal(thread.NoNewPrivs, '1');
    for (const set of ['CapPrm', 'CapEff', 'CapBnd']) {
      const has = bits(thread, set);
      assert.equal(
        has & BigInt(setOf(CAP_NET_ADMIN, CAP_DAC_OVERRIDE)),
        BigInt(setOf(CAP_NET_ADMIN, CAP_DAC_OVERRIDE)),
      );
      assert.equal(has & BigInt(setOf(CAP_SETUID, CAP_SETPCAP)), 0n, set);
      assert.ok(has < 1n << 24n, `${set} ${has.toString(16)}: nothing of sys_admin, sys_ptrace, bpf and the like`);
    }
  }
  assert.equal(statSync(`/proc/${daemon.pid}/mem`).uid, 0);
  assert.equal(await daemon.stop(), 0);
});

labTest('a daemon that became another user is changed while it runs', async (lab) => {
  const mesh = makeMesh(lab, { hosts: 3, links: 2 });
  // Host 1 doesn't know host 3 yet.
  const network = new Network(lab, mesh, { knows: (host, peer) => host.id !== 1 || peer.id !== 3 });
  const [h1, h2] = [network.daemon(1), network.host(2)];
  asUser(lab, h1);
  await Promise.all(network.daemons.map((daemon) => daemon.start()));
  await h1.waitConnected();
  const change = (...lines: string[]) => h1.must('configure terminal', `interface ${TAP}`, ...lines);

  // A new peer.
  await change(...network.peerLines(network.host(3)));
  await network.waitLinksUp();
  await mustAnswer(lab, network.host(1), tunnelAddress(3));

  // Addresses, another MTU, off and on.
  await change('ip address 10.99.0.101/24', 'no ip address 10.99.0.1/24', 'mtu 1300', 'shutdown', 'no shutdown');
  await mustAnswer(lab, h2, '10.99.0.101');
  await change('ip address 10.99.0.1/24', 'no ip address 10.99.0.101/24', 'mtu auto');
  await mustAnswer(lab, h2, tunnelAddress(1));

  // A local link goes over to a device, which is then made anew: the lane binds to it again.
  await change(`local link 0 address ${linkAddress(1, 0)} device l0`);
  await network.waitLinksUp();
  ip(['-n', h1.namespace, 'link', 'delete', 'l0']);
  await h1.waitFor('link 0 to be down', async () => (await h1.links())[0]?.state === 'down');
  makeCable(mesh, network.host(1), 0);
  await network.waitLinksUp();
  await change('peer h2', 'link 1', 'shutdown');
  await mustAnswer(lab, network.host(1), tunnelAddress(2));
  await change('peer h2', 'link 1', 'no shutdown');

  // The interface is deleted, again and again.
  for (let round = 1; round <= 3; round++) {
    ip(['-n', h1.namespace, 'link', 'delete', TAP]);
    await h1.waitFor(`interface ${round}`, async () => h1.log.split('event=interface-up').length === round + 2);
    await mustAnswer(lab, h2, tunnelAddress(1));
  }

  // And what it can't, it says.
  const saved = await h1.run('write memory');
  assert.equal(saved.code, 1);
  assert.match(saved.stderr, new RegExp(`permission denied: the daemon runs as ${USER}; give that user the file`));
  const bound = await h1.run('configure terminal', `interface ${TAP}`, 'local link 0 address 127.0.0.1 port 99');
  assert.match(bound.stderr, new RegExp(`permission denied: the daemon runs as ${USER}; choose a port above`));

  await atRest(h1);
  assert.equal(await h1.stop(), 0);
  assert.ok(!existsSync(h1.socket));
  assert.throws(() => ip(['-n', h1.namespace, 'link', 'show', TAP]));
});

labTest('what --user names must be there, and only root becomes somebody else; nothing is made before', async (lab) => {
  const network = new Network(lab, makeMesh(lab, { hosts: 1, links: 1 }));
  const daemon = network.daemon(1);
  const refused: [string, string[], RegExp][] = [
    ['no-such-user', [], /^sennitd: --user: there is no user 'no-such-user' on this host\n$/],
    [`${USER}:no-such-group`, [], /there is no group 'no-such-group'/],
    ['54000', [], /no user of this host has the number 54000: give a group too, 54000:GROUP/],
    ['a:b:c', [], /'a:b:c' is neither USER nor USER:GROUP/],
    [
      'root',
      ['setpriv', '--reuid=54000', '--clear-groups'],
      /only root can become another user, and this is user 54000/,
    ],
  ];
  for (const [user, wrapper, message] of refused) {
    asUser(lab, daemon, user);
    daemon.log = '';
    daemon.launch(wrapper);
    assert.equal(await daemon.ended(), 1, daemon.log);
    assert.match(daemon.log, message);
    assert.ok(!existsSync(daemon.socket));
  }
  asUser(lab, daemon, '54000:54001');
  await daemon.start();
  assert.deepEqual(
    threads(daemon.pid).map(({ Uid, Gid, Groups }) => `${Uid?.split('\t')[1]} ${Gid?.split('\t')[1]}${Groups?.trim()}`),
    threads(daemon.pid).map(() => '54000 54001'),
  );
  assert.equal(await daemon.stop(), 0);
});

for (const user of [null, USER]) {
  labTest(`kill -ABRT leaves no core (${user ?? 'root'})`, async (lab) => {
    const network = new Network(lab, makeMesh(lab, { hosts: 1, links: 1 }));
    const daemon = network.daemon(1);
    if (user !== null) asUser(lab, daemon, user);
    const cwd = join(lab.directory, 'cwd');
    mkdirSync(cwd);
    chmodSync(cwd, 0o777);
    // Whatever starts the daemon would have cores written.
    const softLimit = 'ulimit -S -c "$(ulimit -H -c)"; exec "$@"';
    daemon.launch(['env', '-C', cwd, 'sh', '-c', softLimit, 'sh']);
    await daemon.waitFor('it to be ready', async () => daemon.log.includes('event=ready'));
    process.kill(daemon.pid, 'SIGABRT');
    assert.equal(await daemon.ended(), null);
    assert.deepEqual(readdirSync(cwd), []);
  });
}

labTest('another process of the same user cannot look into its memory', async (lab) => {
  const network = new Network(lab, makeMesh(lab, { hosts: 1, links: 1 }));
  const daemon = network.daemon(1);
  asUser(lab, daemon);
  await daemon.start();
  const look = [`--reuid=${UID}`, `--regid=${GID}`, '--clear-groups', 'cat', `/proc/${daemon.pid}/maps`];
  assert.throws(() => execFileSync('setpriv', look, { stdio: 'pipe' }), /Permission denied/);
  process.kill(daemon.pid, 'SIGUSR1'); // Node's own wish for a debugger
  await sleep(500);
  await daemon.must('show version');
  assert.equal(lab.exec(daemon.namespace, ['ss', '-Hltn']), '');
  assert.doesNotMatch(daemon.log, /Debugger/);
});
