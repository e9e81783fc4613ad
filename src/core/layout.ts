/**
 * Where everything lies in a lane's arena. Regions are sized once; their sizes are the bounds of the
 * lane's memory. Pages that are never touched cost nothing.
 */
import { ADDRESS_STRIDE, LINKS, MAX_PEERS } from './limits.js';

/** Room for one whole frame with all headers in front: the largest frame is 65,557 bytes. */
export const SLOT_SIZE = 66_560;
/** Free bytes in front of a frame read from the TAP: for its virtio-net, inner and fragment headers. */
export const SLOT_HEADROOM = 64;

/** Frames read from the TAP in one batch. */
export const TAP_SLOTS = 64;
/**
 * Receive buffers of one recvmmsg; each takes a whole GRO train. One more is for the sockets' error queues.
 * Where there are trains, the first RX_TRAINS do: a batch should stay in the cache.
 */
export const RX_SLOTS = 64;
export const RX_TRAINS = 16;
/** Frames in reassembly, in all. */
export const REASSEMBLY_SLOTS = 256;

const TX_SIZE = 1 << 20;
const CONTROL_SIZE = 1 << 16;
const TEMPLATE_SIZE = 1024;

let end = 4096;

function region(size: number): number {
  const at = end;
  end += Math.ceil(size / 4096) * 4096;
  return at;
}

export const TAP_AT = region(TAP_SLOTS * SLOT_SIZE);
/** A frame's copy while the original is consumed by another peer's seal. */
export const SCRATCH_AT = region(SLOT_SIZE);
/** Header templates of the splitter. */
export const TEMPLATE_AT = region(TEMPLATE_SIZE);
/** Sealed data datagrams of one batch. */
export const TX_AT = region(TX_SIZE);
export const TX_END = TX_AT + TX_SIZE;
/** Plaintext and sealed bytes of heartbeats and handshakes. */
export const CONTROL_PLAIN_AT = region(4096);
export const CONTROL_AT = region(CONTROL_SIZE);
export const CONTROL_END = CONTROL_AT + CONTROL_SIZE;
/** Padding of path MTU probes: zeros behind the head that is written. Two of the largest when sealed. */
export const PROBE_PLAIN_AT = region(SLOT_SIZE);
export const PROBE_AT = region(2 * SLOT_SIZE);
export const PROBE_END = PROBE_AT + 2 * SLOT_SIZE;
export const RX_AT = region((RX_SLOTS + 1) * SLOT_SIZE);
/** Source address records of received messages. */
export const RX_ADDRESS_AT = region((RX_SLOTS + 1) * ADDRESS_STRIDE);
/** Address record of each link of each peer; family 0 means unknown. */
export const PEER_ADDRESS_AT = region(MAX_PEERS * LINKS * ADDRESS_STRIDE);
export const REASSEMBLY_AT = region(REASSEMBLY_SLOTS * SLOT_SIZE);
/** Plaintexts that wait for what was sent before them. */
export const HOLD_SIZE = 8 << 20;
export const HOLD_AT = region(HOLD_SIZE);
/** Frames that wait for a peer without a session: one peer alone may hold half of it. */
export const WAITING_SIZE = 32 << 20;
export const WAITING_AT = region(WAITING_SIZE);

/** Bytes of the whole arena without what is kept to be sent again, which lies behind and is as large as the arena is. */
export const ARENA_SIZE = end;
export const RESEND_AT = ARENA_SIZE;
/** Bytes of memory for that, which all peers share. */
export const RESEND_SIZE = 128 << 20;

/** Offset of the address record of a peer's link. */
export function peerAddress(peer: number, link: number): number {
  return PEER_ADDRESS_AT + (peer * LINKS + link) * ADDRESS_STRIDE;
}
