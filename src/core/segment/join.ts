/**
 * Joins neighbouring frames of one flow into a super-frame again, so that the kernel takes them with one
 * write and its TCP or UDP sees them as one. Which belong together is the train's business (train.ts);
 * here they become rows of pieces: payload stays where it was received.
 *
 * One train is open at a time. Senders hand us super-frames, so the segments of a flow arrive side by
 * side; and the order of frames is kept as it is.
 */
import type { Arena } from '../arena.js';
import type { FrameBatch } from '../frame-batch.js';
import { innerToVnet, VNET_SIZE } from '../wire/inner.js';
import { Train } from './train.js';

export class Joiner {
  /**
   * Whether UDP datagrams are joined, too: only where the TAP takes VIRTIO_NET_HDR_GSO_UDP_L4. A kernel
   * before 6.2 would refuse the write; it also refuses TUN_F_USO4 and TUN_F_USO6, and so can be told.
   */
  joinUdp = false;
  private readonly train: Train;

  constructor(
    private readonly arena: Arena,
    private readonly out: FrameBatch,
  ) {
    this.train = new Train(arena);
  }

  /**
   * Adds the frame at `off` (its inner header right before it, checked by `innerIsValid`) to the batch,
   * which has room: joined to the one before where that is right. `l3` is the offset of the IP header in
   * the frame as `networkOffset` finds it, or -1.
   */
  // HOT PATH
  add(off: number, len: number, l3: number): void {
    const { train, out } = this;
    if (train.isOpen) {
      if (train.append(off, len)) {
        out.extend(off + train.headers, len - train.headers);
        return;
      }
      train.close();
    }
    out.begin(off - VNET_SIZE, len + VNET_SIZE);
    if (!train.begin(off, len, l3, this.joinUdp)) innerToVnet(this.arena.bytes, off);
  }

  /** Closes the open train; to be called before the batch is written. */
  // HOT PATH
  finish(): void {
    if (this.train.isOpen) this.train.close();
  }
}
