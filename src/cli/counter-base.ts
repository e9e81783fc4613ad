/**
 * What `clear counters` does: counters are shown from then on less what they were. The daemon's own go on counting,
 * for metrics that must never go back; every shell of the daemon sees the same.
 */
import type { Engine, InterfaceStatus, LinkStatus, PeerStatus } from '../control/engine.js';
import { INTERFACE_KINDS } from './show/interface.js';
import { countsOf } from './show/kinds.js';
import { LINK_KINDS } from './show/links.js';
import { PEER_KINDS } from './show/peers.js';

const INTERFACE = countsOf(INTERFACE_KINDS);
const LOCAL_LINK = ['receiveDrops'] as const;
const PEER = countsOf(PEER_KINDS);
const LINK = countsOf(LINK_KINDS);

interface Snapshot {
  readonly tap: InterfaceStatus | null;
  readonly peers: ReadonlyMap<string, PeerStatus>;
  readonly links: ReadonlyMap<string, LinkStatus>;
  readonly counters: Readonly<Record<string, number>>;
}

export class CounterBase {
  /** Null until counters were cleared. Bounded by the peers and links of the configuration at that time. */
  #base: Snapshot | null = null;

  /** From now on everything begins with zero. */
  async clear(engine: Engine): Promise<void> {
    this.#base = {
      tap: engine.interface(),
      peers: new Map(engine.peers().map((peer) => [peer.peer, peer])),
      links: new Map((await engine.links()).map((link) => [nameOf(link), link])),
      counters: engine.counters(),
    };
  }

  interface(status: InterfaceStatus | null): InterfaceStatus | null {
    const base = this.#base?.tap;
    if (status === null || base === undefined || base?.name !== status.name) return status;
    const localLinks = status.localLinks.map((local) =>
      less(
        local,
        base.localLinks.find(({ link }) => link === local.link),
        LOCAL_LINK,
      ),
    );
    return { ...less(status, base, INTERFACE), localLinks };
  }

  peers(rows: PeerStatus[]): PeerStatus[] {
    return rows.map((row) => less(row, this.#base?.peers.get(row.peer), PEER));
  }

  links(rows: LinkStatus[]): LinkStatus[] {
    return rows.map((row) => less(row, this.#base?.links.get(nameOf(row)), LINK));
  }

  counters(all: Record<string, number>): Record<string, number> {
    const base = this.#base?.counters;
    return base === undefined ? all : less(all, base, Object.keys(all));
  }
}

function nameOf({ peer, link }: LinkStatus): string {
  return `${peer} ${link}`;
}

/** What is less than it was began anew since: a peer or interface that was made again. Then it counts as it is. */
function less<T extends object>(row: T, base: Partial<T> | undefined, fields: readonly (keyof T)[]): T {
  if (base === undefined) return row;
  const differences = fields.map((field) => {
    const [now, then] = [row[field] as number, (base[field] ?? 0) as number];
    return [field, now >= then ? now - then : now] as const;
  });
  return { ...row, ...Object.fromEntries(differences) };
}
