/** TCP as a TAP with offloads hands it over and takes it: super-frames with a virtio-net header. */
import { VNET_SIZE } from '../../src/core/wire/inner.js';

const ETHERNET = 14;
const IP = 20;
const TCP = 20;
const TCP_HEADERS = ETHERNET + IP + TCP;
const NEEDS_CSUM = 1;
const GSO_TCPV4 = 1;

/** Payload byte at `position` of the stream. */
export function streamByte(position: number): number {
  return (Math.imul(position + 1, 0x9e3779b1) >>> 13) & 0xff;
}

/** A super-frame of `length` bytes of the stream from `position` on, to be cut into segments of `size`. */
export function superFrame(
  position: number,
  length: number,
  size: number,
  id: number,
): [vnet: Uint8Array, frame: Uint8Array] {
  const frame = new Uint8Array(TCP_HEADERS + length);
  const view = new DataView(frame.buffer);
  frame.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]);
  frame[ETHERNET] = 0x45;
  view.setUint16(ETHERNET + 2, IP + TCP + length);
  view.setUint16(ETHERNET + 4, id);
  frame[ETHERNET + 8] = 64;
  frame[ETHERNET + 9] = 6;
  frame.set([192, 0, 2, 1, 192, 0, 2, 2], ETHERNET + 12);
  const tcp = ETHERNET + IP;
  view.setUint16(tcp, 5001);
  view.setUint16(tcp + 2, 5002);
  view.setUint32(tcp + 4, position);
  view.setUint32(tcp + 8, 77);
  frame[tcp + 12] = (TCP / 4) << 4;
  frame[tcp + 13] = 0x10;
  view.setUint16(tcp + 14, 1024);
  view.setUint16(ETHERNET + 10, ~fold(sum(view, ETHERNET, IP)) & 0xffff);
  view.setUint16(tcp + 16, fold(sum(view, ETHERNET + 12, 8) + 6 + TCP + length));
  for (let i = 0; i < length; i++) frame[TCP_HEADERS + i] = streamByte(position + i);
  const vnet = new Uint8Array(VNET_SIZE);
  const header = new DataView(vnet.buffer);
  vnet[0] = NEEDS_CSUM;
  vnet[1] = length > size ? GSO_TCPV4 : 0;
  header.setUint16(4, length > size ? size : 0, true);
  header.setUint16(6, tcp, true);
  header.setUint16(8, 16, true);
  return [vnet, frame];
}

export interface Segment {
  position: number;
  payload: Uint8Array;
}

/** Reads what a TAP was given (with virtio-net header); says what the kernel would not take of it. */
export function readSegment(bytes: Uint8Array): Segment | string {
  const vnet = new DataView(bytes.buffer, bytes.byteOffset);
  const frame = new DataView(bytes.buffer, bytes.byteOffset + VNET_SIZE);
  const length = bytes.length - VNET_SIZE - TCP_HEADERS;
  if (vnet.getUint8(0) !== NEEDS_CSUM || vnet.getUint16(6, true) !== ETHERNET + IP || vnet.getUint16(8, true) !== 16) {
    return 'the checksum is not left to the kernel as it was';
  }
  const size = vnet.getUint16(4, true);
  if ((vnet.getUint8(1) === GSO_TCPV4) !== size > 0 || size >= length + 1)
    return `a segment size of ${size} for ${length}`;
  if (frame.getUint16(ETHERNET + 2) !== IP + TCP + length) return 'the IP length is wrong';
  if (fold(sum(frame, ETHERNET, IP)) !== 0xffff) return 'the IP header checksum is wrong';
  const pseudo = sum(frame, ETHERNET + 12, 8) + 6 + TCP + length;
  if (fold(pseudo) !== frame.getUint16(ETHERNET + IP + 16)) return 'the sum of the pseudo-header is wrong';
  return { position: frame.getUint32(ETHERNET + IP + 4), payload: bytes.subarray(VNET_SIZE + TCP_HEADERS) };
}

function sum(view: DataView, at: number, length: number): number {
  let total = 0;
  for (let i = 0; i < length; i += 2) total += view.getUint16(at + i);
  return total;
}

function fold(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 65_536);
  return folded;
}
