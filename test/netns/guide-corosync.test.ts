/** docs/corosync.md, word by word. */
import { followGuide } from '../../lab/guide-run.js';
import type { Stage } from '../../lab/guide-stage.js';
import { labTest } from './harness.js';

/** It takes 30 s, and waits most of the time. */
const PATIENCE_MS = 240_000;

const NODES = ['node1', 'node2', 'node3'];

const hosts = Object.fromEntries(
  NODES.map((name, at) => [name, { eth1: [`192.0.2.${at + 1}/24`], eth2: [`198.51.100.${at + 1}/24`] }]),
);

const onEvery = (act: (stage: Stage, node: string) => void) => (stage: Stage) => {
  for (const node of NODES) act(stage, node);
};

labTest(
  'who follows docs/corosync.md has a cluster that keeps its quorum whichever network fails',
  (lab) =>
    followGuide(lab, 'docs/corosync.md', {
      hosts,
      directories: ['/var/lib/corosync', '/var/log/corosync'],
      services: { corosync: { start: 'corosync -f', ready: 'corosync-cfgtool -s' } },
      acts: {
        'network A goes down': onEvery((stage, node) => stage.pull(node, 'eth1')),
        'network A comes up': onEvery((stage, node) => stage.plug(node, 'eth1')),
        'network A falls silent': onEvery((stage, node) => stage.cut(node, 'eth1')),
        'network A carries again': onEvery((stage, node) => stage.mend(node, 'eth1')),
        'network B falls silent': onEvery((stage, node) => stage.cut(node, 'eth2')),
        'network B carries again': onEvery((stage, node) => stage.mend(node, 'eth2')),
        'node3 dies': (stage) => stage.turnOff('node3'),
        'node3 starts': async (stage) => {
          stage.turnOn('node3');
          await stage.host('node3').must('systemctl start sennitd corosync');
        },
      },
    }),
  PATIENCE_MS,
);
