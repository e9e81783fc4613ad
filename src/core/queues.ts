/** What waits in a lane, read when somebody asks for it: nothing is counted for it on the way. */
import type { LaneState } from './state.js';

/** Columns, a row for each peer. */
export interface QueueRows {
  /** Learned MAC addresses, in all. */
  macs: number;
  /** Index of the peer. */
  peer: Int32Array;
  /** Frames that wait for a session with it. */
  waiting: Int32Array;
  /** Bytes of memory that hold what was sent to it and is not acknowledged. */
  kept: Int32Array;
  /** Datagrams of it that wait for what it sent before them. */
  early: Int32Array;
  /** Frames of it of which pieces are missing. */
  incomplete: Int32Array;
}

export function queueRows(state: LaneState): QueueRows {
  const { members, macs, ring, reassembler } = state;
  const column = (): Int32Array => new Int32Array(members.length);
  const rows: QueueRows = {
    macs: macs.size,
    peer: column(),
    waiting: column(),
    kept: column(),
    early: column(),
    incomplete: column(),
  };
  for (const [row, peer] of members.entries()) {
    rows.peer[row] = peer.index;
    rows.waiting[row] = peer.waiting;
    rows.kept[row] = ring.bytesOf(peer.index);
    rows.early[row] = peer.order?.held ?? 0;
    rows.incomplete[row] = reassembler.countOf(peer.index);
  }
  return rows;
}
