/**
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng), little endian. Each is
 *
 *     0 type u32   4 length u32   8 body, padded to 4   … length u32
 *
 * and may end its body with options: code u16, length u16, value padded to 4; code 0 ends them.
 */

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE = 1;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

// Options, by the block that they belong to.
const COMMENT = 1;
const SHB_OS = 3;
const SHB_USERAPPL = 4;
const IF_NAME = 2;
const IF_DESCRIPTION = 3;
const IF_TSRESOL = 9;
const EPB_FLAGS = 2;
const ISB_STARTTIME = 2;
const ISB_ENDTIME = 3;
const ISB_IFRECV = 4;
const ISB_IFDROP = 5;
const ISB_USRDELIV = 8;

export const LINKTYPE_ETHERNET = 1;
/** A packet that begins with its IPv4 or IPv6 header. */
export const LINKTYPE_RAW = 101;

/** Times are in microseconds. */
const TSRESOL = 6;

interface Option {
  readonly code: number;
  readonly value: Uint8Array;
}

const encoder = new TextEncoder();

function text(code: number, value: string): Option {
  return { code, value: encoder.encode(value) };
}

function u32(code: number, value: number): Option {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return { code, value: bytes };
}

function u64(code: number, value: number): Option {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return { code, value: bytes };
}

function time(code: number, microseconds: number): Option {
  const bytes = new Uint8Array(8);
  putTime(new DataView(bytes.buffer), 0, microseconds);
  return { code, value: bytes };
}

/** Upper half first, each in the order of bytes of the file. */
function putTime(view: DataView, at: number, microseconds: number): void {
  view.setUint32(at, Math.floor(microseconds / 0x1_0000_0000), true);
  view.setUint32(at + 4, microseconds % 0x1_0000_0000, true);
}

const padded = (length: number): number => (length + 3) & ~3;

function block(type: number, fixed: number, rest: readonly Uint8Array[], options: readonly Option[]): Uint8Array {
  let length = 12 + fixed;
  for (const part of rest) length += padded(part.length);
  for (const { value } of options) length += 4 + padded(value.length);
  if (options.length > 0) length += 4;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  view.setUint32(length - 4, length, true);
  let at = 8 + fixed;
  for (const part of rest) {
    bytes.set(part, at);
    at += padded(part.length);
  }
  for (const { code, value } of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  return bytes;
}

/** What a file begins with. */
export function sectionHeader(os: string, program: string): Uint8Array {
  const made = block(SECTION_HEADER, 16, [], [text(SHB_OS, os), text(SHB_USERAPPL, program)]);
  const view = new DataView(made.buffer);
  view.setUint32(8, BYTE_ORDER_MAGIC, true);
  view.setUint16(12, 1, true);
  view.setUint16(14, 0, true);
  view.setBigInt64(16, -1n, true); // the section's length is not known
  return made;
}

/** An interface; the first one has number 0. @param snapLength most bytes of a packet that are kept */
export function interfaceDescription(
  linkType: number,
  snapLength: number,
  name: string,
  description: string,
): Uint8Array {
  const resolution = { code: IF_TSRESOL, value: Uint8Array.of(TSRESOL) };
  const made = block(INTERFACE, 8, [], [text(IF_NAME, name), text(IF_DESCRIPTION, description), resolution]);
  const view = new DataView(made.buffer);
  view.setUint16(8, linkType, true);
  view.setUint32(12, snapLength, true);
  return made;
}

/** Which way a packet went, as the last two bits of epb_flags. */
export type Direction = 1 | 2;

/**
 * A packet.
 * @param microseconds since 1970
 * @param parts what was kept of it; they follow each other (all but the last are multiples of 4 bytes)
 * @param length bytes that it had
 */
export function enhancedPacket(
  interfaceId: number,
  microseconds: number,
  parts: readonly Uint8Array[],
  length: number,
  direction: Direction,
  comment: string | null,
): Uint8Array {
  const options = [...(comment === null ? [] : [text(COMMENT, comment)]), u32(EPB_FLAGS, direction)];
  const made = block(ENHANCED_PACKET, 20, parts, options);
  const view = new DataView(made.buffer);
  view.setUint32(8, interfaceId, true);
  putTime(view, 12, microseconds);
  view.setUint32(
    20,
    parts.reduce((sum, part) => sum + part.length, 0),
    true,
  );
  view.setUint32(24, length, true);
  return made;
}

export interface Statistics {
  /** Microseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Packets that were seen, lost for want of room, and written. */
  readonly received: number;
  readonly dropped: number;
  readonly delivered: number;
}

/** What an interface ends with. */
export function interfaceStatistics(interfaceId: number, statistics: Statistics): Uint8Array {
  const { from, to, received, dropped, delivered } = statistics;
  const made = block(
    INTERFACE_STATISTICS,
    12,
    [],
    [
      time(ISB_STARTTIME, from),
      time(ISB_ENDTIME, to),
      u64(ISB_IFRECV, received),
      u64(ISB_IFDROP, dropped),
      u64(ISB_USRDELIV, delivered),
    ],
  );
  const view = new DataView(made.buffer);
  view.setUint32(8, interfaceId, true);
  putTime(view, 12, to);
  return made;
}
