/** Settings of `interface` mode. */
import type { Args } from '../../cli/grammar/token.js';
import type { InterfaceConfig, LocalLinkConfig } from '../model.js';
import { DEFAULTS, newPeer } from '../model.js';
import type { Refusal, Setting } from './setting.js';
import { byNumber, field, flag, number, numberOr, text } from './setting.js';

const isIpv6 = (address: string): boolean => address.includes(':');
const hostPart = (prefix: string): string => prefix.slice(0, prefix.indexOf('/'));

/** Addresses of one family. The list keeps IPv4 before IPv6, so that it prints in the order it holds. */
function addresses(ipv6: boolean): Setting<InterfaceConfig> {
  return {
    set(tap, args) {
      const prefix = text(args, 'prefix');
      const present = tap.addresses.findIndex((other) => hostPart(other) === hostPart(prefix));
      if (present >= 0) tap.addresses[present] = prefix;
      else if (ipv6) tap.addresses.push(prefix);
      else tap.addresses.splice(tap.addresses.filter((other) => !isIpv6(other)).length, 0, prefix);
      return undefined;
    },
    unset(tap, args): Refusal {
      const prefix = args.prefix;
      if (prefix !== undefined && !tap.addresses.includes(String(prefix)))
        return `the interface has no address ${prefix}`;
      tap.addresses = tap.addresses.filter((other) =>
        prefix === undefined ? isIpv6(other) !== ipv6 : other !== prefix,
      );
      return undefined;
    },
    print: (tap) => tap.addresses.filter((prefix) => isIpv6(prefix) === ipv6).map((prefix) => ({ prefix })),
  };
}

function localLinkArgs(link: number, local: LocalLinkConfig): Args {
  return {
    link,
    address: local.address,
    ...(local.port === DEFAULTS.port ? {} : { port: local.port }),
    ...(local.device === null ? {} : { device: local.device }),
  };
}

const localLink: Setting<InterfaceConfig> = {
  set(tap, args) {
    tap.localLinks.set(number(args, 'link'), {
      address: text(args, 'address'),
      port: numberOr(args, 'port', DEFAULTS.port),
      device: args.device === undefined ? null : text(args, 'device'),
    });
    return undefined;
  },
  unset(tap, args) {
    const link = number(args, 'link');
    return tap.localLinks.delete(link) ? undefined : `there is no local link ${link}`;
  },
  print: (tap) => byNumber(tap.localLinks).map(([link, local]) => localLinkArgs(link, local)),
};

const peer: Setting<InterfaceConfig> = {
  set(tap, args) {
    const name = text(args, 'name');
    const present = tap.peers.get(name);
    const id = numberOr(args, 'id', present?.id ?? 0);
    if (id === 0) return `peer ${name} is new: give its host id, 'peer ${name} id <1-65535>'`;
    if (present === undefined) tap.peers.set(name, newPeer(name, id));
    else present.id = id;
    return undefined;
  },
  unset(tap, args) {
    const name = text(args, 'name');
    return tap.peers.delete(name) ? undefined : `there is no peer ${name}`;
  },
  print: (tap) =>
    [...tap.peers.values()]
      .sort((a, b) => a.id - b.id || (a.name < b.name ? -1 : 1))
      .map(({ name, id }) => ({ name, id })),
};

const moveLimit: Setting<InterfaceConfig> = {
  set(tap, args) {
    const off = args.moves === 'off';
    if (off && (args.seconds !== undefined || args.hold !== undefined))
      return "'mac-table move-limit off' has no window and no hold-off: give a number of moves with them";
    tap.moveLimit = off
      ? null
      : {
          moves: number(args, 'moves'),
          seconds: numberOr(args, 'seconds', DEFAULTS.moveLimit.seconds),
          holdOff: numberOr(args, 'hold', DEFAULTS.moveLimit.holdOff),
        };
    return undefined;
  },
  unset(tap) {
    tap.moveLimit = { ...DEFAULTS.moveLimit };
    return undefined;
  },
  print({ moveLimit }) {
    if (moveLimit === null) return [{ moves: 'off' }];
    const { moves, seconds, holdOff } = moveLimit;
    const usual = DEFAULTS.moveLimit;
    if (moves === usual.moves && seconds === usual.seconds && holdOff === usual.holdOff) return [];
    return [
      {
        moves,
        ...(seconds === usual.seconds ? {} : { seconds }),
        ...(holdOff === usual.holdOff ? {} : { hold: holdOff }),
      },
    ];
  },
};

export const interfaceSettings: Record<string, Setting<InterfaceConfig>> = {
  description: field('description', 'description', null as string | null),
  'host-id': field('hostId', 'id', null as number | null),
  mtu: field('mtu', 'mtu', 'auto' as number | 'auto'),
  'mac-address': field('macAddress', 'mac', null as string | null),
  persistent: flag('persistent'),
  bridge: field('bridge', 'bridge', null as string | null),
  'ip address': addresses(false),
  'ipv6 address': addresses(true),
  'mac-table aging': field('macAging', 'seconds', DEFAULTS.macAging as number),
  'mac-table limit': field('macLimit', 'entries', DEFAULTS.macLimit as number),
  'mac-table move-limit': moveLimit,
  'storm-control broadcast': field('stormBroadcast', 'rate', null as number | null),
  'storm-control multicast': field('stormMulticast', 'rate', null as number | null),
  'storm-control unknown-unicast': field('stormUnknownUnicast', 'rate', null as number | null),
  shutdown: flag('shutdown'),
  'local link': localLink,
  peer,
};
