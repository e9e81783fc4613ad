/** Settings of `peer` mode. */
import type { PeerConfig, Policy } from '../model.js';
import { DEFAULTS, newPeerLink } from '../model.js';
import type { Setting } from './setting.js';
import { byNumber, field, flag, number } from './setting.js';

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

export const peerSettings: Record<string, Setting<PeerConfig>> = {
  description: field('description', 'description', null as string | null),
  'public-key': field('publicKey', 'key', null as string | null),
  psk: field('pskFile', 'file', null as string | null),
  'switch-policy': field('policy', 'policy', DEFAULTS.policy as Policy),
  shutdown: flag('shutdown'),
  link,
};
