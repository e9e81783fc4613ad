/** Commands of `link N` within a peer: where the peer is and how the link's health is judged. */
import { DEFAULTS } from '../../../config/model.js';
import type { Command, ModeSpec } from '../token.js';
import { value, word } from '../token.js';
import { description, navigation, optionalPort, shutdown } from './common.js';

const commands: readonly Command[] = [
  description,
  {
    id: 'address',
    no: 1,
    tokens: [
      word('address', "The peer's address (none: learned from what the peer sends)"),
      value('address', { kind: 'address' }, "The peer's address on this link"),
      optionalPort,
    ],
  },
  { id: 'dynamic', no: 1, tokens: [word('dynamic', 'Follow the peer when its address changes')] },
  {
    id: 'priority',
    no: 1,
    tokens: [
      word('priority', `The higher wins, policy passive (default ${DEFAULTS.priority})`),
      value('priority', { kind: 'integer', min: 0, max: 255 }, 'Priority'),
    ],
  },
  {
    id: 'weight',
    no: 1,
    tokens: [
      word('weight', `Share of the traffic, policy round-robin (default ${DEFAULTS.weight})`),
      value('weight', { kind: 'integer', min: 1, max: 255 }, 'Weight'),
    ],
  },
  {
    id: 'timers',
    no: 1,
    tokens: [
      word('timers', `Heartbeat of the link (default ${DEFAULTS.interval} ${DEFAULTS.hold})`),
      value('interval', { kind: 'integer', min: 10, max: 60000 }, 'Milliseconds between pings'),
      value('hold', { kind: 'integer', min: 10, max: 600000 }, 'Milliseconds of silence until the link is down'),
    ],
  },
  {
    id: 'pong-count',
    no: 1,
    tokens: [
      word('pong-count', `Answers in a row that bring the link up (default ${DEFAULTS.pongCount})`),
      value('count', { kind: 'integer', min: 1, max: 255 }, 'Answers'),
    ],
  },
  {
    id: 'mtu',
    no: 1,
    tokens: [
      word('mtu', "Largest IP packet on this link (default: the device's)"),
      value('mtu', { kind: 'integer', min: 576, max: 65535 }, 'Bytes'),
    ],
  },
  shutdown,
];

export const peerLinkMode: ModeSpec = {
  name: 'peer-link',
  prompt: 'config-link',
  parent: 'peer',
  commands: [...commands, ...navigation],
};
