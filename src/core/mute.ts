/**
 * A link of one peer that a drill has taken out of use as a silent cut would: the kernel seems to take what is sent
 * on it, what the peer sends on it never comes, and nothing here shows it. One link at a time, and never for longer
 * than was said: it comes back by itself even if nobody lifts it.
 */
import type { Arena } from './arena.js';
import { peerAddress } from './layout.js';
import type { KeyPair } from './session/key-ring.js';
import type { TxBatch } from './tx-batch.js';
import { MAX_RUNS } from './tx-batch.js';
import { isSameEndpoint } from './wire/address.js';
import { TYPE_TRANSPORT } from './wire/transport.js';

export class Mute {
  /** Bit of the link, or 0: none is muted. What the data path asks, once a batch. */
  links = 0;
  private peer = -1;
  private link = -1;
  private until = 0;
  /** Links that runs of the batch at hand lost. */
  private readonly hidden = new Int32Array(MAX_RUNS);

  constructor(
    private readonly arena: Arena,
    private readonly byIndex: ReadonlyMap<number, KeyPair>,
  ) {}

  /** From now on, instead of any other. */
  begin(peer: number, link: number, until: number): void {
    this.peer = peer;
    this.link = link;
    this.until = until;
    this.links = 1 << link;
  }

  /** The link carries again, if it is the one. */
  lift(peer: number, link: number): void {
    if (peer === this.peer && link === this.link) this.links = 0;
  }

  /** Takes the link out of the runs of a batch; `show` puts it back, for they count as sent. Returns the datagrams. */
  hide(batch: TxBatch, now: number): number {
    if (now >= this.until) this.links = 0;
    let datagrams = 0;
    for (let run = 0; run < batch.count; run++) {
      const hidden = this.isTo(batch, run) ? batch.mask[run]! & this.links : 0;
      this.hidden[run] = hidden;
      if (hidden === 0) continue;
      batch.mask[run]! &= ~hidden;
      datagrams += batch.segments[run]!;
    }
    return datagrams;
  }

  show(batch: TxBatch): void {
    for (let run = 0; run < batch.count; run++) batch.mask[run]! |= this.hidden[run]!;
  }

  /** Whether what came in at `at`, from the address record at `addressOff`, is from the peer. One message has one sender. */
  drops(at: number, length: number, addressOff: number, now: number): boolean {
    if (now >= this.until) {
      this.links = 0;
      return false;
    }
    const { view, bytes } = this.arena;
    // By its session, for an address may have moved; a handshake has none.
    if (length >= 8 && bytes[at]! === TYPE_TRANSPORT)
      return this.byIndex.get(view.getInt32(at + 4, true))?.peer === this.peer;
    return isSameEndpoint(bytes, peerAddress(this.peer, this.link), addressOff);
  }

  /** Handshakes go to an address, not to a peer. */
  private isTo(batch: TxBatch, run: number): boolean {
    const to = batch.peer[run]!;
    if (to >= 0) return to === this.peer;
    return isSameEndpoint(this.arena.bytes, peerAddress(this.peer, this.link), batch.addressOff[run]!);
  }
}
