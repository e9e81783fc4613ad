/**
 * Which handshake datagrams go from the lane to the handshakes at all: before anything is known of their
 * content, by where they come from. Beyond this gate a datagram costs a copy and a hash at least.
 *
 * Who comes from the endpoint of a configured peer's link has a budget of its own there; all others share
 * one. So a flood of strangers, with forged addresses too, keeps no configured peer out, and a flood in the
 * name of one peer on one link spoils neither other peers nor other links.
 *
 * Bounds: a fixed number of buckets; the table of endpoints has a place for each link of each peer. A datagram
 * that is dropped allocates nothing.
 */
import { LINKS, MAX_PEERS } from '../limits.js';
import { isKnownAddress, isSameEndpoint } from '../wire/address.js';
import { SourceHash } from './source-hash.js';
import { TokenBuckets } from './token-buckets.js';

/** Datagrams a second, and at once, from the endpoint of one link of one peer … */
const ENDPOINT_RATE = 10;
const ENDPOINT_BURST = 20;
/** … from all such endpoints of one local link … */
const KNOWN_RATE = 1000;
const KNOWN_BURST = 250;
/** … from one other address … */
const SOURCE_RATE = 20;
const SOURCE_BURST = 20;
const SOURCES = 4096;
/** … from all others on one local link, and on all of them. */
const STRANGER_LINK_RATE = 150;
const STRANGER_RATE = 300;
const STRANGER_BURST = 30;

/** Places of the endpoint table, a power of two: at most half of them are taken. */
const PLACES = 2 * MAX_PEERS * LINKS;
/** Most places that one search looks at; an endpoint that would lie beyond counts as a stranger's. */
const MAX_PROBE = 64;
/** Milliseconds between two rounds of looking up all endpoints, which follow heartbeats and so may change often. */
const REBUILD_INTERVAL = 100;

/** What the gate needs of a peer. */
interface Member {
  readonly index: number;
  readonly links: readonly (object | null)[];
}

export class HandshakeGate {
  private readonly hash: SourceHash;
  private readonly endpoints = new TokenBuckets(MAX_PEERS * LINKS, ENDPOINT_RATE, ENDPOINT_BURST);
  private readonly known = new TokenBuckets(LINKS, KNOWN_RATE, KNOWN_BURST);
  private readonly sources = new TokenBuckets(SOURCES, SOURCE_RATE, SOURCE_BURST);
  private readonly strangersOf = new TokenBuckets(LINKS, STRANGER_LINK_RATE, STRANGER_BURST);
  private readonly strangers = new TokenBuckets(1, STRANGER_RATE, STRANGER_BURST);
  /** Peer * LINKS + link by the endpoint's hash, -1 for a free place. */
  private readonly table = new Int32Array(PLACES).fill(-1);
  private stale = false;
  private builtAt = Number.NEGATIVE_INFINITY;

  /**
   * @param bytes where the address records lie
   * @param recordOf offset of the address record of a peer's link
   * @param seed a secret random u32
   */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly recordOf: (peer: number, link: number) => number,
    seed: number,
  ) {
    this.hash = new SourceHash(seed);
  }

  /** To be called when links of peers come, go, or have another endpoint. */
  endpointsChanged(): void {
    this.stale = true;
  }

  /** Whether a datagram that came on `link` from the record at `addressOff` may pass now. */
  // HOT PATH
  passes(link: number, addressOff: number, members: readonly Member[], now: number): boolean {
    if (this.stale && now - this.builtAt >= REBUILD_INTERVAL) this.rebuild(members, now);
    const place = this.find(link, addressOff);
    const endpoint = place < 0 ? -1 : this.table[place]!;
    if (endpoint >= 0) return this.endpoints.take(endpoint, now) && this.known.take(link, now);
    const source = this.hash.source(this.bytes, addressOff) % SOURCES;
    return this.sources.take(source, now) && this.strangersOf.take(link, now) && this.strangers.take(0, now);
  }

  /** The place of an endpoint, or the free one where it belongs; -1 when there is neither. */
  // HOT PATH
  private find(link: number, addressOff: number): number {
    const home = this.hash.endpoint(link, this.bytes, addressOff);
    for (let probe = 0; probe < MAX_PROBE; probe++) {
      const place = (home + probe) & (PLACES - 1);
      const entry = this.table[place]!;
      if (entry < 0) return place;
      const record = this.recordOf(Math.floor(entry / LINKS), entry % LINKS);
      if (entry % LINKS === link && isSameEndpoint(this.bytes, record, addressOff)) return place;
    }
    return -1;
  }

  private rebuild(members: readonly Member[], now: number): void {
    this.stale = false;
    this.builtAt = now;
    this.table.fill(-1);
    for (const { index, links } of members) {
      for (let link = 0; link < LINKS; link++) {
        const record = this.recordOf(index, link);
        if (links[link] === null || !isKnownAddress(this.bytes, record)) continue;
        const place = this.find(link, record);
        if (place >= 0 && this.table[place]! < 0) this.table[place] = index * LINKS + link;
      }
    }
  }
}
