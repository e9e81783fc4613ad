/** Commands of exec mode: look, save, enter configuration. */
import type { Command, ModeSpec } from '../token.js';
import { choice, optional, pick, value, word } from '../token.js';
import { captureGrammar } from './exec-capture.js';
import { monitorGrammar } from './exec-monitor.js';
import { terminalCommands } from './exec-terminal.js';

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
  {
    id: 'invite',
    json: true,
    tokens: [
      word('invite', 'Print a string with which another host joins (what is missing for it is configured and saved)'),
      value('peer', { kind: 'name', max: 32 }, 'The name that the peer gets here'),
      optional(
        word('id', "The peer's host id (default: a free one)"),
        value('id', { kind: 'integer', min: 1, max: 65535 }, "The peer's host id"),
      ),
      optional(
        word('address', "The peer's address on its interface (default: a free one beside ours)"),
        choice(
          value('address', { kind: 'prefix', family: 4 }, 'Address and prefix length'),
          value('address', { kind: 'prefix', family: 6 }, 'Address and prefix length'),
        ),
      ),
      optional(
        choice(pick('unit', 'minutes', 'Until it expires (default 60)'), pick('unit', 'seconds', 'Until it expires')),
        value('time', { kind: 'integer', min: 1, max: 10080 }, 'Until it expires'),
      ),
    ],
  },
  {
    id: 'join',
    secret: true,
    tokens: [
      word('join', 'Join a network with the string that another host has printed'),
      optional(value('invitation', { kind: 'text', max: 65536 }, "What 'invite' printed; without it, it is asked for")),
    ],
  },
  { id: 'show invitations', json: true, tokens: [show, word('invitations', 'Invitations and what became of them')] },
  {
    id: 'clear invitation',
    tokens: [
      word('clear', 'Reset something'),
      word('invitation', 'Take an invitation back'),
      value('peer', { kind: 'name', max: 32 }, 'The name that the peer was to get'),
    ],
  },
  {
    id: 'test failover',
    json: true,
    tokens: [
      word('test', 'Try something out'),
      word('failover', 'Make a link silent for a while, as if it had failed, and say what it cost'),
      word('peer', 'The peer'),
      value('peer', { kind: 'name', max: 32, live: 'peer' }, "The peer's name"),
      word('link', 'The link; another one must be up'),
      value('link', { kind: 'integer', min: 0, max: 7 }, 'Its number'),
      optional(
        word('seconds', 'For how long (default 3)'),
        value('seconds', { kind: 'integer', min: 1, max: 60 }, 'For how long'),
      ),
    ],
  },
  ...captureGrammar,
  ...monitorGrammar,
  ...terminalCommands,
  { id: 'end', tokens: [word('end', 'Go to exec mode')] },
  { id: 'exit', tokens: [word('exit', 'Leave the shell')] },
  { id: 'quit', tokens: [word('quit', 'Leave the shell')] },
  { id: 'logout', tokens: [word('logout', 'Leave the shell')] },
];

export const execMode: ModeSpec = { name: 'exec', prompt: null, parent: null, commands };
