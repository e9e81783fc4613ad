/** Commands of `configure terminal`: the host and its network. */
import { DEFAULTS } from '../../../config/model.js';
import type { Command, ModeSpec } from '../token.js';
import { choice, pick, value, word } from '../token.js';
import { navigation } from './common.js';
import { sessionCommands } from './session-commands.js';

const crypto = word('crypto', 'Cipher and keys of the network');
const logging = word('logging', 'Where the log goes, and how');

const commands: readonly Command[] = [
  {
    id: 'hostname',
    no: 1,
    tokens: [word('hostname', 'Name in the prompt'), value('hostname', { kind: 'name', max: 63 }, "This host's name")],
  },
  {
    id: 'network',
    no: 1,
    tokens: [
      word('network', `Name of the network, the same on every host (default ${DEFAULTS.network})`),
      value('network', { kind: 'name', max: 63 }, 'Name of the network'),
    ],
  },
  {
    id: 'crypto cipher',
    no: 2,
    tokens: [
      crypto,
      word('cipher', `Cipher of the data path, the same on every host (default ${DEFAULTS.cipher})`),
      choice(
        pick('cipher', 'aes-256-gcm', 'AES-256-GCM, for processors with AES instructions'),
        pick('cipher', 'chacha20-poly1305', 'ChaCha20-Poly1305, for processors without'),
      ),
    ],
  },
  {
    id: 'crypto key',
    no: 2,
    tokens: [
      crypto,
      word('key', "This host's private key"),
      word('file', `Where it is kept (default ${DEFAULTS.keyFile})`),
      value('file', { kind: 'path' }, 'Full path'),
    ],
  },
  {
    id: 'crypto psk',
    no: 2,
    tokens: [
      crypto,
      word('psk', 'Pre-shared key of the network'),
      word('file', 'Where it is kept'),
      value('file', { kind: 'path' }, 'Full path of a file with 32 bytes in base64'),
    ],
  },
  {
    id: 'crypto overlap',
    no: 2,
    tokens: [
      crypto,
      word('overlap', `How long a replaced key is accepted beside the new one (default ${DEFAULTS.keyOverlap})`),
      value('seconds', { kind: 'integer', min: 0, max: 86400 }, 'Seconds; 0: sessions begin anew with the new key'),
    ],
  },
  {
    id: 'metrics listen',
    no: 2,
    tokens: [
      word('metrics', 'Metrics for Prometheus, and a status page'),
      word('listen', 'Serve metrics and status page over HTTP, without authentication'),
      value('endpoint', { kind: 'endpoint' }, 'Address and TCP port; 127.0.0.1: only for this host'),
    ],
  },
  {
    id: 'logging format',
    no: 2,
    tokens: [
      logging,
      word('format', `How a line is written (default ${DEFAULTS.logging.format})`),
      choice(
        pick('format', 'logfmt', 'level=info event=link-up peer=b link=0'),
        pick('format', 'json', 'A JSON object a line'),
      ),
    ],
  },
  {
    id: 'logging level',
    no: 2,
    tokens: [
      logging,
      word('level', `The least that is written; shells see everything (default ${DEFAULTS.logging.level})`),
      choice(
        pick('level', 'error', 'What does not work'),
        pick('level', 'warning', 'Also what somebody should look at'),
        pick('level', 'info', 'Also what happens'),
        pick('level', 'debug', "Also what 'debug' asks for"),
      ),
    ],
  },
  {
    id: 'logging file',
    no: 2,
    tokens: [
      logging,
      word('file', 'To a file (default: standard error, the journal under systemd)'),
      value('file', { kind: 'path' }, 'Full path, ends with .log; opened again when moved, and on SIGUSR1'),
    ],
  },
  {
    id: 'line vty',
    no: 2,
    enters: { mode: 'line', key: '' },
    tokens: [word('line', 'Settings of shells'), word('vty', 'All shells of this daemon')],
  },
  {
    id: 'interface',
    no: 2,
    enters: { mode: 'interface', key: 'name' },
    tokens: [
      word('interface', 'The TAP interface'),
      value('name', { kind: 'device', live: 'interface' }, "The interface's name"),
    ],
  },
];

export const configureMode: ModeSpec = {
  name: 'configure',
  prompt: 'config',
  parent: null,
  commands: [...commands, ...sessionCommands, ...navigation],
};
