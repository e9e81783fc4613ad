/** What stays over a restart of the daemon: the interface where it is persistent, and who may have left one there. */
import assert from 'node:assert/strict';
import { Daemon } from '../../lab/daemon.js';
import { ip, ipBatch, type Lab } from '../../lab/namespaces.js';
import { Network, TAP, tunnelAddress } from '../../lab/network.js';
import { Supervisor } from '../../lab/supervisor.js';
import { type Host, makeMesh } from '../../lab/topology.js';
import { labTest, networkTest } from './harness.js';
import { mustAnswer } from './traffic.js';

interface Seen {
  ifindex: number;
  master: string | undefined;
  carrier: boolean;
  addresses: string[];
}

function seen(host: Host, name = TAP): Seen {
  const [device] = JSON.parse(ip(['-n', host.namespace, '-j', 'address', 'show', name]));
  return {
    ifindex: device.ifindex,
    master: device.master,
    carrier: !device.flags.includes('NO-CARRIER'),
    addresses: device.addr_info.map((each: { local: string; prefixlen: number }) => `${each.local}/${each.prefixlen}`),
  };
}

const isThere = (host: Host, name = TAP): boolean =>
  JSON.parse(ip(['-n', host.namespace, '-j', 'link'])).some((device: { ifname: string }) => device.ifname === name);

networkTest(
  'a persistent interface stays with all that others have done to it, until the statement goes',
  { links: 1, network: { persistent: true, mtu: 1400 } },
  async ({ lab, network }) => {
    const [host, h1] = [network.host(1), network.daemon(1)];
    // By hand, or by what administers the host: the daemon knows nothing of it.
    ipBatch(host.namespace, [
      `address add 10.98.0.1/24 dev ${TAP}`,
      `route add 10.97.0.0/16 via ${tunnelAddress(2)}`,
      'link add br0 type bridge',
      'link set br0 up',
      `link set ${TAP} master br0`,
    ]);
    const route = (): string => ip(['-n', host.namespace, 'route', 'show', '10.97.0.0/16']);
    const before = seen(host);
    assert.match(await h1.must('show interface'), /^Persistent: +yes$/m);

    assert.equal(await h1.stop(), 0);
    assert.deepEqual(seen(host), { ...before, carrier: false });
    assert.match(route(), /via/);
    await h1.start();
    assert.match(h1.log, /interface-up .*origin=kernel/);
    assert.deepEqual(seen(host), before);
    assert.equal(before.master, 'br0');
    ip(['-n', host.namespace, 'link', 'set', TAP, 'nomaster']);
    await network.waitLinksUp();
    await mustAnswer(lab, host, tunnelAddress(2));
    await mustAnswer(lab, network.host(2), tunnelAddress(1));
    await mustAnswer(lab, network.host(2), tunnelAddress(1, 6));

    await h1.must('configure terminal', `interface ${TAP}`, 'no persistent');
    assert.equal(await h1.stop(), 0);
    assert.ok(!isThere(host), 'it is not kept any more');
    await h1.start();
    assert.ok(seen(host).ifindex !== before.ifindex);
    await h1.must('configure terminal', `no interface ${TAP}`);
    assert.ok(!isThere(host), 'it was removed while it was to stay');
  },
);

labTest('what is taken out of the file while no daemon runs goes at the next start, and nothing else', async (lab) => {
  const network = new Network(lab, makeMesh(lab, { hosts: 1, links: 1 }), { persistent: true });
  const [host, h1] = [network.host(1), network.daemon(1)];
  const lines = network.config(host);
  const configure = (...more: string[]): void =>
    h1.configure(lines.flatMap((line) => (line === `interface ${TAP}` ? [line, ...more] : [line])));
  ipBatch(host.namespace, ['link add br0 type bridge', 'link add br1 type bridge']);
  configure(' ip address 10.98.0.1/24', ' ipv6 address fd98::1/64', ' bridge br0');
  await h1.start();
  // Others' work: an address beside ours, in the same subnet and elsewhere. And one that was configured but not saved.
  ipBatch(host.namespace, [`address add 10.99.0.7/24 dev ${TAP}`, `address add fd99::7/64 dev ${TAP}`]);
  await h1.must('configure terminal', `interface ${TAP}`, 'ip address 10.97.0.1/24');
  const before = seen(host);
  assert.equal(before.master, 'br0');
  const without = (...gone: string[]): string[] => before.addresses.filter((each) => !gone.includes(each)).sort();

  // Killed, so that nothing could be written at its end; the file has another address, and no bridge any more.
  await h1.kill();
  configure(' ipv6 address fd98::1/64');
  await h1.start();
  const after = seen(host);
  assert.equal(after.ifindex, before.ifindex);
  assert.deepEqual(after.addresses.sort(), without('10.98.0.1/24', '10.97.0.1/24'));
  assert.equal(after.master, undefined);
  assert.match(h1.log, new RegExp(`event=interface-cleared interface=${TAP} address=10.98.0.1/24`));
  assert.match(h1.log, new RegExp(`event=interface-cleared interface=${TAP} bridge=br0`));

  // What the operator does by hand stays, over any number of restarts: an address that was ours once, another bridge.
  ipBatch(host.namespace, [`address add 10.98.0.1/24 dev ${TAP}`, `link set ${TAP} master br1`]);
  for (let restart = 0; restart < 2; restart++) {
    assert.equal(await h1.stop(), 0);
    await h1.start();
    assert.ok(seen(host).addresses.includes('10.98.0.1/24'));
    assert.equal(seen(host).master, 'br1');
  }
  assert.equal(await h1.stop(), 0);
});

labTest('a service manager holds the interface open: no carrier is lost, and what is not wanted goes', async (lab) => {
  const network = new Network(lab, makeMesh(lab, { hosts: 2, links: 2 }), { persistent: true });
  const [host, h1] = [network.host(1), network.daemon(1)];
  const supervisor = new Supervisor(lab, h1, true);
  await network.start();
  const changes = (): string => lab.exec(host.namespace, ['cat', `/sys/class/net/${TAP}/carrier_changes`]);
  const [before, changesBefore] = [seen(host), changes()];
  for (const crash of [false, true]) {
    await supervisor.restart(crash);
    assert.equal(h1.log.match(/interface-up .*origin=service-manager/g)?.length, crash ? 2 : 1, h1.log);
    assert.deepEqual(seen(host), before);
    await network.waitLinksUp();
    await mustAnswer(lab, host, tunnelAddress(2));
  }
  assert.equal(changes(), changesBefore);

  // Another name in the file: nobody else would ever remove the old one.
  const lines = network.config(network.host(1));
  h1.configure(lines.map((line) => line.replace(`interface ${TAP}`, 'interface sn7')));
  await supervisor.restart();
  assert.ok(isThere(host, 'sn7'));
  await h1.waitFor('the old interface to go', async () => !isThere(host));
  // The statement is gone from the file: it is ours, so it is taken over, and goes with the daemon.
  h1.configure(lines.filter((line) => line !== ' persistent').map((line) => line.replace(TAP, 'sn7')));
  const { ifindex } = seen(host, 'sn7');
  await supervisor.restart();
  assert.equal(seen(host, 'sn7').ifindex, ifindex);
  assert.equal(await h1.stop(), 0);
  assert.ok(!isThere(host, 'sn7'));
  await network.daemon(2).stop();
});

/** What somebody has made, and why it is not taken. */
const FOREIGN: readonly [name: string, made: string, why: RegExp][] = [
  ['t1', 'tuntap add t1 mode tun', /taken by a TUN, which carries no Ethernet frames/],
  ['t2', 'tuntap add t2 mode tap multi_queue', /made with multi_queue/],
  ['t3', 'tuntap add t3 mode tap user nobody', /belongs to user nobody/],
  ['t4', 'tuntap add t4 mode tap group nogroup', /belongs to group \d+/],
  ['t5', 'link add t5 type bridge', /taken by a bridge; choose another/],
];

labTest('an interface that somebody else has made is taken over only where that is asked for', async (lab: Lab) => {
  const namespace = lab.addNamespace('h1');
  const host = { id: 1, name: 'h1', namespace };
  const daemon = new Daemon(lab, 'h1', namespace, ['hostname h1']);
  ipBatch(namespace, [...FOREIGN.map(([, made]) => made), 'tuntap add t6 mode tap']);
  await daemon.start();
  const refusal = async (...lines: string[]): Promise<string> => {
    const { code, stdout, stderr } = await daemon.run(...lines);
    assert.equal(code, 1, stdout);
    return stdout + stderr;
  };
  for (const [name, , why] of FOREIGN) {
    const taken = ['configure session s', `interface ${name}`, 'persistent', 'commit'];
    assert.match(await refusal(...taken), why);
    await daemon.run('configure session s', 'abort');
  }
  assert.match(await refusal('configure terminal', 'interface t6'), /somebody else has made; take it over/);
  const { ifindex } = seen(host, 't6');
  await daemon.must('configure session s', 'interface t6', 'persistent', 'commit');
  assert.equal(seen(host, 't6').ifindex, ifindex);
  // The same again by another daemon: the first has it.
  const second = new Daemon(lab, 'h2', namespace, ['interface t6', ' persistent']);
  second.launch();
  assert.equal(await second.ended(), 1);
  assert.match(second.log, /cannot take over the interface t6: another program has it open/);
  assert.equal(await daemon.stop(), 0);
  assert.ok(isThere(host, 't6'));
});
