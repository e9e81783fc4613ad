/** Commands of `peer NAME`: who the peer is and how its links are used. */
import { DEFAULTS, MAX_LINKS } from '../../../config/model.js';
import type { Command, ModeSpec } from '../token.js';
import { choice, pick, value, word } from '../token.js';
import { description, navigation, shutdown } from './common.js';

const permit = word('permit', 'What it may be on the segment');

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
        pick('policy', 'round-robin', 'Traffic goes where it comes first, or by weight'),
      ),
    ],
  },
  {
    id: 'failover buffer',
    no: 2,
    tokens: [
      word('failover', 'How frames survive the end of a link'),
      word('buffer', `Sent data to keep until acknowledged, to send it again (default ${DEFAULTS.failoverBuffer})`),
      value('mebibytes', { kind: 'integer', min: 0, max: 64 }, 'MiB; 0: keep nothing'),
    ],
  },
  {
    id: 'permit mac',
    no: 2,
    tokens: [
      permit,
      word('mac', 'A source address it may use, one a line; no other from then on'),
      value('mac', { kind: 'mac' }, 'MAC address'),
    ],
  },
  {
    id: 'permit vlan',
    no: 2,
    tokens: [
      permit,
      word('vlan', 'The VLANs it may use, and no other (default: any)'),
      value('vlans', { kind: 'vlans' }, "VLANs, ranges, and 'untagged' for frames without a tag"),
    ],
  },
  {
    id: 'mac-table limit',
    no: 2,
    tokens: [
      word('mac-table', 'Learning of MAC addresses'),
      word('limit', "Addresses to learn from it (default: a quarter of the interface's)"),
      value('entries', { kind: 'integer', min: 1, max: 65536 }, 'Addresses'),
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
