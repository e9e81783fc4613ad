/** Settings of `peer` mode. */
import { MAX_PERMITTED_MACS } from '../../core/switch/guard.js';
import type { PeerConfig, Policy } from '../model.js';
import { DEFAULTS, newPeerLink } from '../model.js';
import type { Setting } from './setting.js';
import { byNumber, field, flag, number, text } from './setting.js';

const link: Setting<PeerConfig> = {
  set(peer, args) {
    const link = number(args, 'link');
    if (!peer.links.has(link)) peer.links.set(link, newPeerLink());
    return undefined;
  },
  unset(peer, args) {
    const link = number(args, 'link');
    return peer.links.delete(link) ? undefined : `peer ${peer.name} has no link ${link}`;
  },
  print: (peer) => byNumber(peer.links).map(([link]) => ({ link })),
};

const permitMac: Setting<PeerConfig> = {
  set(peer, args) {
    const mac = text(args, 'mac');
    if (peer.permitMacs.includes(mac)) return undefined;
    if (peer.permitMacs.length === MAX_PERMITTED_MACS)
      return `peer ${peer.name} has ${MAX_PERMITTED_MACS} permitted addresses, which is the most: 'mac-table limit' bounds how many it may use without naming them`;
    peer.permitMacs = [...peer.permitMacs, mac].sort();
    return undefined;
  },
  unset(peer, args) {
    const mac = args.mac;
    if (mac !== undefined && !peer.permitMacs.includes(String(mac)))
      return `peer ${peer.name} has no 'permit mac ${mac}'`;
    peer.permitMacs = mac === undefined ? [] : peer.permitMacs.filter((other) => other !== mac);
    return undefined;
  },
  print: (peer) => peer.permitMacs.map((mac) => ({ mac })),
};

export const peerSettings: Record<string, Setting<PeerConfig>> = {
  description: field('description', 'description', null as string | null),
  'public-key': field('publicKey', 'key', null as string | null),
  psk: field('pskFile', 'file', null as string | null),
  'switch-policy': field('policy', 'policy', DEFAULTS.policy as Policy),
  'failover buffer': field('failoverBuffer', 'mebibytes', DEFAULTS.failoverBuffer as number),
  'permit mac': permitMac,
  'permit vlan': field('permitVlans', 'vlans', null as string | null),
  'mac-table limit': field('macLimit', 'entries', null as number | null),
  shutdown: flag('shutdown'),
  link,
};
