/**
 * Virtual machines for a guide: network namespaces behind a TAP on the host's bridge, with this process for a hypervisor
 * that carries frames from the one to the other.
 *
 * Some kernels have no VLAN filtering in bridges (CONFIG_BRIDGE_VLAN_FILTERING). There the hypervisor does for a
 * machine's port what `bridge vlan` asks of the bridge: it tags what the machine sends, and gives it nothing but what has
 * its tag; a port without a VLAN carries nothing. A port that isn't a machine's carries every VLAN then.
 */
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { GuideHost } from '../../lab/guide-host.js';
import type { Lab } from '../../lab/namespaces.js';

const PROGRAM = fileURLToPath(new URL('./frame-program.js', import.meta.url));

/** Hex digits of two MAC addresses, behind which a tag stands; of the tag itself; of its upper half. */
const ADDRESSES = 24;
const TAG = 8;
const TPID = '8100';

const BRIDGE = `#!/bin/sh
# bridge vlan add|del dev DEVICE vid N [pvid untagged]
mkdir -p /run/vlans
case "$1 $2 $7" in
'vlan add pvid') echo $6 >/run/vlans/$4 ;;
'vlan del '*) rm -f /run/vlans/$4 ;;
esac
`;
const IP = `#!/bin/sh
PATH=\${PATH#*:}
case "$*" in
*' type bridge '*) exec ip link add $3 type bridge ;;
*) exec ip "$@" ;;
esac
`;

/** Gives hosts an \`ip\` and a \`bridge\` that know VLANs, if the kernel has none. To be called before there are machines. */
export async function provideVlans(lab: Lab, host: GuideHost): Promise<void> {
  const { code } = await host.run('ip link add probe type bridge vlan_filtering 1 && ip link delete probe');
  if (code === 0) return;
  for (const [name, text] of Object.entries({ bridge: BRIDGE, ip: IP })) {
    writeFileSync(join(lab.directory, 'bin', name), text);
    chmodSync(join(lab.directory, 'bin', name), 0o755);
  }
}

/** Starts a machine whose `eth0` has this address, behind `device` of its host. */
export async function startMachine(lab: Lab, host: GuideHost, device: string, machine: GuideHost, mac: string) {
  const [port, guest] = await Promise.all([plug(lab, host, device), plug(lab, machine, 'eth0')]);
  await host.must(`ip link set ${device} mtu 1500`);
  await machine.must(`ip link set eth0 mtu 1500 address ${mac}`);
  const filters = existsSync(join(lab.directory, 'bin', 'bridge'));
  const vlan = (): string | null => {
    const file = join(host.directory, 'run/vlans', device);
    return existsSync(file) ? Number(readFileSync(file, 'utf8')).toString(16).padStart(4, '0') : null;
  };
  guest.lines.on('line', (frame) => {
    const tag = filters ? vlan() : '';
    if (tag === '') port.send(frame);
    else if (tag !== null) port.send(`${frame.slice(0, ADDRESSES)}${TPID}${tag}${frame.slice(ADDRESSES)}`);
  });
  port.lines.on('line', (frame) => {
    if (!filters) guest.send(frame);
    else if (frame.slice(ADDRESSES, ADDRESSES + TAG) === `${TPID}${vlan()}`)
      guest.send(`${frame.slice(0, ADDRESSES)}${frame.slice(ADDRESSES + TAG)}`);
  });
}

async function plug(
  lab: Lab,
  { namespace }: GuideHost,
  device: string,
): Promise<{ lines: Interface; send(frame: string): void }> {
  const child = lab.spawn(namespace, [process.execPath, PROGRAM, device, 'all']);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  await once(lines, 'line');
  return { lines, send: (frame) => void child.stdin?.write(`${frame}\n`) };
}
