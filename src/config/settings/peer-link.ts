/** Settings of `link` mode within a peer. */
import type { PeerLinkConfig } from '../model.js';
import { DEFAULTS } from '../model.js';
import type { Setting } from './setting.js';
import { field, flag, number, numberOr, text } from './setting.js';

const address: Setting<PeerLinkConfig> = {
  set(link, args) {
    link.endpoint = { address: text(args, 'address'), port: numberOr(args, 'port', DEFAULTS.port) };
    return undefined;
  },
  unset(link) {
    link.endpoint = null;
    return undefined;
  },
  print({ endpoint }) {
    if (endpoint === null) return [];
    const { address, port } = endpoint;
    return [port === DEFAULTS.port ? { address } : { address, port }];
  },
};

const timers: Setting<PeerLinkConfig> = {
  set(link, args) {
    const interval = number(args, 'interval');
    const hold = number(args, 'hold');
    if (hold <= interval) return `the hold time (${hold} ms) must be longer than the interval (${interval} ms)`;
    link.interval = interval;
    link.hold = hold;
    return undefined;
  },
  unset(link) {
    link.interval = DEFAULTS.interval;
    link.hold = DEFAULTS.hold;
    return undefined;
  },
  print: ({ interval, hold }) => (interval === DEFAULTS.interval && hold === DEFAULTS.hold ? [] : [{ interval, hold }]),
};

export const peerLinkSettings: Record<string, Setting<PeerLinkConfig>> = {
  description: field('description', 'description', null as string | null),
  address,
  dynamic: flag('dynamic'),
  priority: field('priority', 'priority', DEFAULTS.priority as number),
  weight: field('weight', 'weight', DEFAULTS.weight as number),
  timers,
  'pong-count': field('pongCount', 'count', DEFAULTS.pongCount as number),
  mtu: field('mtu', 'mtu', null as number | null),
  shutdown: flag('shutdown'),
};
