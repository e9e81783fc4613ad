/** One link to one peer: its settings, health, loss, and its block of counters. */
import { LINK, linkBlock } from '../counters.js';
import { PathMtu } from '../path-mtu/search.js';
import { CAUSES, type Cause, type HealthTimers, LinkHealth } from './health.js';
import { LossEstimator } from './loss.js';
import { Pace } from './pace.js';

export interface LinkSettings extends HealthTimers {
  /** The address follows the peer's newest authenticated heartbeat. */
  dynamic: boolean;
  /** 0 to 255, higher wins under policy passive. */
  priority: number;
  /** 1 to 255, share of the traffic under policy round-robin. */
  weight: number;
  /** Largest IP packet in bytes, or 0 for what the local device says. */
  mtu: number;
}

export class Link {
  readonly health: LinkHealth;
  readonly path: PathMtu;
  /** Loss toward the peer, and from it. */
  readonly lossTx = new LossEstimator();
  readonly lossRx = new LossEstimator();
  /** Where this link's counters begin. */
  readonly block: number;
  /** Highest counter of a heartbeat on this link under the present keys: what `newest` means for roaming. */
  newestHeartbeat = -1;
  /** What it carries, and what waits on it. */
  readonly pace = new Pace();
  /** Under round-robin: bytes sent divided by the pull of that time; its share beside others; whether that is measured. */
  turn = 0;
  pull: number;
  measured = false;
  /** Bytes of data sent when shares were worked out last. */
  sharedThen = 0;
  /** Datagrams sent when losses were counted last. */
  sentThen = 0;
  /** Datagrams that it lost, and that were sent again over another link, since then. */
  repaired = 0;
  /** The path MTU that was told last; 0: none. */
  toldMtu = 0;

  constructor(
    peer: number,
    readonly id: number,
    public settings: LinkSettings,
    private readonly counters: Float64Array,
    now: number,
  ) {
    this.block = linkBlock(peer, id);
    this.pull = settings.weight;
    counters.fill(0, this.block, this.block + Object.keys(LINK).length);
    counters[this.block + LINK.srtt] = -1;
    counters[this.block + LINK.lossTx] = -1;
    counters[this.block + LINK.lossRx] = -1;
    counters[this.block + LINK.share] = -1;
    counters[this.block + LINK.changedAt] = now;
    this.health = new LinkHealth(settings, now);
    this.path = new PathMtu(this.health.rtt);
  }

  /** Puts state and cause into the shared counters after a change. */
  published(cause: Cause, now: number): void {
    const { counters, block } = this;
    counters[block + LINK.state] = this.health.state;
    counters[block + LINK.changedAt] = now;
    if (cause !== 'none') {
      counters[block + LINK.downCause] = CAUSES.indexOf(cause);
      counters[block + LINK.downs]! += 1;
    }
  }

  publishShare(share: number): void {
    this.counters[this.block + LINK.share] = share;
  }

  /** Puts the estimates into the shared counters. */
  publishEstimates(): void {
    const { counters, block } = this;
    counters[block + LINK.srtt] = this.health.rtt.srtt;
    counters[block + LINK.rttvar] = this.health.rtt.rttvar;
    counters[block + LINK.lossTx] = this.lossTx.loss;
    counters[block + LINK.lossRx] = this.lossRx.loss;
    counters[block + LINK.capacity] = this.pace.capacity;
    counters[block + LINK.longer] = this.health.lateness.longer ? 1 : 0;
  }
}
