/** docs/getting-started.md, word by word. */
import { followGuide } from '../../lab/guide-run.js';
import { labTest } from './harness.js';

labTest('who follows docs/getting-started.md has a network that loses no packet', async (lab) => {
  await followGuide(lab, 'docs/getting-started.md', {
    hosts: {
      node1: { eth1: ['192.0.2.1/24'], eth2: ['198.51.100.1/24'] },
      node2: { eth1: ['192.0.2.2/24'], eth2: ['198.51.100.2/24'] },
    },
    acts: {
      pull: (stage) => stage.pull('node2', 'eth1'),
      plug: (stage) => stage.plug('node2', 'eth1'),
    },
  });
});
