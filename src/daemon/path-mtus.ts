/** What is told of path MTUs: the log line of a change, and what `mtu auto` has to fit. */
import type { Config } from '../config/model.js';
import { LINK, linkBlock } from '../core/counters.js';
import { UP } from '../core/link/health.js';
import type { PathReport } from '../core/path-mtu/discovery.js';
import { PATH_CONFIRMED } from '../core/path-mtu/search.js';
import type { FieldsOf } from '../log/events.js';

export interface PathEvent {
  event: 'path-mtu' | 'path-black-hole';
  level: 'info' | 'warning';
  fields: FieldsOf<'path-mtu'>;
}

/** One line: a warning where large datagrams vanish on the way. */
export function pathEvent(report: PathReport, nameOf: (peer: number) => string): PathEvent {
  const { peer, link, mtu, before, blackHole, tookMs } = report;
  const fields = {
    peer: nameOf(peer),
    link,
    mtu,
    ...(before === 0 ? {} : { before }),
    ms: Math.round(tookMs),
    ...(blackHole ? { advice: 'larger packets vanish on the way; the link is used for smaller ones' } : {}),
  };
  return { event: blackHole ? 'path-black-hole' : 'path-mtu', level: blackHole ? 'warning' : 'info', fields };
}

/**
 * The largest datagram, bytes of UDP payload, that is known to pass on every link of every peer that is up; null when
 * nothing is known of any.
 */
export function leastDatagram(
  config: Config,
  counters: Float64Array,
  indexOf: (peer: string) => number | null,
): number | null {
  let least = Number.POSITIVE_INFINITY;
  for (const peer of config.interface?.peers.values() ?? []) {
    const index = indexOf(peer.name);
    if (index === null) continue;
    for (const [id, link] of peer.links) {
      const block = linkBlock(index, id);
      const known = counters[block + LINK.pathState] === PATH_CONFIRMED && (counters[block + LINK.state] ?? 0) >= UP;
      if (link.shutdown || !known) continue;
      const headers = config.interface?.localLinks.get(id)?.address.includes(':') ? 48 : 28;
      least = Math.min(least, (counters[block + LINK.pathMtu] ?? 0) - headers);
    }
  }
  return least === Number.POSITIVE_INFINITY ? null : least;
}
