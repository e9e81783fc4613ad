/**
 * What every batch goes through on its way to the kernel, data, heartbeats and probes alike: links that can't send
 * are brought down, what they should have carried goes over others, and what became of each run is counted.
 */
import { LANE, LINK } from './counters.js';
import { LINKS } from './limits.js';
import type { Cause } from './link/health.js';
import type { Link } from './link/link.js';
import type { Peer } from './peer.js';
import type { LaneState } from './state.js';
import type { TxBatch } from './tx-batch.js';
import { PROBE_SIZE } from './wire/probe.js';
import { SEAL_OVERHEAD } from './wire/transport.js';

const SMALLEST_PROBE = PROBE_SIZE + SEAL_OVERHEAD;

/** What becomes of a link that can't send: implemented by the heartbeats. */
export interface FaultSink {
  linkFailed(peer: Peer, link: number, cause: Cause, now: number): void;
  /** The kernel finds datagrams of `length` bytes too large for a link's device. */
  tooLarge(peer: Peer, link: number, length: number, now: number): void;
  /** A path MTU probe did not go out, for its socket has no room. */
  probeUnsent(peer: Peer, link: number, now: number): void;
  /** Something about the link has its time now. */
  schedule(peer: Peer, link: Link): void;
  /** What goes over several links is no proof of any: it must be looked whether it has come. */
  watch(peer: Peer, now: number): void;
}

export class Dispatcher {
  constructor(
    private readonly state: LaneState,
    private readonly faults: FaultSink,
  ) {}

  /**
   * Hands a batch to the kernel and empties it. A link that can't send is brought down at once, and
   * what it should have carried goes over the next best link: the sealed bytes are the same.
   */
  // HOT PATH
  flush(batch: TxBatch, now: number): void {
    if (batch.count === 0) return;
    this.transmit(batch, now);
    this.book(batch, now);
    // Each round brings down at least one link, so there are at most as many rounds as links.
    for (let round = 0; batch.anyFailed && round < LINKS; round++) {
      this.reroute(batch, now);
      this.transmit(batch, now);
      this.book(batch, now);
    }
    batch.reset();
  }

  // HOT PATH
  private transmit(batch: TxBatch, now: number): void {
    const { mute, sink, counters } = this.state;
    if (mute.links === 0) return sink.transmit(batch);
    counters[LANE.txMuted]! += mute.hide(batch, now);
    sink.transmit(batch);
    mute.show(batch);
  }

  private reroute(batch: TxBatch, now: number): void {
    batch.anyFailed = false;
    for (let run = 0; run < batch.count; run++) {
      const failed = batch.failed[run]!;
      const mask = batch.mask[run]!;
      batch.failed[run] = 0;
      batch.refused[run] = 0;
      batch.mask[run] = 0;
      const peer = batch.peer[run]! < 0 ? null : this.state.peers[batch.peer[run]!]!;
      if (failed === 0 || peer === null) continue;
      for (let link = 0; link < LINKS; link++) {
        if ((failed & (1 << link)) !== 0) this.faults.linkFailed(peer, link, batch.causeOf(run), now);
      }
      // Heartbeats belong to their link; data goes elsewhere, unless another link carried it already.
      if (batch.control || (mask & ~failed) !== 0) continue;
      if (batch.record[run]! >= 0) this.state.ring.failed(batch.record[run]!, failed);
      batch.mask[run] = peer.choose(now);
      if (batch.mask[run] !== 0) this.state.counters[LANE.txRerouted]! += batch.segments[run]!;
      else this.state.counters[LANE.txSendError]! += batch.segments[run]!;
    }
  }

  /** Notes how a run that is kept has gone, and from when on its link owes an acknowledgement. */
  // HOT PATH
  private keep(peer: Peer, batch: TxBatch, run: number, taken: number, now: number): void {
    const { ring } = this.state;
    const links = ring.sent(batch.record[run]!, taken, batch.refused[run]!, batch.segments[run]!, now);
    if (taken === 0) return;
    if ((links & (links - 1)) !== 0) return this.faults.watch(peer, now);
    const link = peer.links[31 - Math.clz32(links)]!;
    if (link?.health.suspicion.sent(now)) this.faults.schedule(peer, link);
  }

  /** Probes are counted by themselves: that they get lost says nothing of a link. */
  private bookProbe(peer: Peer, link: Link, batch: TxBatch, run: number, now: number): void {
    const bit = 1 << link.id;
    if (batch.segment[run]! === SMALLEST_PROBE || (batch.oversize[run]! & bit) !== 0) return;
    if ((batch.refused[run]! & bit) !== 0) this.faults.probeUnsent(peer, link.id, now);
    else this.state.counters[link.block + LINK.probesTx]! += 1;
  }

  /** Counts what the kernel took, and what the socket of a link had no room for. */
  // HOT PATH
  private book(batch: TxBatch, now: number): void {
    const { counters, ring } = this.state;
    ring.bookAnew();
    for (let run = 0; run < batch.count; run++) {
      if (batch.peer[run]! < 0) continue;
      const refused = batch.refused[run]!;
      const taken = batch.mask[run]! & ~(batch.failed[run]! | refused);
      if ((taken | refused) === 0) continue;
      const peer = this.state.peers[batch.peer[run]!]!;
      if (peer === null) continue;
      if (batch.record[run]! >= 0) this.keep(peer, batch, run, taken, now);
      for (let id = 0; id < LINKS; id++) {
        const link = peer.links[id]!;
        if (link === null || ((taken | refused) & (1 << id)) === 0) continue;
        if ((batch.oversize[run]! & (1 << id)) !== 0) {
          counters[LANE.txTooLarge]! += batch.segments[run]!;
          this.faults.tooLarge(peer, id, batch.segment[run]!, now);
        }
        if (batch.probes) {
          this.bookProbe(peer, link, batch, run, now);
          continue;
        }
        if ((refused & (1 << id)) !== 0) {
          counters[link.block + LINK.queueDrops]! += batch.segments[run]!;
          counters[LANE.txQueueFull]! += batch.segments[run]!;
          continue;
        }
        counters[link.block + LINK.txDatagrams]! += batch.segments[run]!;
        counters[link.block + LINK.txBytes]! += batch.length[run]!;
      }
    }
  }
}
