/**
 * One packet of a capture as it lies in the ring (ring.ts), little endian:
 *
 *     0 length u32   4 direction   5 link   6 type of service   7 zero   8 peer i32   12 bytes of the packet u32
 *     16 bytes that follow u32   20 zero u32   24 time f64   32 address record of the other end   64 packet …
 *
 * The packet is an Ethernet frame, or the payload of a UDP datagram.
 */
import { ADDRESS_STRIDE } from '../core/limits.js';
import type { RingReader, RingWriter } from './ring.js';

export const INBOUND = 1;
export const OUTBOUND = 2;

const HEAD = 64;
const ADDRESS = 32;

/** What is known of a packet beside its bytes. */
export interface Packet {
  direction: number;
  link: number;
  tos: number;
  /** The peer's index, or -1: not known, or all. */
  peer: number;
  /** Bytes that it had. */
  length: number;
  /** Milliseconds by the lane's clock. */
  time: number;
}

/** Begins a record with room for `captured` bytes; where these go, or -1 when the ring has no room. */
export function beginRecord(ring: RingWriter, packet: Packet, captured: number): number {
  const at = ring.place(HEAD + captured);
  if (at < 0) return -1;
  const { view } = ring;
  view.setUint8(at + 4, packet.direction);
  view.setUint8(at + 5, packet.link);
  view.setUint8(at + 6, packet.tos);
  view.setInt32(at + 8, packet.peer, true);
  view.setUint32(at + 12, packet.length, true);
  view.setUint32(at + 16, captured, true);
  view.setFloat64(at + 24, packet.time, true);
  ring.bytes.fill(0, at + ADDRESS, at + HEAD);
  return at + HEAD;
}

/** Puts the address record at `from` of `bytes` into the record whose packet goes to `at`. */
export function putAddress(ring: RingWriter, at: number, bytes: Uint8Array, from: number): void {
  ring.bytes.set(bytes.subarray(from, from + ADDRESS_STRIDE), at - HEAD + ADDRESS);
}

/** A record that was read; `address` and `data` are copies. */
export interface Captured extends Packet {
  readonly address: Uint8Array;
  readonly data: Uint8Array;
}

/** Takes the oldest record out of the ring; null when there is none. */
export function takeRecord(ring: RingReader): Captured | null {
  const at = ring.peek();
  if (at < 0) return null;
  const { view, bytes } = ring;
  const captured = view.getUint32(at + 16, true);
  const record: Captured = {
    direction: view.getUint8(at + 4),
    link: view.getUint8(at + 5),
    tos: view.getUint8(at + 6),
    peer: view.getInt32(at + 8, true),
    length: view.getUint32(at + 12, true),
    time: view.getFloat64(at + 24, true),
    address: bytes.slice(at + ADDRESS, at + HEAD),
    data: bytes.slice(at + HEAD, at + HEAD + captured),
  };
  ring.release();
  return record;
}
