/** One peer as the data path knows it: keys, links, and which of them carry. */
import { PEER, peerBlock } from './counters.js';
import { PeerAcks } from './failover/acks.js';
import { LINKS } from './limits.js';
import { choose } from './link/choice.js';
import { PROBING, SUSPECT, UP } from './link/health.js';
import type { Link } from './link/link.js';
import type { Policy } from './link/policy.js';
import { Spread } from './link/spread.js';
import { Order } from './resequence/order.js';
import type { KeyRing } from './session/key-ring.js';
import type { Guard } from './switch/guard.js';

/** Bytes that are kept of what was sent to a peer, where nothing else is said. */
export const DEFAULT_BUFFER = 16 << 20;

export class Peer {
  readonly links: (Link | null)[] = new Array<Link | null>(LINKS).fill(null);
  /** Where this peer's counters begin. */
  readonly block: number;
  /** Links that may carry: those that are up, or, when none is, those that are probing. */
  usable = 0;
  /** Those of them that are suspect, and all that are probing. */
  suspects = 0;
  probing = 0;
  /** When one became suspect last, and links that have not shown since then that they carry. */
  suspectedAt = Number.NEGATIVE_INFINITY;
  unproved = 0;
  /** Largest plaintext of one datagram that fits every usable link. */
  capacity = 0;
  /** Highest counter of a heartbeat under the present keys: the newest word on what is down. */
  newestMask = -1;
  /** What we owe it of acknowledgements. */
  readonly acks = new PeerAcks();
  /** Whether the peer acknowledges data, and whether it wants us to. */
  speaksAcks = false;
  wantsAcks = false;
  /** How its links share what is sent to it, under round-robin. */
  readonly spread = new Spread();
  /** The order of what it spreads over its links; null: it does not. */
  order: Order | null = null;
  /** Whether it answers path MTU probes. */
  answersProbes = false;
  /** What is sent to it is kept until it is acknowledged. */
  keeps = false;
  /** Most bytes that may be kept; 0: nothing is. */
  buffer = DEFAULT_BUFFER;
  private linkCount = 0;
  /** How many datagrams that sound links lost may be sent again, and what had been sent when that was worked out. */
  repairs = 0;
  sentThen = 0;
  /** Which addresses and VLANs it may use; null: any. */
  guard: Guard | null = null;
  /** Id of the next frame that goes out in fragments. */
  frameId = 0;
  /** Frames that wait for a session with it, and when the first that found it away came; negative: none did. */
  waiting = 0;
  awaySince = -1;

  constructor(
    readonly index: number,
    readonly hostId: number,
    public policy: Policy,
    readonly keys: KeyRing,
    counters: Float64Array,
  ) {
    this.block = peerBlock(index);
    counters.fill(0, this.block, this.block + Object.keys(PEER).length);
  }

  /**
   * Works out `usable` and `capacity` anew after a link's state changed.
   * @param capacityOf largest plaintext of one datagram on a link.
   */
  recompute(capacityOf: (link: Link) => number): void {
    let up = 0;
    let probing = 0;
    let suspects = 0;
    this.linkCount = 0;
    for (const link of this.links) {
      if (link === null) continue;
      this.linkCount += 1;
      if (link.health.state === UP || link.health.state === SUSPECT) up |= 1 << link.id;
      if (link.health.state === SUSPECT) suspects |= 1 << link.id;
      else if (link.health.state === PROBING) probing |= 1 << link.id;
    }
    this.agree(this.speaksAcks, this.wantsAcks);
    this.usable = up !== 0 ? up : probing;
    if (this.usable !== 0 && this.waiting === 0) this.awaySince = -1;
    this.suspects = suspects;
    this.probing = probing;
    this.capacity = 0;
    for (const link of this.links) {
      if (link === null || (this.usable & (1 << link.id)) === 0) continue;
      const capacity = capacityOf(link);
      if (this.capacity === 0 || capacity < this.capacity) this.capacity = capacity;
    }
  }

  /**
   * Links for the next run of datagrams. Beside a suspect link the next best carries the same: one that is
   * not in doubt, else one that is probing, else another suspect one. Never more than three.
   */
  // HOT PATH
  choose(now: number): number {
    const sound = this.usable & ~this.suspects;
    // Beside others, what a suspect link should have carried would be too much for them where all are full: they carry it instead.
    if (this.policy === 'round-robin' && sound !== 0) return choose(this.policy, this.links, sound, now);
    const chosen = choose(this.policy, this.links, this.usable, now);
    if ((chosen & this.suspects) === 0 || this.policy === 'active') return chosen;
    const refuge = this.refuge(now);
    if (refuge === 0) return chosen | choose(this.policy, this.links, this.usable & ~chosen, now);
    // Links often fail together: until the next best has shown that it carries, one more stands beside it.
    const beside = (refuge & this.unproved) === 0 ? 0 : choose(this.policy, this.links, sound & ~refuge, now);
    return chosen | refuge | beside;
  }

  /** A link became suspect: which of the others carry is to be shown anew. */
  doubted(now: number): void {
    this.suspectedAt = now;
    this.unproved = this.usable & ~this.suspects;
  }

  /** A link answered a ping that was sent at `sentAt`. */
  proved(id: number, sentAt: number): void {
    if (sentAt >= this.suspectedAt) this.unproved &= ~(1 << id);
  }

  /**
   * Milliseconds that an answer takes over the fastest sound link but one. Infinity: there is none, or what a link
   * carries late makes no gap under this policy.
   */
  tripBeside(id: number, now: number): number {
    let least = Number.POSITIVE_INFINITY;
    if (this.policy !== 'passive') return least;
    const others = this.usable & ~this.suspects & ~(1 << id);
    for (const link of this.links) {
      if (link !== null && (others & (1 << link.id)) !== 0) least = Math.min(least, link.health.trip(now));
    }
    return least;
  }

  /** The best link to send over what others may have lost: one that is up and not suspect, else one that is probing. */
  // HOT PATH
  refuge(now: number): number {
    const sound = this.usable & ~this.suspects;
    const policy = this.policy === 'active' ? 'passive' : this.policy;
    return choose(policy, this.links, sound !== 0 ? sound : this.probing, now);
  }

  /** Whether no link but this one is up and sound. */
  needs(id: number): boolean {
    return this.usable === this.probing || (this.usable & ~this.suspects & ~(1 << id)) === 0;
  }

  /** Whether we want the peer to acknowledge data, so that it can be sent again on another link. */
  get asksForAcks(): boolean {
    return this.policy !== 'active' && this.linkCount > 1 && this.buffer > 0;
  }

  /** What the peer does about acknowledgements, or our own settings, have changed. */
  agree(speaks: boolean, wants: boolean): void {
    this.speaksAcks = speaks;
    this.wantsAcks = wants;
    this.keeps = speaks && this.asksForAcks;
    this.spread.begin(this.links, this.keeps);
  }

  /** Whether what we send goes now over this link and now over that: the peer should put it in order. */
  get spreads(): boolean {
    return this.policy === 'round-robin' && this.linkCount > 1;
  }

  /** The peer says whether it spreads what it sends. What still waits when it ends is let go. */
  setSpreads(spreads: boolean): void {
    if (spreads) this.order ??= new Order();
    if (this.order !== null) this.order.spreads = spreads;
  }

  /** Bit for each link that we hold for down after a verdict; the peer is told. */
  downMask(): number {
    let mask = 0;
    for (const link of this.links) if (link?.health.condemned) mask |= 1 << link.id;
    return mask;
  }
}
