/**
 * What Linux makes of a frame that is written to a TAP, written plainly: virtio_net_hdr_to_skb takes it,
 * tcp_gso_segment, __udp_gso_segment and inet_gso_segment cut it, skb_checksum_help completes the
 * checksums. So two ways to write the same frames can be compared by what comes out on the other side.
 */
import assert from 'node:assert/strict';
import { checksumOf, sum16 } from './super-frame.js';

const VNET_SIZE = 10;
const NEEDS_CSUM = 1;
const TCPV4 = 1;
const TCPV6 = 4;
const UDP_L4 = 5;
const ECN = 0x80;
/** Of kernels before 6.9; then twice as many. */
const UDP_MAX_SEGMENTS = 64;
const [FIN, PSH, CWR] = [0x01, 0x08, 0x80];

/** The frames on the cable, in order. @throws AssertionError for what the kernel refuses, or could not cut right */
export function cut(written: Uint8Array): Buffer[] {
  const header = Buffer.from(written.subarray(0, VNET_SIZE));
  const frame = Buffer.from(written.subarray(VNET_SIZE));
  const [flags, gsoType] = [header[0]!, header[1]! & ~ECN];
  assert.equal(header.readUInt16LE(2), 0, 'no hint for the length of the headers');
  if (flags === 0) {
    assert.equal(gsoType, 0, 'a train has its checksum to be completed');
    return [frame];
  }
  assert.equal(flags, NEEDS_CSUM);
  const [start, offset] = [header.readUInt16LE(6), header.readUInt16LE(8)];
  if (gsoType === 0) return [complete(frame, start, offset)];
  return segments(frame, gsoType, header.readUInt16LE(4), start, offset).map((one) => complete(one, start, offset));
}

/** Sums up from `start` to the end, with what the field holds already. */
function complete(frame: Buffer, start: number, offset: number): Buffer {
  assert.ok(start + offset + 2 <= frame.length);
  const done = Buffer.from(frame);
  done.writeUInt16BE(checksumOf(frame.subarray(start)), start + offset);
  return done;
}

function segments(frame: Buffer, gsoType: number, size: number, l4: number, csumOffset: number): Buffer[] {
  const l3 = networkHeader(frame);
  const v6 = gsoType === UDP_L4 ? frame[l3]! >> 4 === 6 : gsoType === TCPV6;
  const udp = gsoType === UDP_L4;
  assert.ok(udp || gsoType === TCPV4 || gsoType === TCPV6);
  assert.equal(frame.readUInt16BE(l3 - 2), v6 ? 0x86dd : 0x0800);
  assert.equal(frame[l3 + (v6 ? 6 : 9)], udp ? 17 : 6);
  assert.equal(l4 - l3, v6 ? 40 : (frame[l3]! & 15) * 4);
  assert.equal(csumOffset, udp ? 6 : 16);
  const headers = l4 + (udp ? 8 : (frame[l4 + 12]! >> 4) * 4);
  const payload = frame.subarray(headers);
  assert.ok(size > 0 && size < 0xffff && payload.length > size, 'else it is taken for a single frame');
  if (udp) assert.ok(payload.length <= size * UDP_MAX_SEGMENTS);
  assert.ok(frame.length - l3 <= 65_535);
  assert.equal(v6 ? 40 + frame.readUInt16BE(l3 + 4) : frame.readUInt16BE(l3 + 2), frame.length - l3);
  if (!v6) assert.equal(sum16(frame.subarray(l3, l4)), 0xffff, "IPv4's checksum is right");
  if (udp) assert.equal(frame.readUInt16BE(l4 + 4), frame.length - l4);
  const cuts: Buffer[] = [];
  for (let at = 0; at < payload.length; at += size) {
    const segment = Buffer.concat([frame.subarray(0, headers), payload.subarray(at, at + size)]);
    setLengths(segment, l3, l4, v6, udp);
    if (!v6) setId(segment, l3, l4, (frame.readUInt16BE(l3 + 4) + cuts.length) & 0xffff);
    setSum(segment, l4 + csumOffset, frame.length - l4, segment.length - l4);
    if (!udp) setTcp(segment, l4, at, at + size >= payload.length);
    cuts.push(segment);
  }
  return cuts;
}

/** Where the network header begins, behind up to two tags. */
export function networkHeader(frame: Uint8Array): number {
  let at = 14;
  for (let tags = 0; tags < 2; tags++) {
    const type = frame[at - 2]! * 256 + frame[at - 1]!;
    if (type === 0x8100 || type === 0x88a8) at += 4;
  }
  return at;
}

function setLengths(segment: Buffer, l3: number, l4: number, v6: boolean, udp: boolean): void {
  if (v6) segment.writeUInt16BE(segment.length - l4, l3 + 4);
  else segment.writeUInt16BE(segment.length - l3, l3 + 2);
  if (udp) segment.writeUInt16BE(segment.length - l4, l4 + 4);
}

function setId(segment: Buffer, l3: number, l4: number, id: number): void {
  segment.writeUInt16BE(id, l3 + 4);
  segment.writeUInt16BE(0, l3 + 10);
  segment.writeUInt16BE(0xffff - sum16(segment.subarray(l3, l4)), l3 + 10);
}

/** The kernel trusts the sum of the pseudo-header that it finds, and puts another length into it. */
function setSum(segment: Buffer, field: number, before: number, now: number): void {
  const words = Buffer.alloc(6);
  words.writeUInt16BE(segment.readUInt16BE(field), 0);
  words.writeUInt16BE(0xffff - before, 2);
  words.writeUInt16BE(now, 4);
  segment.writeUInt16BE(sum16(words), field);
}

function setTcp(segment: Buffer, l4: number, at: number, last: boolean): void {
  segment.writeUInt32BE((segment.readUInt32BE(l4 + 4) + at) >>> 0, l4 + 4);
  if (at > 0) segment[l4 + 13]! &= ~CWR;
  if (!last) segment[l4 + 13]! &= ~(FIN | PSH);
}
