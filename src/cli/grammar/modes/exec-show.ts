/** Commands of exec mode that only look. */
import type { Command } from '../token.js';
import { optional, pick, value, word } from '../token.js';

const show = word('show', 'Show running system information');
const ofPeer = optional(
  word('peer', 'Only one peer'),
  value('peer', { kind: 'name', max: 32, live: 'peer' }, "The peer's name"),
);

const detail = optional(pick('detail', 'detail', 'Everything that is known'));
const runningConfig = word('running-config', 'The configuration that runs');

export const showCommands: readonly Command[] = [
  { id: 'show version', json: true, tokens: [show, word('version', 'Versions, process and uptime')] },
  { id: 'show running-config', json: true, tokens: [show, runningConfig] },
  {
    id: 'show running-config interface',
    json: true,
    tokens: [
      show,
      runningConfig,
      word('interface', 'Only the interface, with its peers'),
      value('interface', { kind: 'device', live: 'interface' }, "The interface's name"),
    ],
  },
  {
    id: 'show running-config peer',
    json: true,
    tokens: [
      show,
      runningConfig,
      word('peer', 'Only one peer'),
      value('peer', { kind: 'name', max: 32, live: 'peer' }, "The peer's name"),
    ],
  },
  { id: 'show startup-config', json: true, tokens: [show, word('startup-config', 'The saved configuration')] },
  { id: 'show interface', json: true, tokens: [show, word('interface', 'The TAP interface')] },
  {
    id: 'show peers',
    json: true,
    tokens: [
      show,
      word('peers', 'Peers: state, traffic, loss'),
      optional(value('peer', { kind: 'name', max: 32, live: 'peer' }, 'Only this peer')),
      detail,
    ],
  },
  { id: 'show links', json: true, tokens: [show, word('links', 'Links: state, delay, loss'), ofPeer, detail] },
  { id: 'show sessions', json: true, tokens: [show, word('sessions', 'Sessions: age, next handshake'), ofPeer] },
  {
    id: 'show failovers',
    json: true,
    tokens: [show, word('failovers', 'Links that failed, and what it cost'), ofPeer],
  },
  { id: 'show mac-table', json: true, tokens: [show, word('mac-table', 'Learned MAC addresses'), ofPeer] },
  { id: 'show counters', json: true, tokens: [show, word('counters', 'Counters of the data path, drops by reason')] },
  {
    id: 'show crypto key',
    json: true,
    tokens: [show, word('crypto', 'Keys'), word('key', "This host's public key")],
  },
  {
    id: 'show tech-support',
    json: true,
    tokens: [show, word('tech-support', 'All that helps a supporter, and no key')],
  },
  { id: 'show invitations', json: true, tokens: [show, word('invitations', 'Invitations and what became of them')] },
];
