/**
 * What docs/protocol.md says of a plaintext that was authentic: an independent reading of the text, to
 * compare the receiver with. No code of the core is used here.
 */

/** The counter of `show counters` that a refusal belongs to, or what the plaintext is. */
export type Verdict =
  | 'rxUnknownKind'
  | 'rxMalformed'
  | 'rxWrongLink'
  | 'rxFragmentMalformed'
  | 'frame'
  | 'fragment'
  | 'ping'
  | 'pong'
  | 'ack'
  | 'probe'
  | 'probe answer'
  | 'close';

/** @param links the links that the peer has. A fragment may still contradict others of its frame. */
export function verdict(plaintext: Uint8Array, link: number, links: readonly number[]): Verdict {
  switch (plaintext[0]) {
    case 1:
      return frameIsGood(plaintext) ? 'frame' : 'rxMalformed';
    case 2:
      return fragmentIsGood(plaintext) ? 'fragment' : 'rxFragmentMalformed';
    case 3:
    case 4:
      if (plaintext.length !== 24) return 'rxMalformed';
      if (!links.includes(link) || plaintext[1] !== link) return 'rxWrongLink';
      return plaintext[0] === 3 ? 'ping' : 'pong';
    case 5:
      return ackIsGood(plaintext) ? 'ack' : 'rxMalformed';
    case 6:
    case 7:
      if (!probeIsGood(plaintext)) return 'rxMalformed';
      if (!links.includes(link) || plaintext[1] !== link) return 'rxWrongLink';
      return plaintext[0] === 6 ? 'probe' : 'probe answer';
    case 8:
      return 'close';
    default:
      return 'rxUnknownKind';
  }
}

/** Section "Frame". */
export function frameIsGood(plaintext: Uint8Array): boolean {
  if (plaintext.length < 8 + 14) return false;
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.length);
  const length = plaintext.length - 8;
  const [flags, type, csumOffset] = [view.getUint8(1), view.getUint8(2), view.getUint8(3)];
  const [csumStart, gsoSize] = [view.getUint16(4, true), view.getUint16(6, true)];
  if (flags > 1) return false;
  if (flags === 1 && (csumStart < 14 || csumStart + csumOffset + 2 > length)) return false;
  if (type !== 0) {
    if (![1, 4, 5, 0x81, 0x84].includes(type)) return false;
    if (flags !== 1 || gsoSize === 0 || gsoSize >= length) return false;
  }
  return (plaintext[8 + 6]! & 1) === 0;
}

/** What a peer may be on the segment. */
export interface Permitted {
  /** Source addresses in hexadecimal. */
  readonly macs: readonly string[];
  /** VLANs, 0 for untagged frames. */
  readonly vlans: readonly number[];
}

/** Section "The switch": why the guard of its peer drops a good frame, or null. */
export function guarded(plaintext: Uint8Array, { macs, vlans }: Permitted): string | null {
  const frame = Buffer.from(plaintext.subarray(8));
  if (!macs.includes(frame.toString('hex', 6, 12))) return 'rxMacNotPermitted';
  return vlans.includes(vlanOf(frame)) ? null : 'rxVlanNotPermitted';
}

/** -1: none that could be permitted. */
function vlanOf(frame: Buffer): number {
  for (let tag = 0, at = 12; tag < 4; tag++, at += 4) {
    if (![0x8100, 0x88a8].includes(frame.readUInt16BE(at))) return 0;
    if (at + 6 > frame.length) return -1;
    const id = frame.readUInt16BE(at + 2) & 0xfff;
    if (id !== 0) return id;
  }
  return -1;
}

/** Section "Fragment", of one piece by itself. */
function fragmentIsGood(plaintext: Uint8Array): boolean {
  if (plaintext.length <= 12 || plaintext[3] !== 0) return false;
  const { index, count, total } = fragmentHeader(plaintext);
  if (total > 66_000 || count < 2 || index >= count) return false;
  const size = Math.ceil(total / count);
  const last = total - (count - 1) * size;
  if (last < 1) return false;
  return plaintext.length - 12 === (index === count - 1 ? last : size);
}

/** Section "Acknowledgement". */
function ackIsGood(plaintext: Uint8Array): boolean {
  if (plaintext.length < 12) return false;
  const words = plaintext[1]!;
  const first = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.length).getUint32(8, true);
  if (words < 1 || words > 96 || plaintext.length !== 12 + 4 * words) return false;
  return first % 32 === 0 && first + 32 * words <= 2 ** 28;
}

/** Section "Path MTU probe and its answer". */
function probeIsGood(plaintext: Uint8Array): boolean {
  if (plaintext.length < 8) return false;
  const told = plaintext[2]! + 256 * plaintext[3]!;
  return plaintext[0] === 6 ? told === plaintext.length : plaintext.length === 8 && told >= 8;
}

export interface FragmentHeader {
  index: number;
  count: number;
  id: number;
  total: number;
}

export function fragmentHeader(plaintext: Uint8Array): FragmentHeader {
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.length);
  return { index: plaintext[1]!, count: plaintext[2]!, id: view.getUint32(4, true), total: view.getUint32(8, true) };
}
