/** docs/troubleshooting.md, word by word: each fault is made, and shows itself as the guide says. */
import { setTimeout as sleep } from 'node:timers/promises';
import { followGuide } from '../../lab/guide-run.js';
import type { Stage } from '../../lab/guide-stage.js';
import { labTest } from './harness.js';

const HOSTS = ['node1', 'node2'];
const CONFIG = '/etc/sennit/sennit.conf';

function configuration(id: number, mistake: string[] = []): string {
  const peer = 3 - id;
  const lines = [
    'network example',
    'interface sennit0',
    ` host-id ${id}`,
    ...mistake,
    ` ip address 10.99.0.${id}/24`,
    ` local link 0 address 192.0.2.${id}`,
    ` local link 1 address 198.51.100.${id}`,
    ` peer node${peer} id ${peer}`,
    '  link 0',
    `   address 192.0.2.${peer}`,
    '  link 1',
    `   address 198.51.100.${peer}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Lines of interface mode. */
async function configure(stage: Stage, host: string, ...lines: string[]): Promise<void> {
  for (const line of ['configure terminal', 'interface sennit0', ...lines, 'end']) {
    const said = await stage.host(host).line(line);
    if (said.startsWith('%')) throw new Error(`${host} refused '${line}': ${said}`);
  }
}

async function network(stage: Stage): Promise<void> {
  const keys = await Promise.all(
    HOSTS.map(async (name, index) => {
      const host = stage.host(name);
      await host.write(CONFIG, configuration(index + 1), false);
      await host.must('systemctl start sennitd');
      return /Public key: (\S+)/.exec(await host.line('crypto key generate'))?.[1] ?? '';
    }),
  );
  // While they can't reach each other: who knows the other first would else be told a stranger.
  stage.cut('node1', 'eth1');
  stage.cut('node1', 'eth2');
  for (const [index, name] of HOSTS.entries())
    await configure(stage, name, `peer ${HOSTS[1 - index]}`, `public-key ${keys[1 - index]}`);
  stage.mend('node1', 'eth1');
  stage.mend('node1', 'eth2');
}

const FIREWALL = 'table inet filter { chain input { type filter hook input priority 0; udp dport 20700 drop; }; }';
labTest('every fault shows itself as docs/troubleshooting.md says, and is cured as it says', async (lab) => {
  await followGuide(lab, 'docs/troubleshooting.md', {
    hosts: {
      node1: { eth1: ['192.0.2.1/24'], eth2: ['198.51.100.1/24'] },
      node2: { eth1: ['192.0.2.2/24'], eth2: ['198.51.100.2/24'] },
    },
    acts: {
      typo: (stage) => stage.host('node1').write(CONFIG, configuration(1, [' mtu atuo']), false),
      network,
      firewall: async (stage) => {
        await stage.host('node2').must(`nft '${FIREWALL}'`);
        await stage.host('node1').line('clear session');
      },
      port: (stage) => configure(stage, 'node1', 'peer node2', 'link 0', 'address 192.0.2.2 port 20701'),
      stranger: async (stage) => {
        await configure(stage, 'node1', 'exit', 'crypto overlap 0');
        await stage.host('node1').must('rm /etc/sennit/private.key');
        await stage.host('node1').line('crypto key generate');
      },
      name: (stage) => configure(stage, 'node2', 'exit', 'network exmaple'),
      id: (stage) => configure(stage, 'node2', 'host-id 3'),
      address: (stage) =>
        stage
          .host('node1')
          .must('ip address delete 198.51.100.1/24 dev eth2')
          .then(() => {}),
      pull: (stage) => stage.pull('node1', 'eth1'),
      plug: (stage) => stage.plug('node1', 'eth1'),
      cut: (stage) => stage.cut('node1', 'eth1'),
      mend: (stage) => stage.mend('node1', 'eth1'),
      shrink: (stage) => stage.narrow('eth1', 1400),
      grow: (stage) => stage.widen(),
      guard: async (stage) => {
        await stage.host('node1').line('clear mac-table');
        await configure(stage, 'node1', 'peer node2', 'mac-table limit 1');
        await stage.host('node2').must('ping -c 1 -w 30 10.99.0.1');
        await stage.host('node2').must('ip link set sennit0 address 02:00:00:00:00:99; ping -c 1 -w 30 10.99.0.1');
      },
      unguard: (stage) => configure(stage, 'node1', 'peer node2', 'no mac-table limit'),
      stall: async (stage) => {
        const pid = (await stage.host('node1').must('cat /run/units/sennitd.pid')).trim();
        for (let times = 0; times < 2; times++) {
          process.kill(Number(pid), 'SIGSTOP');
          await sleep(350);
          process.kill(Number(pid), 'SIGCONT');
          await sleep(150);
        }
      },
    },
  });
});
