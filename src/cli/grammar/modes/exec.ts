/** Commands of exec mode: look, save, enter configuration. */
import type { Command, ModeSpec } from '../token.js';
import { optional, value, word } from '../token.js';

const show = word('show', 'Show running system information');
const ofPeer = optional(
  word('peer', 'Only one peer'),
  value('peer', { kind: 'name', max: 32, live: 'peer' }, "The peer's name"),
);

const crypto = word('crypto', 'Keys');
const hostKey = word('key', "This host's key");
const psk = word('psk', 'Pre-shared keys');
const intoFile = optional(
  word('file', 'Into a new file, which the configuration is then to name'),
  value('file', { kind: 'path' }, 'Full path'),
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
    tokens: [show, crypto, word('key', "This host's public key")],
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
    tokens: [crypto, hostKey, word('generate', 'Make a new private key')],
  },
  {
    id: 'crypto key generate next',
    tokens: [
      crypto,
      hostKey,
      word('generate', 'Make a new private key'),
      word('next', 'The one that will follow: this host answers to it from now on'),
    ],
  },
  {
    id: 'crypto key roll',
    tokens: [crypto, hostKey, word('roll', 'The next key becomes the key; no session is lost')],
  },
  {
    id: 'crypto psk generate',
    tokens: [crypto, psk, word('generate', 'Make a random key in a new file; it is not shown'), intoFile],
  },
  {
    id: 'crypto psk enter',
    tokens: [crypto, psk, word('enter', 'Type a key, unseen, into the file that is configured'), ofPeer, intoFile],
  },
  { id: 'crypto reload', tokens: [crypto, word('reload', 'Read all key files again; no session is lost')] },
  { id: 'crypto rekey', tokens: [crypto, word('rekey', 'New session keys now; no frame is lost'), ofPeer] },
  { id: 'end', tokens: [word('end', 'Go to exec mode')] },
  { id: 'exit', tokens: [word('exit', 'Leave the shell')] },
  { id: 'quit', tokens: [word('quit', 'Leave the shell')] },
  { id: 'logout', tokens: [word('logout', 'Leave the shell')] },
];

export const execMode: ModeSpec = { name: 'exec', prompt: null, parent: null, commands };
