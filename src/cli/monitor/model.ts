/** What the live screen knows: the newest snapshot, and the rates of the time before it. */
import type { LinkStatus, PeerStatus } from '../../control/engine.js';
import type { Snapshot } from '../../control/snapshot.js';

/** Samples that are kept of each rate: more than a screen is wide. */
const MOST_SAMPLES = 240;

/** Bits per second toward the peer and from it, oldest first; at most MOST_SAMPLES. */
export interface Rates {
  readonly out: readonly number[];
  readonly in: readonly number[];
}

interface Track {
  out: number[];
  in: number[];
  txBytes: number;
  rxBytes: number;
}

const NONE: Rates = { out: [], in: [] };

/** A peer of the screen with its links, in order. */
export interface PeerRow {
  readonly peer: PeerStatus;
  readonly rates: Rates;
  readonly links: readonly { readonly link: LinkStatus; readonly rates: Rates }[];
}

export class MonitorModel {
  snapshot: Snapshot | null = null;
  /** By peer and link; bounded by the links of the snapshot. */
  private tracks = new Map<string, Track>();

  /** Takes the newest snapshot; one of another daemon begins anew. */
  update(next: Snapshot): void {
    const before = this.snapshot;
    const goesOn = before !== null && before.pid === next.pid && next.at > before.at;
    const seconds = goesOn ? (next.at - before.at) / 1000 : 0;
    const known = goesOn ? this.tracks : new Map<string, Track>();
    this.tracks = new Map(next.links.map((link) => [keyOf(link), track(known.get(keyOf(link)), link, seconds)]));
    this.snapshot = next;
  }

  /** Peers in the order of the configuration; a peer's rates are the sum of its links'. */
  rows(): PeerRow[] {
    const { peers = [], links = [] } = this.snapshot ?? {};
    return peers.map((peer) => {
      const own = links
        .filter((link) => link.peer === peer.peer)
        .sort((a, b) => a.link - b.link)
        .map((link) => ({ link, rates: this.tracks.get(keyOf(link)) ?? NONE }));
      return { peer, rates: sum(own.map(({ rates }) => rates)), links: own };
    });
  }
}

function keyOf({ peer, link }: LinkStatus): string {
  return `${peer} ${link}`;
}

function track(known: Track | undefined, { txBytes, rxBytes }: LinkStatus, seconds: number): Track {
  if (known === undefined) return { out: [], in: [], txBytes, rxBytes };
  const rate = (now: number, then: number): number => Math.max(0, ((now - then) * 8) / seconds);
  const out = [...known.out, rate(txBytes, known.txBytes)].slice(-MOST_SAMPLES);
  return { out, in: [...known.in, rate(rxBytes, known.rxBytes)].slice(-MOST_SAMPLES), txBytes, rxBytes };
}

/** Samples of the same time are added; a link that is newer has fewer. */
function sum(all: readonly Rates[]): Rates {
  const add = (of: (rates: Rates) => readonly number[]): number[] => {
    const length = Math.max(0, ...all.map((rates) => of(rates).length));
    return Array.from({ length }, (_, i) =>
      all.reduce((total, rates) => total + (of(rates)[of(rates).length - length + i] ?? 0), 0),
    );
  };
  return { out: add((rates) => rates.out), in: add((rates) => rates.in) };
}
