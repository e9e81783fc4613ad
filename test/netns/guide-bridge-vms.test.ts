/** docs/bridge-vms.md, word by word. */

import { followGuide } from '../../lab/guide-run.js';
import { labTest } from './harness.js';
import { provideVlans, startMachine } from './machines.js';

labTest('who follows docs/bridge-vms.md has machines that reach those of their VLAN, and no others', async (lab) => {
  await followGuide(lab, 'docs/bridge-vms.md', {
    hosts: {
      kvm1: { eth1: ['192.0.2.1/24'], eth2: ['198.51.100.1/24'] },
      kvm2: { eth1: ['192.0.2.2/24'], eth2: ['198.51.100.2/24'] },
      ...{ web1: {}, web2: {}, db2: {} },
    },
    acts: {
      install: async (stage) => {
        await provideVlans(lab, stage.host('kvm1'));
        await Promise.all(['kvm1', 'kvm2'].map((name) => stage.host(name).must('systemctl start sennitd')));
      },
      machines: async (stage) => {
        const [kvm1, kvm2] = [stage.host('kvm1'), stage.host('kvm2')];
        await Promise.all([
          startMachine(lab, kvm1, 'vnet0', stage.host('web1'), '52:54:00:00:0a:01'),
          startMachine(lab, kvm2, 'vnet0', stage.host('web2'), '52:54:00:00:0a:02'),
          startMachine(lab, kvm2, 'vnet1', stage.host('db2'), '52:54:00:00:14:02'),
        ]);
      },
    },
  });
});
