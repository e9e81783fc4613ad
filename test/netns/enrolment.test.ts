/** Hosts that know nothing of each other meet by one string: `sennit invite` on one, `sennit join` on the other. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Answer, Daemon, shell } from '../../lab/daemon.js';
import { ip, type Lab } from '../../lab/namespaces.js';
import { makeMesh } from '../../lab/topology.js';
import { load } from '../../src/config/load.js';
import type { Config } from '../../src/config/model.js';
import { labTest } from './harness.js';

const PROGRAM = fileURLToPath(new URL('./join-program.js', import.meta.url));

/** A daemon whose configuration is empty and that sees an empty /etc and /var/lib, in a directory of the lab. */
class Newcomer extends Daemon {
  readonly #lab: Lab;
  readonly directory: string;

  constructor(lab: Lab, name: string, namespace: string) {
    super(lab, name, namespace, []);
    this.#lab = lab;
    this.directory = join(lab.directory, `${name}-files`);
    for (const part of ['etc', 'lib']) mkdirSync(join(this.directory, part), { recursive: true });
  }

  override async start(): Promise<void> {
    const mounts = `mount --bind ${this.directory}/etc /etc && mount --bind ${this.directory}/lib /var/lib && exec "$@"`;
    this.launch(['unshare', '--mount', 'sh', '-c', mounts, 'sh']);
    await this.waitFor('a control socket', async () => {
      assert.ok(this.running, `it ended:\n${this.log}`);
      return (await this.run('show version')).code === 0;
    });
  }

  sennit(...words: string[]): Promise<Answer> {
    return shell(['--socket', this.socket, ...words]);
  }

  async invite(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.sennit('invite', ...words);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^sennit1:[\w-]+\n$/, 'the string and nothing else');
    return stdout.trim();
  }

  /** What its file says; it must load. */
  saved(): Config {
    const loaded = load(readFileSync(this.configFile, 'utf8'), this.configFile);
    assert.ok(loaded.ok, JSON.stringify(loaded));
    return loaded.config;
  }

  /** Its address on the segment. */
  get address(): string {
    return this.saved().interface?.addresses[0]?.split('/')[0] ?? '';
  }

  ping(other: Newcomer): void {
    this.#lab.exec(this.namespace, ['ping', '-q', '-c1', '-i0.2', '-w10', other.address]);
  }
}

async function newcomers(lab: Lab, count: number): Promise<Newcomer[]> {
  const mesh = makeMesh(lab, { hosts: count, links: 2 });
  const daemons = mesh.hosts.map(({ name, namespace }) => new Newcomer(lab, name, namespace));
  await Promise.all(daemons.map((daemon) => daemon.start()));
  return daemons;
}

async function refused(host: Newcomer, invitation: string, message: RegExp): Promise<void> {
  const before = await host.must('show running-config');
  const { code, stdout, stderr } = await host.sennit('join', invitation);
  assert.equal(code, 1, stdout);
  assert.match(stderr, message);
  assert.ok(!stderr.includes(invitation.slice(0, 40)), 'the string must not be repeated');
  assert.equal(await host.must('show running-config'), before);
}

labTest('from nothing to a ping by two commands, to a full mesh by two more, and over a restart', async (lab, t) => {
  const hosts = await newcomers(lab, 3);
  const [a, b, c] = hosts as [Newcomer, Newcomer, Newcomer];
  const begun = performance.now();
  const invitation = await a.invite('b');
  const invited = performance.now();
  const { code, stdout, stderr } = await b.sennit('join', invitation);
  const joined = performance.now();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^joined network sennit as host 2; peer [\w.-]+ is connected\n$/);
  b.ping(a);
  const whole = performance.now() - begun;
  t.diagnostic(
    `invite ${ms(invited - begun)}, join ${ms(joined - invited)}; from nothing to a ping ${ms(whole)}, two starts of the shell included`,
  );
  await a.waitLinksUp();
  await b.waitLinksUp();
  assert.deepEqual([(await a.links()).length, (await b.links()).length], [2, 2]);

  await refused(c, invitation, /the invitation was used already: ask for a new one/);
  await refused(a, await a.invite('x'), /own invitation/);
  await refused(b, await a.invite('y'), /is a peer of this host already/);

  await a.must('clear invitation x', 'clear invitation y');
  for (const inviter of [a, b]) {
    // Through a pipe this time.
    const answer = await shell(['--socket', c.socket, 'join', '-'], await inviter.invite('c', 'id', '3'));
    assert.equal(answer.code, 0, answer.stderr);
    assert.match(answer.stdout, /^joined network sennit as host 3; peer .* is connected/);
  }
  for (const host of hosts) for (const other of hosts) if (other !== host) host.ping(other);

  for (const host of hosts) {
    assert.equal(host.saved().interface?.peers.size, 2);
    for (const peer of host.saved().interface?.peers.values() ?? []) assert.ok(peer.publicKey);
    assert.equal(await host.stop(), 0);
  }
  await Promise.all(hosts.map((host) => host.start()));
  for (const host of hosts) await host.waitConnected();
  for (const host of hosts) for (const other of hosts) if (other !== host) host.ping(other);
  const list = JSON.parse(await a.must('show invitations | json')) as { peer: string; state: string }[];
  assert.deepEqual(
    list.filter(({ state }) => state === 'used').map(({ peer }) => peer),
    ['b', 'c'],
  );
  for (const host of hosts) {
    const file = join(host.state, 'invitations.json');
    if (host !== c) assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(!host.log.includes('sennit1:'), 'the string must not be logged');
  }
});

labTest('the pre-shared key of the network goes with the answer', async (lab) => {
  const [a, b] = (await newcomers(lab, 2)) as [Newcomer, Newcomer];
  const key = '(umask 077; head -c 32 /dev/urandom | base64 > "$0")';
  lab.exec(a.namespace, ['sh', '-c', key, join(a.directory, 'etc', 'net.psk')]);
  await a.must('configure terminal', 'network lab', 'crypto cipher chacha20-poly1305', 'crypto psk file /etc/net.psk');
  const answer = await b.sennit('join', await a.invite('b', 'address', '10.99.0.2/24'));
  assert.equal(answer.code, 0, answer.stderr);
  assert.match(answer.stdout, /^joined network lab as host 2; peer .* is connected/);
  const { network, cipher, pskFile, interface: tap } = b.saved();
  assert.deepEqual([network, cipher, pskFile], ['lab', 'chacha20-poly1305', '/etc/sennit/network.psk']);
  assert.deepEqual(tap?.addresses, ['10.99.0.2/24']);
  const file = join(b.directory, 'etc', 'sennit', 'network.psk');
  assert.equal(readFileSync(file, 'utf8'), readFileSync(join(a.directory, 'etc', 'net.psk'), 'utf8'));
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

labTest('a join that fails on the way to the end changes nothing, and can be done again', async (lab) => {
  const [a, b] = (await newcomers(lab, 2)) as [Newcomer, Newcomer];
  const invitation = await a.invite('b');
  ip(['-n', b.namespace, 'link', 'add', 'sennit0', 'type', 'bridge']);
  await refused(b, invitation, /sennit0[\s\S]*nothing was changed; the new private key in .* stays/);
  assert.deepEqual(
    (await a.peers()).map(({ peer }) => peer),
    ['b'],
    'the inviter has let it in',
  );
  ip(['-n', b.namespace, 'link', 'del', 'sennit0']);
  ip(['-n', b.namespace, 'link', 'set', 'l1', 'down']);
  const { code, stdout, stderr } = await b.sennit('join', invitation);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^joined network sennit as host 2; peer .* is connected\nno link to .*: no route to it\n$/);
  b.ping(a);
});

labTest('expired, withdrawn and replayed: nobody is let in, and who holds the string is told why', async (lab) => {
  const [a, b] = (await newcomers(lab, 2)) as [Newcomer, Newcomer];
  const short = await a.invite('b', 'seconds', '1');
  await sleep(1100);
  await refused(b, short, /the invitation has expired: ask for a new one/);
  const withdrawn = await a.invite('b');
  await a.must('clear invitation b');
  await refused(b, withdrawn, /withdrawn/);

  // A stranger to the daemon joins, its request is recorded, its peer is removed: the request brings nothing back.
  const invitation = await a.invite('b');
  const first = await program(lab, b, invitation);
  assert.equal(first.status, 'ok');
  const again = await program(lab, b, invitation, first.request);
  assert.equal(again.answer, first.answer, 'a copy gets the same bytes');
  await a.must('configure terminal', 'interface sennit0', 'no peer b', 'end', 'write memory');
  const before = await a.must('show running-config');
  const replayed = await program(lab, b, invitation, first.request);
  assert.notEqual(replayed.answer, null);
  assert.notEqual(replayed.answer, first.answer);
  const altered = `${first.request.slice(0, -2)}${first.request.endsWith('00') ? '01' : '00'}`;
  assert.equal((await program(lab, b, invitation, altered)).answer, null, 'without the secret there is no answer');
  assert.equal(await a.must('show running-config'), before);
  assert.equal((await program(lab, b, invitation)).status, 'used');

  await a.stop();
  await a.start();
  assert.equal((await program(lab, b, invitation)).status, 'used', 'it stays used over a restart');
  assert.deepEqual(await a.peers(), []);
});

async function program(
  lab: Lab,
  from: Newcomer,
  ...args: string[]
): Promise<{ request: string; status: string | null; answer: string | null }> {
  let text = '';
  const child = lab.spawn(from.namespace, [process.execPath, PROGRAM, ...args]);
  child.stderr?.on('data', (chunk) => process.stderr.write(chunk));
  for await (const chunk of child.stdout ?? []) text += chunk;
  return JSON.parse(text);
}

function ms(time: number): string {
  return `${Math.round(time)} ms`;
}
