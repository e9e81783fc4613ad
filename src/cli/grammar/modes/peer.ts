/** Commands of `peer NAME`: who the peer is and how its links are used. */
import { DEFAULTS, MAX_LINKS } from '../../../config/model.js';
import type { Command, ModeSpec } from '../token.js';
import { choice, pick, value, word } from '../token.js';
import { description, navigation, shutdown } from './common.js';

const commands: readonly Command[] = [
  description,
  {
    id: 'public-key',
    no: 1,
    tokens: [
      word('public-key', "The peer's public key ('show crypto key' prints it there)"),
      value('key', { kind: 'key' }, '32 bytes in base64'),
    ],
  },
  {
    id: 'psk',
    no: 1,
    tokens: [
      word('psk', 'Pre-shared key with this peer alone'),
      word('file', 'Where it is kept'),
      value('file', { kind: 'path' }, 'Full path of a file with 32 bytes in base64'),
    ],
  },
  {
    id: 'switch-policy',
    no: 1,
    tokens: [
      word('switch-policy', `How the links are used (default ${DEFAULTS.policy})`),
      choice(
        pick('policy', 'passive', 'The best link carries everything'),
        pick('policy', 'active', 'Every link carries everything'),
        pick('policy', 'round-robin', 'The links take turns by weight'),
      ),
    ],
  },
  shutdown,
  {
    id: 'link',
    no: 2,
    enters: { mode: 'peer-link', key: 'link' },
    tokens: [
      word('link', 'A link to this peer'),
      value('link', { kind: 'integer', min: 0, max: MAX_LINKS - 1, live: 'peer-link' }, 'Number of the link'),
    ],
  },
];

export const peerMode: ModeSpec = {
  name: 'peer',
  prompt: 'config-peer',
  parent: 'interface',
  commands: [...commands, ...navigation],
};
