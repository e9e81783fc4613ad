/**
 * Joins neighbouring TCP segments of one flow into a super-frame again, so that the kernel takes them
 * with one write and its TCP sees one segment. The rules are those of the kernel's tcp_gro_receive:
 * same addresses, ports, acknowledgement, window and options; sequence numbers that follow on; IPv4 ids
 * that rise by one; equal sizes except for the last, which ends the train, as do PSH and FIN. Only
 * frames whose checksum is partial are joined: a full one would have to be verified first.
 *
 * Payload stays where it is: the super-frame is a row of pieces.
 */
import type { Arena } from '../arena.js';
import { type FrameBatch, MAX_FRAME_PIECES } from '../frame-batch.js';
import { ipv4HeaderChecksum, pseudoHeaderSum4, pseudoHeaderSum6 } from '../wire/checksum.js';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, etherType } from '../wire/ethernet.js';
import { GSO_NONE, GSO_TCPV4, GSO_TCPV6, INNER_SIZE, innerToVnet, VNET_NEEDS_CSUM, VNET_SIZE } from '../wire/inner.js';
import {
  IPV6_HEADER_SIZE,
  MAX_IP_PACKET,
  PROTOCOL_TCP,
  TCP_ACK,
  TCP_CHECKSUM,
  TCP_FIN,
  TCP_FLAGS,
  TCP_MIN_HEADER_SIZE,
  TCP_PSH,
} from '../wire/ip.js';

const FIN_PSH = TCP_FIN | TCP_PSH;

export class Joiner {
  /** The open super-frame: offset of its first frame, or 0 when none is open. */
  private first = 0;
  private l3 = 0;
  private l4 = 0;
  private headers = 0;
  private v6 = false;
  private size = 0;
  private next = 0;
  private nextId = 0;
  private length = 0;
  private segments = 0;
  private endFlags = 0;

  constructor(
    private readonly arena: Arena,
    private readonly out: FrameBatch,
  ) {}

  /**
   * Adds the frame at `off` (its inner header right before it, checked by `innerIsValid`) to the batch:
   * joined to the one before where that is right. `l3` is the offset of the IP header, or -1.
   */
  // HOT PATH
  add(off: number, len: number, l3: number): void {
    const headers = l3 < 0 ? 0 : this.tcpHeaders(off, len, l3);
    if (headers > 0 && this.first !== 0 && this.follows(off, len, l3, headers)) {
      this.append(off, len, headers);
      return;
    }
    this.finish();
    this.out.begin(off - VNET_SIZE, len + VNET_SIZE);
    if (headers > 0) this.open(off, len, l3, headers);
    else innerToVnet(this.arena.bytes, off);
  }

  /** Closes the open super-frame; to be called before the batch is written. */
  // HOT PATH
  finish(): void {
    const first = this.first;
    if (first === 0) return;
    this.first = 0;
    const { bytes } = this.arena;
    if (this.segments > 1) {
      const ip = first + this.l3;
      const ipLength = this.length - this.l3;
      if (this.v6) {
        bytes[ip + 4] = (ipLength - IPV6_HEADER_SIZE) >> 8;
        bytes[ip + 5] = ipLength - IPV6_HEADER_SIZE;
      } else {
        bytes[ip + 2] = ipLength >> 8;
        bytes[ip + 3] = ipLength;
        ipv4HeaderChecksum(bytes, ip, this.l4 - this.l3);
      }
      const l4Length = this.length - this.l4;
      const sum = this.v6
        ? pseudoHeaderSum6(bytes, ip, PROTOCOL_TCP, l4Length)
        : pseudoHeaderSum4(bytes, ip, PROTOCOL_TCP, l4Length);
      const tcp = first + this.l4;
      bytes[tcp + TCP_CHECKSUM] = sum >> 8;
      bytes[tcp + TCP_CHECKSUM + 1] = sum;
      bytes[tcp + 13]! |= this.endFlags;
      const inner = first - INNER_SIZE;
      bytes[inner + 2] = this.v6 ? GSO_TCPV6 : GSO_TCPV4;
      bytes[inner + 6] = this.size;
      bytes[inner + 7] = this.size >> 8;
    }
    innerToVnet(bytes, first);
  }

  /** Length of all headers when the frame is a TCP segment with payload that may be joined, else 0. */
  // HOT PATH
  private tcpHeaders(off: number, len: number, l3: number): number {
    const { bytes } = this.arena;
    const inner = off - INNER_SIZE;
    if (bytes[inner + 1]! !== VNET_NEEDS_CSUM || bytes[inner + 2]! !== GSO_NONE || bytes[inner + 3]! !== TCP_CHECKSUM)
      return 0;
    const l4 = bytes[inner + 4]! | (bytes[inner + 5]! << 8);
    const ip = off + l3;
    if (l4 + TCP_MIN_HEADER_SIZE > len) return 0;
    const version = bytes[ip]! >> 4;
    if (version === 4) {
      if (etherType(bytes, ip) !== ETHERTYPE_IPV4 || l4 - l3 < 20) return 0;
      if ((bytes[ip]! & 15) * 4 !== l4 - l3 || bytes[ip + 9]! !== PROTOCOL_TCP) return 0;
      if ((bytes[ip + 6]! & 0x3f) !== 0 || bytes[ip + 7]! !== 0) return 0; // fragment
      if (((bytes[ip + 2]! << 8) | bytes[ip + 3]!) !== len - l3) return 0;
    } else if (version === 6) {
      if (etherType(bytes, ip) !== ETHERTYPE_IPV6) return 0;
      if (l4 - l3 !== IPV6_HEADER_SIZE || bytes[ip + 6]! !== PROTOCOL_TCP) return 0;
      if (((bytes[ip + 4]! << 8) | bytes[ip + 5]!) !== len - l4) return 0;
    } else return 0;
    const headers = l4 + (bytes[off + l4 + 12]! >> 4) * 4;
    if (headers < l4 + TCP_MIN_HEADER_SIZE || headers >= len) return 0;
    if ((bytes[off + l4 + TCP_FLAGS]! & ~FIN_PSH) !== TCP_ACK) return 0; // SYN, RST, URG, ECE, CWR stand alone
    return headers;
  }

  // HOT PATH
  private open(off: number, len: number, l3: number, headers: number): void {
    const { bytes, view } = this.arena;
    const l4 = bytes[off - INNER_SIZE + 4]! | (bytes[off - INNER_SIZE + 5]! << 8);
    const flags = bytes[off + l4 + TCP_FLAGS]!;
    this.first = off;
    this.segments = 1;
    this.endFlags = 0;
    this.length = len;
    this.l3 = l3;
    this.l4 = l4;
    this.headers = headers;
    this.v6 = bytes[off + l3]! >> 4 === 6;
    this.size = len - headers;
    this.next = (view.getInt32(off + l4 + 4, false) + this.size) | 0;
    this.nextId = this.v6 ? 0 : (view.getUint16(off + l3 + 4, false) + 1) & 0xffff;
    if ((flags & FIN_PSH) !== 0) this.finish();
  }

  // HOT PATH
  private follows(off: number, len: number, l3: number, headers: number): boolean {
    const { bytes, view } = this.arena;
    const first = this.first;
    const size = len - headers;
    if (headers !== this.headers || l3 !== this.l3 || size > this.size) return false;
    if (this.length + size - l3 > MAX_IP_PACKET || this.segments >= MAX_FRAME_PIECES || !this.out.hasRoom())
      return false;
    const tcp = off + this.l4;
    const firstTcp = first + this.l4;
    if (view.getInt32(tcp + 4, false) !== this.next) return false;
    if (view.getInt32(tcp, true) !== view.getInt32(firstTcp, true)) return false; // ports
    if (view.getInt32(tcp + 8, true) !== view.getInt32(firstTcp + 8, true)) return false; // acknowledgement
    if (view.getInt16(tcp + 14, true) !== view.getInt16(firstTcp + 14, true)) return false; // window
    if (!this.equal(off, first, 0, l3)) return false;
    if (bytes[off - INNER_SIZE + 4]! + (bytes[off - INNER_SIZE + 5]! << 8) !== this.l4) return false;
    if (this.v6) {
      if (!this.equal(off, first, l3, l3 + 4) || !this.equal(off, first, l3 + 6, l3 + IPV6_HEADER_SIZE)) return false;
    } else {
      if (view.getUint16(off + l3 + 4, false) !== this.nextId) return false;
      if (!this.equal(off, first, l3, l3 + 2) || !this.equal(off, first, l3 + 6, l3 + 10)) return false;
      if (!this.equal(off, first, l3 + 12, this.l4)) return false;
    }
    return bytes[tcp + 12]! === bytes[firstTcp + 12]! && this.equal(off, first, this.l4 + TCP_MIN_HEADER_SIZE, headers);
  }

  // HOT PATH
  private equal(a: number, b: number, from: number, to: number): boolean {
    const { bytes } = this.arena;
    for (let i = from; i < to; i++) if (bytes[a + i]! !== bytes[b + i]!) return false;
    return true;
  }

  // HOT PATH
  private append(off: number, len: number, headers: number): void {
    const size = len - headers;
    const flags = this.arena.bytes[off + this.l4 + TCP_FLAGS]!;
    this.out.extend(off + headers, size);
    this.segments += 1;
    this.length += size;
    this.next = (this.next + size) | 0;
    this.nextId = (this.nextId + 1) & 0xffff;
    this.endFlags |= flags & FIN_PSH;
    if (size < this.size || (flags & FIN_PSH) !== 0) this.finish();
  }
}
