/**
 * Frames between splitter, joiner and kernel, for the tests of what they do together: as plaintexts of
 * datagrams, as what is written to the TAP, and as what is on the cable in the end.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Arena, arenaOver } from '../../src/core/arena.js';
import { FrameBatch } from '../../src/core/frame-batch.js';
import { SLOT_HEADROOM, TAP_AT, TX_AT } from '../../src/core/layout.js';
import { Joiner } from '../../src/core/segment/join.js';
import { networkOffset } from '../../src/core/wire/ethernet.js';
import { GSO_NONE, INNER_SIZE, innerIsValid, VNET_SIZE, writeInner } from '../../src/core/wire/inner.js';
import { cut, networkHeader } from './split-join-kernel.js';
import {
  ACK,
  build,
  CWR,
  checksumOf,
  FIN,
  headersArbitrary,
  type Packet,
  PSH,
  payloadOf,
  sum16,
} from './super-frame.js';

export const arena: Arena = arenaOver(new ArrayBuffer(TX_AT + (16 << 20)));
/** Where a frame lies that was read from the TAP. */
export const FRAME_AT = TAP_AT + SLOT_HEADROOM + VNET_SIZE;
const RECEIVED_AT = TX_AT;
/** Largest payload of a super-frame, whatever its headers. */
export const MOST = 65_535 - 60 - 60;

/** A frame as it comes out of a datagram: inner header and frame. */
export type Plaintext = Uint8Array;

/** What is written to the TAP when these plaintexts are received in one batch. */
export function join(plaintexts: readonly Plaintext[], joinUdp = true): Buffer[] {
  const { bytes } = arena;
  const batch = new FrameBatch();
  const joiner = new Joiner(arena, batch);
  joiner.joinUdp = joinUdp;
  let at = RECEIVED_AT;
  for (const plaintext of plaintexts) {
    at += 17;
    bytes.set(plaintext, at);
    const [off, len] = [at + INNER_SIZE, plaintext.length - INNER_SIZE];
    assert.ok(innerIsValid(bytes, at, len) && batch.hasRoom());
    const ip = networkOffset(bytes, off, len);
    joiner.add(off, len, ip < 0 ? -1 : ip - off);
    at += plaintext.length;
  }
  joiner.finish();
  return Array.from({ length: batch.count }, (_, row) => {
    const first = batch.firstPiece[row]!;
    const pieces = Array.from({ length: batch.pieces[row]! }, (_, i) => {
      const offset = batch.pieceOffset[first + i]!;
      return bytes.slice(offset, offset + batch.pieceLength[first + i]!);
    });
    return Buffer.concat(pieces);
  });
}

/** A single frame on its way: with its checksum partial, or complete. */
export function plaintextOf(packet: Packet, partial = true): Plaintext {
  const { bytes, l4, csumOffset } = build(packet, partial ? 'partial' : 'complete');
  return plaintext(bytes, partial ? l4 : 0, partial ? csumOffset : 0);
}

export function plaintext(frame: Uint8Array, csumStart = 0, csumOffset = 0): Plaintext {
  const bytes = new Uint8Array(INNER_SIZE + frame.length);
  bytes.set(frame, INNER_SIZE);
  writeInner(bytes, INNER_SIZE, csumStart > 0 ? 1 : 0, GSO_NONE, csumStart, csumOffset, 0);
  return bytes;
}

/** The frame that a plaintext stands for, on the cable. */
export function alone(one: Plaintext): Buffer {
  const [flags, start, offset] = [one[1], one[4]! | (one[5]! << 8), one[3]!];
  const frame = Buffer.from(one.subarray(INNER_SIZE));
  if (flags !== 0) frame.writeUInt16BE(checksumOf(frame.subarray(start)), start + offset);
  return frame;
}

/** All frames that a kernel makes of what was written, and how often it was written to. */
export function onTheCable(written: readonly Buffer[]): Buffer[] {
  return written.flatMap(cut);
}

/** Compared as text only where they differ: a diff of megabytes would take minutes. */
export function assertSame(found: readonly Buffer[], expected: readonly Buffer[]): void {
  assert.equal(found.length, expected.length, 'as many frames');
  expected.forEach((frame, i) => {
    if (!frame.equals(found[i]!)) assert.equal(found[i]!.toString('hex'), frame.toString('hex'), `frame ${i}`);
  });
}

/** One as it is read from the TAP: its segments' size, and the largest frame that the path takes. */
export interface SuperFrame {
  packet: Packet;
  size: number;
  limit: number;
}

export const superFrame: fc.Arbitrary<SuperFrame> = fc
  .record({
    headers: headersArbitrary,
    plain: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
    end: fc.constantFrom(0, PSH, FIN, FIN | PSH, CWR, CWR | PSH),
    size: fc.oneof(
      fc.integer({ min: 1, max: 80 }),
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 1, max: MOST }),
    ),
    segments: fc.integer({ min: 1, max: 70 }),
    rest: fc.nat(),
    limit: fc.oneof(fc.constant(MOST + 200), fc.integer({ min: 400, max: 4000 })),
  })
  .map(({ headers, plain, end, size, segments, rest, limit }) => {
    const short = (rest & 1) === 0 ? 0 : rest % size; // often divided without a rest
    const length = Math.max(1, Math.min(MOST, segments * size - short));
    const flags = plain ? ACK | end : headers.flags; // with others nothing is joined
    return { packet: { ...headers, flags, payload: payloadOf(length, rest) }, size, limit };
  });

/** With id 0 and the checksum that goes with it, where the id has no meaning: IPv4 with DF, unfragmented. */
function withoutAtomicId(frame: Buffer): Buffer {
  const l3 = networkHeader(frame);
  if (frame.length < l3 + 20 || frame.readUInt16BE(l3 - 2) !== 0x0800) return frame;
  if ((frame.readUInt16BE(l3 + 6) & 0x7fff) !== 0x4000) return frame;
  const same = Buffer.from(frame);
  const words = Buffer.from([frame[l3 + 10]!, frame[l3 + 11]!, frame[l3 + 4]!, frame[l3 + 5]!]);
  same.writeUInt16BE(sum16(words) % 0xffff, l3 + 10);
  same.writeUInt16BE(0, l3 + 4);
  return same;
}

/**
 * The same as `assertSame`, but ids of atomic datagrams may have been made to rise where they stood still
 * (RFC 6864, 4.1).
 */
export function assertSameButIds(found: readonly Buffer[], expected: readonly Buffer[]): void {
  const standsStill = (i: number) => {
    const [frame, before] = [expected[i]!, expected[i - 1]];
    const at = networkHeader(frame) + 4;
    return before?.subarray(at, at + 2).equals(frame.subarray(at, at + 2)) ?? false;
  };
  assert.equal(found.length, expected.length, 'as many frames');
  const normal = (frame: Buffer, i: number) => (standsStill(i) ? withoutAtomicId(frame) : frame);
  assertSame(found.map(normal), expected.map(normal));
}

/** One bit of the inner header (behind the kind) or of the first hundred bytes of the frame. */
export function flip(stream: Plaintext[], i: number, bit: number): void {
  const changed = Uint8Array.from(stream[i]!);
  const bits = (Math.min(changed.length, INNER_SIZE + 100) - 1) * 8;
  changed[1 + Math.floor((bit % bits) / 8)]! ^= 1 << (bit % 8);
  stream[i] = changed;
}

export function isValid(one: Plaintext): boolean {
  return innerIsValid(one, 0, one.length - INNER_SIZE);
}
