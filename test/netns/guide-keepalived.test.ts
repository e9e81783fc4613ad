/** docs/keepalived.md, word by word. */
import { followGuide } from '../../lab/guide-run.js';
import { labTest } from './harness.js';

/** It takes 30 s, and waits most of the time. */
const PATIENCE_MS = 240_000;

const hosts = Object.fromEntries(
  ['lb1', 'lb2', 'client'].map((name, at) => [
    name,
    { eth1: [`192.0.2.${at + 1}/24`], eth2: [`198.51.100.${at + 1}/24`] },
  ]),
);

labTest(
  'who follows docs/keepalived.md has an address that moves when a host dies, and not when a network fails',
  (lab) =>
    followGuide(lab, 'docs/keepalived.md', {
      hosts,
      services: { keepalived: { start: 'keepalived --dont-fork --log-console' } },
      acts: {
        'network A of lb1 goes down': (stage) => stage.pull('lb1', 'eth1'),
        'network A of lb1 comes up': (stage) => stage.plug('lb1', 'eth1'),
        'network A of lb1 falls silent': (stage) => stage.cut('lb1', 'eth1'),
        'network A of lb1 carries again': (stage) => stage.mend('lb1', 'eth1'),
        'lb1 dies': (stage) => stage.turnOff('lb1'),
        'lb1 starts': async (stage) => {
          stage.turnOn('lb1');
          await stage.host('lb1').must('systemctl start sennitd keepalived');
        },
      },
    }),
  PATIENCE_MS,
);
