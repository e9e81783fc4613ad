/**
 * The last minutes of every link, for the plots of the status page: a page that is opened after an event still shows
 * it. Samples are taken at fixed intervals of what `show links` tells. Bounded: SAMPLES of 17 bytes for each link of
 * the configuration, with what holds them some 4 MB for 250 peers with 8 links each.
 */
import type { LinkState, LinkStatus } from '../control/engine.js';
import type { Moment } from '../control/snapshot.js';
import { STATES } from '../metrics/links.js';
import { rounded } from './body.js';

/** Milliseconds between two samples, and how many are kept: five minutes. */
export const SAMPLE_INTERVAL = 5000;
export const SAMPLES = 61;

/** Most peers in one answer; a page that shows more of them open asks again. */
const MOST_PEERS = 32;

/** A sample before there was one. */
const NOTHING = 255;

class Track {
  /** Worst state since the sample before, as a place in STATES. */
  readonly state = new Uint8Array(SAMPLES).fill(NOTHING);
  /** Milliseconds; NaN: not known. */
  readonly rttMs = new Float32Array(SAMPLES).fill(Number.NaN);
  /** Share of datagrams lost, the worse of both directions; NaN: not known. */
  readonly loss = new Float32Array(SAMPLES).fill(Number.NaN);
  /** Bits a second since the sample before. */
  readonly out = new Float32Array(SAMPLES).fill(Number.NaN);
  readonly in = new Float32Array(SAMPLES).fill(Number.NaN);
  txBytes = 0;
  rxBytes = 0;
  downs = 0;
  suspicions = 0;
  /** As JSON, until the next sample. */
  text: string | null = null;
}

export class History {
  /** By peer, then by link: those of the newest sample. */
  #peers = new Map<string, Map<number, Track>>();
  /** Place of the next sample; when each was taken, by the daemon's clock. */
  #next = 0;
  #last = Number.NaN;
  readonly #at = new Float64Array(SAMPLES).fill(Number.NaN);

  /** Takes a sample. */
  add({ at, links }: Pick<Moment, 'at' | 'links'>): void {
    const known = this.#peers;
    const seconds = (at - this.#last) / 1000;
    const place = this.#next;
    this.#peers = new Map();
    for (const link of links) {
      const before = known.get(link.peer)?.get(link.link);
      const track = before ?? new Track();
      write(track, place, link, before === undefined ? Number.NaN : seconds);
      const tracks = this.#peers.get(link.peer) ?? new Map<number, Track>();
      this.#peers.set(link.peer, tracks.set(link.link, track));
    }
    this.#at[place] = at;
    this.#last = at;
    this.#next = (place + 1) % SAMPLES;
  }

  /**
   * JSON of the samples of these peers, oldest first; `state` has a digit for each, its place in `states`, or `-`.
   * Names that are not those of peers are passed over.
   */
  body(peers: readonly string[], pid: number): string {
    const links = [...new Set(peers)].slice(0, MOST_PEERS).flatMap((peer) =>
      [...(this.#peers.get(peer) ?? [])].map(([link, track]) => {
        track.text ??= this.#text(peer, link, track);
        return track.text;
      }),
    );
    const head = { pid, spanMs: SAMPLE_INTERVAL * (SAMPLES - 1), states: STATES, at: this.#inOrder(this.#at) };
    return `${JSON.stringify(head).slice(0, -1)},"links":[${links.join(',')}]}`;
  }

  #text(peer: string, link: number, { state, rttMs, loss, out, in: incoming }: Track): string {
    const digits = this.#places().map((place) => (state[place] === NOTHING ? '-' : String(state[place])));
    return JSON.stringify({
      peer,
      link,
      state: digits.join(''),
      rttMs: this.#inOrder(rttMs),
      loss: this.#inOrder(loss),
      out: this.#inOrder(out).map((rate) => (rate === null ? null : Math.round(rate))),
      in: this.#inOrder(incoming).map((rate) => (rate === null ? null : Math.round(rate))),
    });
  }

  #inOrder(values: Float32Array | Float64Array): (number | null)[] {
    return this.#places().map((place) => {
      const value = values[place] as number;
      return Number.isNaN(value) ? null : (rounded(value) as number);
    });
  }

  /** Places of all samples that were taken, oldest first. */
  #places(): number[] {
    const all = Array.from({ length: SAMPLES }, (_, i) => (this.#next + i) % SAMPLES);
    return all.filter((place) => !Number.isNaN(this.#at[place]));
  }
}

/** @param seconds since the sample before; NaN: there was none */
function write(track: Track, place: number, link: LinkStatus, seconds: number): void {
  const carries = link.state === 'up' || link.state === 'suspect';
  const isFirst = Number.isNaN(seconds);
  track.state[place] = STATES.indexOf(isFirst ? link.state : worstOf(track, link));
  track.rttMs[place] = carries ? (link.rttMs ?? Number.NaN) : Number.NaN;
  const losses = [link.lossTx, link.lossRx].filter((share) => share !== null);
  track.loss[place] = carries && losses.length > 0 ? Math.max(...losses) : Number.NaN;
  track.out[place] = Math.max(0, ((link.txBytes - track.txBytes) * 8) / seconds);
  track.in[place] = Math.max(0, ((link.rxBytes - track.rxBytes) * 8) / seconds);
  track.txBytes = link.txBytes;
  track.rxBytes = link.rxBytes;
  track.downs = link.downs;
  track.suspicions = link.suspicions;
  track.text = null;
}

/** What happened between two samples counts, too. */
function worstOf(track: Track, { state, downs, suspicions }: LinkStatus): LinkState {
  if (downs > track.downs && state !== 'disabled') return 'down';
  return state === 'up' && suspicions > track.suspicions ? 'suspect' : state;
}
