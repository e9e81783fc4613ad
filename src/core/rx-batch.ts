/**
 * Messages that one receive call brought: each is one datagram, or a GRO train of datagrams of
 * `segment` bytes (the last may be shorter) in one buffer. Filled by the I/O side.
 */
import { RX_SLOTS } from './layout.js';

export class RxBatch {
  readonly offset = new Int32Array(RX_SLOTS);
  readonly length = new Int32Array(RX_SLOTS);
  readonly segment = new Int32Array(RX_SLOTS);
  /** Offset of the source's address record. */
  readonly address = new Int32Array(RX_SLOTS);
  count = 0;
}
