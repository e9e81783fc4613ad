/** What is wrong outside the daemon: each is told in one clear line, with exit code 1 and nothing half done. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, readFileSync } from 'node:fs';
import { Daemon } from '../../lab/daemon.js';
import { ip, ipBatch, type Lab } from '../../lab/namespaces.js';
import { Network, TAP, tunnelAddress } from '../../lab/network.js';
import { linkAddress, makeMesh } from '../../lab/topology.js';
import { labTest } from './harness.js';
import { mustAnswer } from './traffic.js';

function twoHosts(lab: Lab): Network {
  return new Network(lab, makeMesh(lab, { hosts: 2, links: 2 }));
}

/** The daemon must end by itself with exit code 1 and one line that says all of this, and leave no TAP. */
async function mustRefuse(daemon: Daemon, says: RegExp[], wrapper?: string[]): Promise<void> {
  daemon.launch(wrapper);
  assert.equal(await daemon.ended(), 1, daemon.log);
  const lines = daemon.log.split('\n');
  assert.ok(
    lines.some((line) => says.every((what) => what.test(line))),
    daemon.log,
  );
  assert.doesNotMatch(daemon.log, /^\s+at .*:\d+/m, 'no stack trace');
}

function hasTap(daemon: Daemon): boolean {
  return ip(['-n', daemon.namespace, '-br', 'link']).includes(TAP);
}

labTest('the name of the TAP is taken by another device', async (lab) => {
  const network = twoHosts(lab);
  ipBatch(network.host(1).namespace, [`link add ${TAP} type bridge`]);
  await mustRefuse(network.daemon(1), [new RegExp(TAP), /exist|taken|in use|already/i]);
});

labTest('the TAP is held by another daemon', async (lab) => {
  const network = twoHosts(lab);
  await network.daemon(1).start();
  const { namespace, configFile } = network.daemon(1);
  const config = readFileSync(configFile, 'utf8').replaceAll('port 20700', 'port 20800');
  const second = new Daemon(lab, 'second', namespace, config.split('\n'));
  await mustRefuse(second, [new RegExp(TAP), /taken|in use|busy|already/i]);
  assert.ok(hasTap(network.daemon(1)));
});

labTest('a UDP port is in use', async (lab) => {
  const network = twoHosts(lab);
  const address = linkAddress(1, 1);
  const script = `require('dgram').createSocket('udp4').bind(20700, '${address}', () => console.log('bound'))`;
  const holder = lab.spawn(network.host(1).namespace, [process.execPath, '-e', script]);
  await once(holder.stdout as NodeJS.ReadableStream, 'data');
  await mustRefuse(network.daemon(1), [/20700/, new RegExp(address.replaceAll('.', '\\.')), /in use|taken/i]);
  assert.ok(!hasTap(network.daemon(1)));
});

labTest('there is no /dev/net/tun', async (lab) => {
  const network = twoHosts(lab);
  const hide = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /dev/net && exec "$@"', 'sh'];
  await mustRefuse(network.daemon(1), [/\/dev\/net\/tun/, /modprobe|module|mknod|load/i], hide);
});

labTest('it may not administer the network', async (lab) => {
  const network = twoHosts(lab);
  const drop = ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin'];
  await mustRefuse(network.daemon(1), [/root|CAP_NET_ADMIN/], drop);
});

labTest('a refused line of the configuration is shown with file, line and caret, and nothing starts', async (lab) => {
  const network = twoHosts(lab);
  const h1 = network.daemon(1);
  const lines = readFileSync(h1.configFile, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes('mtu'));
  lines[at] = ' mtu enormous';
  h1.configure(lines);
  await mustRefuse(h1, [new RegExp(`${h1.configFile}\\D+${at + 1}\\b`)]);
  assert.match(h1.log, /mtu enormous\n\s+\^/);
  assert.ok(!hasTap(h1));
});

labTest('a key file that others can read is refused', async (lab) => {
  const network = twoHosts(lab);
  const h1 = network.daemon(1);
  const [, key = ''] = /crypto key file (\S+)/.exec(readFileSync(h1.configFile, 'utf8')) ?? [];
  chmodSync(key, 0o644);
  await mustRefuse(h1, [/h1\.key/, /chmod 600/]);
});

labTest('a pre-shared key file that is missing is refused', async (lab) => {
  const network = twoHosts(lab);
  const h1 = network.daemon(1);
  h1.configure(readFileSync(h1.configFile, 'utf8').replace('net.psk', 'gone.psk').split('\n'));
  await mustRefuse(h1, [/gone\.psk/, /exist|missing/]);
});

labTest('an address that is not ours yet is no error: the link comes up when the address does', async (lab) => {
  const network = twoHosts(lab);
  const [h1, h2] = [network.host(1), network.host(2)];
  ipBatch(h2.namespace, [`address delete ${linkAddress(2, 1)}/24 dev l1`]);
  await Promise.all(network.daemons.map((daemon) => daemon.start()));
  await network.daemon(1).waitConnected();
  await network.daemon(2).waitConnected();
  await mustAnswer(lab, h1, tunnelAddress(2));
  const upLinks = async () =>
    (await network.daemon(1).links()).filter((link) => link.state !== 'down').map(({ link }) => link);
  assert.deepEqual(await upLinks(), [0]);
  ipBatch(h2.namespace, [`address add ${linkAddress(2, 1)}/24 dev l1`]);
  await network.waitLinksUp();
  assert.deepEqual(await upLinks(), [0, 1]);
});
