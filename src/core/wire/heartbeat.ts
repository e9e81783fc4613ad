/**
 * Pings and pongs, the heartbeat of a link. Both are 24 bytes of plaintext:
 *
 *     0 kind   1 link   2 down mask   3 flags   4 sequence u32   8 send time f64
 *     ping: 16 datagrams sent on this link before this one u32   20 zero u32
 *     pong: 16 datagrams received on this link up to the ping u32   20 the ping's sent count u32
 *
 * The pong repeats sequence and send time, so the sender needs to remember nothing and its clock is
 * its own affair. The counts give the loss of each direction without a byte per datagram. The down
 * mask has a bit for each link of this peer that the sender holds for down, so that one side's
 * knowledge (its interface was unplugged) reaches the other over a link that lives. The flags say what
 * the sender does about acknowledgements, probes and order; a host that knows nothing of them sends zero.
 */
import { KIND_PING, KIND_PONG } from './transport.js';

export const HEARTBEAT_SIZE = 24;

export const HEARTBEAT_LINK = 1;
export const HEARTBEAT_DOWN_MASK = 2;
export const HEARTBEAT_FLAGS = 3;
/** The sender acknowledges data when it is asked to. */
export const FLAG_SPEAKS_ACKS = 1;
/** The sender keeps what it sends until it is acknowledged: it asks for acknowledgements. */
export const FLAG_WANTS_ACKS = 2;
/** The sender answers path MTU probes. */
export const FLAG_ANSWERS_PROBES = 4;
/** The sender spreads data over its links: it is to be put in order. */
export const FLAG_SPREADS = 8;
const SEQUENCE = 4;
const TIME = 8;
const COUNT = 16;
const ECHO = 20;

export function writePing(
  view: DataView,
  at: number,
  link: number,
  downMask: number,
  flags: number,
  sequence: number,
  time: number,
  sent: number,
): void {
  view.setUint8(at, KIND_PING);
  view.setUint8(at + HEARTBEAT_LINK, link);
  view.setUint8(at + HEARTBEAT_DOWN_MASK, downMask);
  view.setUint8(at + HEARTBEAT_FLAGS, flags);
  view.setInt32(at + SEQUENCE, sequence, true);
  view.setFloat64(at + TIME, time, true);
  view.setInt32(at + COUNT, sent, true);
  view.setInt32(at + ECHO, 0, true);
}

/** Writes the pong that answers the ping at `ping`. */
export function writePong(
  view: DataView,
  at: number,
  downMask: number,
  flags: number,
  received: number,
  ping: number,
): void {
  view.setUint8(at, KIND_PONG);
  view.setUint8(at + HEARTBEAT_LINK, view.getUint8(ping + HEARTBEAT_LINK));
  view.setUint8(at + HEARTBEAT_DOWN_MASK, downMask);
  view.setUint8(at + HEARTBEAT_FLAGS, flags);
  view.setInt32(at + SEQUENCE, view.getInt32(ping + SEQUENCE, true), true);
  view.setFloat64(at + TIME, view.getFloat64(ping + TIME, true), true);
  view.setInt32(at + COUNT, received, true);
  view.setInt32(at + ECHO, view.getInt32(ping + COUNT, true), true);
}

export function heartbeatSequence(view: DataView, at: number): number {
  return view.getUint32(at + SEQUENCE, true);
}

export function heartbeatTime(view: DataView, at: number): number {
  return view.getFloat64(at + TIME, true);
}

/** Sent count of a ping, received count of a pong. */
export function heartbeatCount(view: DataView, at: number): number {
  return view.getUint32(at + COUNT, true);
}

/** A pong's copy of the ping's sent count. */
export function heartbeatEcho(view: DataView, at: number): number {
  return view.getUint32(at + ECHO, true);
}
