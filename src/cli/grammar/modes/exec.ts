/** Commands of exec mode: look, save, enter configuration. */
import type { Command, ModeSpec } from '../token.js';
import { optional, value, word } from '../token.js';

const show = word('show', 'Show running system information');
const ofPeer = optional(
  word('peer', 'Only one peer'),
  value('peer', { kind: 'name', max: 32, live: 'peer' }, "The peer's name"),
);

const commands: readonly Command[] = [
  { id: 'show version', json: true, tokens: [show, word('version', 'Versions, process and uptime')] },
  { id: 'show running-config', json: true, tokens: [show, word('running-config', 'The configuration that runs')] },
  { id: 'show startup-config', json: true, tokens: [show, word('startup-config', 'The saved configuration')] },
  { id: 'show interface', json: true, tokens: [show, word('interface', 'The TAP interface')] },
  { id: 'show peers', json: true, tokens: [show, word('peers', 'Peers and their sessions')] },
  { id: 'show links', json: true, tokens: [show, word('links', 'Links: state, delay, loss'), ofPeer] },
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
  {
    id: 'configure terminal',
    enters: { mode: 'configure', key: '' },
    tokens: [word('configure', 'Change the configuration'), word('terminal', 'Line by line, acting at once')],
  },
  {
    id: 'write memory',
    tokens: [word('write', 'Save the configuration'), word('memory', 'To the file that is loaded at start')],
  },
  {
    id: 'copy running-config startup-config',
    tokens: [
      word('copy', 'Copy a configuration'),
      word('running-config', 'The configuration that runs'),
      word('startup-config', 'To the file that is loaded at start'),
    ],
  },
  {
    id: 'clear mac-table',
    tokens: [word('clear', 'Reset something'), word('mac-table', 'Forget learned MAC addresses')],
  },
  {
    id: 'crypto key generate',
    tokens: [word('crypto', 'Keys'), word('key', "This host's key"), word('generate', 'Make a new private key')],
  },
  { id: 'end', tokens: [word('end', 'Go to exec mode')] },
  { id: 'exit', tokens: [word('exit', 'Leave the shell')] },
  { id: 'quit', tokens: [word('quit', 'Leave the shell')] },
  { id: 'logout', tokens: [word('logout', 'Leave the shell')] },
];

export const execMode: ModeSpec = { name: 'exec', prompt: null, parent: null, commands };
