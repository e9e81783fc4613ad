/** docs/bridge-vms.md, word by word. */

import { followGuide } from '../../lab/guide-run.js';
import type { Stage } from '../../lab/guide-stage.js';
import { labTest } from './harness.js';

/** Network namespaces for machines, with the addresses that libvirt would give them. */
async function machines(stage: Stage): Promise<void> {
  for (const [host, device, machine, mac] of [
    ['kvm1', 'vnet0', 'web1', '52:54:00:00:0a:01'],
    ['kvm2', 'vnet0', 'web2', '52:54:00:00:0a:02'],
    ['kvm2', 'vnet1', 'db2', '52:54:00:00:14:02'],
  ] as const) {
    stage.cable([host, device], [machine, 'eth0']);
    await stage.host(machine).must(`ip link set eth0 address ${mac}`);
  }
}

labTest('who follows docs/bridge-vms.md has machines that reach those of their VLAN, and no others', async (lab) => {
  await followGuide(lab, 'docs/bridge-vms.md', {
    hosts: {
      kvm1: { eth1: ['192.0.2.1/24'], eth2: ['198.51.100.1/24'] },
      kvm2: { eth1: ['192.0.2.2/24'], eth2: ['198.51.100.2/24'] },
      ...{ web1: {}, web2: {}, db2: {} },
    },
    acts: {
      install: async (stage) => {
        await Promise.all(['kvm1', 'kvm2'].map((name) => stage.host(name).must('systemctl start sennitd')));
      },
      machines,
    },
  });
});
