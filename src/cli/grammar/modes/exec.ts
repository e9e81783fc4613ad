/** Commands of exec mode: look, save, enter configuration. */
import type { Command, ModeSpec } from '../token.js';
import { choice, optional, pick, value, word } from '../token.js';
import { captureGrammar } from './exec-capture.js';
import { clearCommands } from './exec-clear.js';
import { commitCommands } from './exec-commits.js';
import { debugGrammar } from './exec-debug.js';
import { habits } from './exec-habits.js';
import { monitorGrammar } from './exec-monitor.js';
import { pingGrammar } from './exec-ping.js';
import { showCommands } from './exec-show.js';
import { terminalCommands } from './exec-terminal.js';

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
  ...showCommands,
  {
    id: 'configure terminal',
    silent: true,
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
  ...clearCommands,
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
    silent: true,
    tokens: [crypto, psk, word('enter', 'Type a key, unseen, into the file that is configured'), ofPeer, intoFile],
  },
  { id: 'crypto reload', tokens: [crypto, word('reload', 'Read all key files again; no session is lost')] },
  { id: 'crypto rekey', tokens: [crypto, word('rekey', 'New session keys now; no frame is lost'), ofPeer] },
  {
    id: 'invite',
    json: true,
    tokens: [
      word('invite', 'Make what is missing, save it, print a string for a host to join'),
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
      word('failover', 'Make a link silent for a while, and say what that cost'),
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
  ...debugGrammar,
  ...monitorGrammar,
  ...commitCommands,
  ...pingGrammar,
  ...terminalCommands,
  ...habits,
  { id: 'end', silent: true, tokens: [word('end', 'Go to exec mode')] },
  { id: 'exit', silent: true, tokens: [word('exit', 'Leave the shell')] },
  { id: 'quit', silent: true, tokens: [word('quit', 'Leave the shell')] },
  { id: 'logout', silent: true, tokens: [word('logout', 'Leave the shell')] },
];

export const execMode: ModeSpec = { name: 'exec', prompt: null, parent: null, commands };
