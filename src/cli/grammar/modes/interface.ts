/** Commands of `interface NAME`: this host's end of the segment, its links and its peers. */
import { DEFAULTS, MAX_LINKS } from '../../../config/model.js';
import type { Command, ModeSpec } from '../token.js';
import { choice, optional, pick, value, word } from '../token.js';
import { description, navigation, optionalPort, shutdown } from './common.js';

const macTable = word('mac-table', 'Learning of MAC addresses');

const moveDefault = `${DEFAULTS.moveLimit.moves} in ${DEFAULTS.moveLimit.seconds} seconds`;

function storm(kind: string, help: string): Command {
  return {
    id: `storm-control ${kind}`,
    no: 2,
    tokens: [
      word('storm-control', 'Bound what is flooded: from the TAP, and from each peer'),
      word(kind, `${help} (default: no bound)`),
      value('rate', { kind: 'integer', min: 1, max: 10_000_000 }, 'Frames a second'),
    ],
  };
}

const commands: readonly Command[] = [
  description,
  {
    id: 'host-id',
    no: 1,
    tokens: [
      word('host-id', "This host's id, unique in the network"),
      value('id', { kind: 'integer', min: 1, max: 65535 }, "This host's id"),
    ],
  },
  {
    id: 'mtu',
    no: 1,
    tokens: [
      word('mtu', 'Largest packet on the interface (default auto)'),
      choice(
        pick('mtu', 'auto', 'What fits one datagram on every link'),
        value('mtu', { kind: 'integer', min: 576, max: 9000 }, 'Bytes'),
      ),
    ],
  },
  {
    id: 'mac-address',
    no: 1,
    tokens: [
      word('mac-address', 'MAC address (default: made from host-id and network)'),
      value('mac', { kind: 'mac' }, 'MAC address'),
    ],
  },
  {
    id: 'persistent',
    no: 1,
    tokens: [word('persistent', 'Keep the interface, and all it has, while the daemon restarts')],
  },
  {
    id: 'bridge',
    no: 1,
    tokens: [
      word('bridge', 'Put the interface into a bridge (then give it an MTU: 1500)'),
      value('bridge', { kind: 'device' }, 'Name of the bridge, which must be there'),
    ],
  },
  {
    id: 'ip address',
    no: 2,
    tokens: [
      word('ip', 'IPv4'),
      word('address', "The interface's address"),
      value('prefix', { kind: 'prefix', family: 4 }, 'Address and prefix length'),
    ],
  },
  {
    id: 'ipv6 address',
    no: 2,
    tokens: [
      word('ipv6', 'IPv6'),
      word('address', "The interface's address"),
      value('prefix', { kind: 'prefix', family: 6 }, 'Address and prefix length'),
    ],
  },
  {
    id: 'mac-table aging',
    no: 2,
    tokens: [
      macTable,
      word('aging', `When to forget an address that is not seen (default ${DEFAULTS.macAging})`),
      value('seconds', { kind: 'integer', min: 10, max: 86400 }, 'Seconds'),
    ],
  },
  {
    id: 'mac-table limit',
    no: 2,
    tokens: [
      macTable,
      word('limit', `How many addresses to learn at most (default ${DEFAULTS.macLimit})`),
      value('entries', { kind: 'integer', min: 16, max: 65536 }, 'Addresses'),
    ],
  },
  {
    id: 'mac-table move-limit',
    no: 2,
    tokens: [
      macTable,
      word('move-limit', `Hold an address that moves too often (default ${moveDefault})`),
      choice(
        pick('moves', 'off', 'Follow every move'),
        value('moves', { kind: 'integer', min: 1, max: 1000 }, 'Most moves within the window'),
      ),
      optional(
        word('seconds', `The window (default ${DEFAULTS.moveLimit.seconds})`),
        value('seconds', { kind: 'integer', min: 1, max: 3600 }, 'Seconds'),
      ),
      optional(
        word('hold-off', `How long to hold it where it was (default ${DEFAULTS.moveLimit.holdOff})`),
        value('hold', { kind: 'integer', min: 1, max: 86400 }, 'Seconds'),
      ),
    ],
  },
  storm('broadcast', 'Frames to the broadcast address'),
  storm('multicast', 'Frames to other group addresses'),
  storm('unknown-unicast', 'To addresses not learned, toward peers'),
  shutdown,
  {
    id: 'local link',
    no: 3,
    tokens: [
      word('local', "This host's ends of the links"),
      word('link', 'A link'),
      value('link', { kind: 'integer', min: 0, max: MAX_LINKS - 1, live: 'local-link' }, 'Number of the link'),
      word('address', 'Address to send from and to listen on'),
      value('address', { kind: 'address' }, "An address of this host, or 0.0.0.0 or '::' for any"),
      optionalPort,
      optional(
        word('device', 'Use only this network device'),
        value('device', { kind: 'device' }, 'Network device such as eth0'),
      ),
    ],
  },
  {
    id: 'peer',
    no: 2,
    enters: { mode: 'peer', key: 'name' },
    tokens: [
      word('peer', 'Another host of the network'),
      value('name', { kind: 'name', max: 32, live: 'peer' }, "The peer's name"),
      optional(
        word('id', "The peer's host id (needed when the peer is new)"),
        value('id', { kind: 'integer', min: 1, max: 65535 }, "The peer's host id"),
      ),
    ],
  },
];

export const interfaceMode: ModeSpec = {
  name: 'interface',
  prompt: 'config-if',
  parent: 'configure',
  commands: [...commands, ...navigation],
};
