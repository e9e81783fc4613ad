/** Names of what is configured now, for completion. */
import type { Config } from '../config/model.js';
import type { Place } from '../config/place.js';
import { targetAt } from '../config/place.js';
import type { LiveNames } from './grammar/complete.js';

/** Names as seen from a place: `peer-link` means the links of the peer that the place is in. */
export function liveNames(config: Config, place: Place, configSessions: () => string[]): LiveNames {
  return (source) => {
    if (source === 'config-session') return configSessions();
    const tap = config.interface;
    if (tap === null) return [];
    switch (source) {
      case 'interface':
        return [tap.name];
      case 'peer':
        return [...tap.peers.keys()].sort();
      case 'local-link':
        return numbers(tap.localLinks);
      case 'peer-link': {
        const peer = targetAt(
          config,
          place.filter(({ mode }) => mode !== 'peer-link'),
        );
        return peer?.mode === 'peer' ? numbers(peer.part.links) : [];
      }
    }
  };
}

function numbers(map: ReadonlyMap<number, unknown>): string[] {
  return [...map.keys()].sort((a, b) => a - b).map(String);
}
