/** docs/upgrade.md, word by word. */
import { followGuide } from '../../lab/guide-run.js';
import type { Stage } from '../../lab/guide-stage.js';
import { labTest } from './harness.js';

/** The network that docs/getting-started.md ends with. */
async function makeNetwork(stage: Stage): Promise<void> {
  const [node1, node2] = [stage.host('node1'), stage.host('node2')];
  await Promise.all([node1, node2].map((host) => host.must('systemctl start sennitd')));
  const lines = ['configure terminal', 'network example', 'interface sennit0', 'ip address 10.99.0.1/24', 'end'];
  await node1.must(`sennit ${lines.map((line) => `-c '${line}'`).join(' ')}`);
  const invitation = (await node1.must('sennit invite node2')).trim();
  await node2.must(`sennit join ${invitation}`);
}

labTest('who follows docs/upgrade.md keeps the interface over a restart, and finds the host as it was', async (lab) => {
  await followGuide(lab, 'docs/upgrade.md', {
    hosts: {
      node1: { eth1: ['192.0.2.1/24'], eth2: ['198.51.100.1/24'] },
      node2: { eth1: ['192.0.2.2/24'], eth2: ['198.51.100.2/24'] },
    },
    acts: { network: makeNetwork },
  });
});
