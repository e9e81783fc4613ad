/**
 * A train: neighbouring frames of one flow that the receiving kernel may be given as one super-frame.
 * It will cut them apart where it needs single frames (tcp_gso_segment, __udp_gso_segment,
 * inet_gso_segment), so only such frames are taken that come out of that as they went in:
 *
 * - Every byte of the headers is that of the first frame, but for the fields below.
 * - Sizes are equal; the last may be shorter, and ends the train. Lengths fit the frame.
 * - TCP: sequence numbers follow on. FIN and PSH end the train. Other flags than ACK, among them ECE and
 *   CWR, stand alone.
 * - IPv4 ids rise by one. Or they all are the same, where DF is set: unconnected UDP sockets of Linux, and
 *   all of TCP elsewhere, send 0. Cut apart these rise, too. That is permitted, for the id of such atomic
 *   datagrams has no meaning and must be ignored (RFC 6864, 4.1); the kernel's own GRO does so with UDP.
 * - The transport checksum is partial: a full one would have to be verified first. The sum of the
 *   pseudo-header follows from that of the first frame; so does IPv4's checksum, which is right, for the
 *   cut would mend a wrong one.
 *
 * The first frame's headers stay as they came until `close`: they are what others are compared with.
 */
import type { Arena } from '../arena.js';
import { MAX_FRAME_PIECES } from '../frame-batch.js';
import { checksumAdd, checksumFold } from '../wire/checksum.js';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, etherType } from '../wire/ethernet.js';
import { GSO_NONE, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4, INNER_SIZE, innerToVnet, VNET_NEEDS_CSUM } from '../wire/inner.js';
import {
  IPV6_HEADER_SIZE,
  MAX_IP_PACKET,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  TCP_ACK,
  TCP_CHECKSUM,
  TCP_FIN,
  TCP_FLAGS,
  TCP_MIN_HEADER_SIZE,
  TCP_PSH,
  UDP_CHECKSUM,
  UDP_HEADER_SIZE,
} from '../wire/ip.js';
import { KIND_FRAME } from '../wire/transport.js';

/** The kernel takes at most so many datagrams of UDP (UDP_MAX_SEGMENTS of old), as many as a row has pieces. */
const MAX_SEGMENTS = MAX_FRAME_PIECES;

/** The first four bytes of the inner header of a single frame with a partial checksum, as a little-endian word. */
const SINGLE = (GSO_NONE << 16) | (VNET_NEEDS_CSUM << 8) | KIND_FRAME;
const SINGLE_TCP = (TCP_CHECKSUM << 24) | SINGLE;
const SINGLE_UDP = (UDP_CHECKSUM << 24) | SINGLE;

/** FIN and PSH in the word of TCP's header length, flags and window. */
const END_FLAGS = (TCP_FIN | TCP_PSH) << 16;
const DONT_FRAGMENT = 0x40;

/** Modulus of the Internet checksum. */
const MODULUS = 0xffff;

export class Train {
  /** Bytes of all headers of each frame: what is behind is payload. */
  headers = 0;

  /** The first frame: its offset (0: no train is open), its length, where its headers begin. */
  private first = 0;
  private firstLength = 0;
  private l3 = 0;
  private l4 = 0;
  private v6 = false;
  private udp = false;

  /** What has come together so far. */
  private segments = 0;
  private length = 0;
  private endFlags = 0;

  // Set by `couple`, so that a frame that stays alone doesn't pay for it.
  private id = 0;
  private idStep = 0;
  /** Sum of IPv4's total length, id and checksum, the same in every frame modulo 65,535; enough is added to stay positive. */
  private ipSum = 0;
  private pseudoSum = 0;
  private urgent = 0;
  /** TCP's sequence number at a train of length 0. */
  private sequence = 0;
  /** From a frame in question to the first one. */
  private toFirst = 0;

  constructor(private readonly arena: Arena) {}

  // HOT PATH
  get isOpen(): boolean {
    return this.first !== 0;
  }

  /**
   * Begins a train with the frame at `off` (its inner header valid) if it may be the first of one; else
   * returns false. `l3` is the offset of its IP header, or -1.
   */
  // HOT PATH
  begin(off: number, len: number, l3: number, joinUdp: boolean): boolean {
    const { bytes, view } = this.arena;
    const inner = view.getInt32(off - INNER_SIZE, true);
    const udp = inner === SINGLE_UDP;
    if (l3 < 0 || !(udp ? joinUdp : inner === SINGLE_TCP)) return false;
    const l4 = view.getUint16(off - INNER_SIZE + 4, true);
    if (l4 + (udp ? UDP_HEADER_SIZE : TCP_MIN_HEADER_SIZE) >= len) return false;
    const type = etherType(bytes, off + l3);
    if (type !== ETHERTYPE_IPV4 && type !== ETHERTYPE_IPV6) return false;
    const v6 = type === ETHERTYPE_IPV6;
    if (!this.isWhole(v6, off + l3, len - l3, l4 - l3, udp ? PROTOCOL_UDP : PROTOCOL_TCP)) return false;
    if (udp) {
      if (view.getUint16(off + l4 + 4, false) !== len - l4) return false;
      this.headers = l4 + UDP_HEADER_SIZE;
    } else {
      const lengthAndFlags = view.getUint16(off + l4 + 12, false);
      const headers = l4 + (lengthAndFlags >> 12) * 4;
      if (headers < l4 + TCP_MIN_HEADER_SIZE || headers >= len || (lengthAndFlags & 0xfff) !== TCP_ACK) return false;
      this.headers = headers;
    }
    this.first = off;
    this.firstLength = len;
    this.l3 = l3;
    this.l4 = l4;
    this.v6 = v6;
    this.udp = udp;
    this.segments = 1;
    this.length = len;
    this.endFlags = 0;
    return true;
  }

  /**
   * Whether at `ip` is an IP packet of just `len` bytes, no fragment, with `ipHeader` bytes of header and
   * `protocol` right behind it. IPv6 extension headers are not for us.
   */
  // HOT PATH
  private isWhole(v6: boolean, ip: number, len: number, ipHeader: number, protocol: number): boolean {
    const { bytes, view } = this.arena;
    const versionAndLength = bytes[ip]!;
    if (v6) {
      if (ipHeader !== IPV6_HEADER_SIZE || versionAndLength >> 4 !== 6 || bytes[ip + 6]! !== protocol) return false;
      return view.getUint16(ip + 4, false) === len - IPV6_HEADER_SIZE;
    }
    if (ipHeader < 20 || versionAndLength >> 4 !== 4 || (versionAndLength & 15) * 4 !== ipHeader) return false;
    if (bytes[ip + 9]! !== protocol || view.getUint16(ip + 2, false) !== len) return false;
    return (view.getUint16(ip + 6, false) & 0x3fff) === 0;
  }

  /**
   * Takes the frame at `off` into the train, if it comes next; else returns false, and `close` is due. A
   * frame that ends the train also closes it.
   */
  // HOT PATH
  append(off: number, len: number): boolean {
    const { headers, l4 } = this;
    const short = this.firstLength - len;
    const size = len - headers;
    if (short < 0 || size <= 0) return false;
    if (this.segments === MAX_SEGMENTS || this.length + size - this.l3 > MAX_IP_PACKET) return false;
    this.toFirst = this.first - off;
    if (this.other(off + l4) !== 0) return false; // ports
    if (this.segments === 1) this.couple(off);
    if (!this.ethernetFollows(off) || !(this.v6 ? this.ipv6Follows(off, short) : this.ipv4Follows(off, short)))
      return false;
    const sum = short === 0 ? this.pseudoSum : checksumFold(this.pseudoSum + MODULUS - short);
    if (!(this.udp ? this.udpFollows(off + l4, len - l4, sum) : this.tcpFollows(off + l4, sum))) return false;
    if (this.segments === 1 && !this.ipChecksumIsRight()) return false;
    this.segments += 1;
    this.length += size;
    if (short > 0 || this.endFlags !== 0) this.close();
    return true;
  }

  /** Works out what frames behind the first one must have in the fields that change. */
  // HOT PATH
  private couple(second: number): void {
    const { view } = this.arena;
    const ip = this.first + this.l3;
    const l4 = this.first + this.l4;
    if (!this.v6) {
      this.id = view.getUint16(ip + 4, false);
      this.ipSum = 2 * MODULUS + view.getUint16(ip + 2, false) + this.id + view.getUint16(ip + 10, false);
      const still = view.getUint16(second + this.l3 + 4, false) === this.id;
      this.idStep = still && (view.getUint8(ip + 6) & DONT_FRAGMENT) !== 0 ? 0 : 1;
    }
    if (this.udp) {
      this.pseudoSum = view.getUint16(l4 + UDP_CHECKSUM, false);
      return;
    }
    this.pseudoSum = view.getUint16(l4 + TCP_CHECKSUM, false);
    this.urgent = view.getUint16(l4 + 18, false);
    this.sequence = (view.getInt32(l4 + 4, false) - this.headers) | 0;
  }

  /** Of the first frame. */
  // HOT PATH
  private ipChecksumIsRight(): boolean {
    const header = this.l4 - this.l3;
    return this.v6 || checksumFold(checksumAdd(this.arena.bytes, this.first + this.l3, header, 0)) === MODULUS;
  }

  /** Inner header, addresses, tags, type of the frame, and version, header length and TOS of IP. */
  // HOT PATH
  private ethernetFollows(off: number): boolean {
    let other = this.other(off - 8) | this.other(off - 4) | this.other(off) | this.other(off + 4) | this.other(off + 8);
    for (let at = 12; at < this.l3; at += 4) other |= this.other(off + at);
    return other === 0;
  }

  // HOT PATH
  private ipv4Follows(off: number, short: number): boolean {
    const { view } = this.arena;
    const ip = off + this.l3;
    if ((this.other(ip + 6) | this.other(ip + 12) | this.other(ip + 16)) !== 0) return false;
    const length = this.firstLength - this.l3 - short;
    const id = (this.id + this.segments * this.idStep) & 0xffff;
    if (view.getInt32(ip + 2, false) !== ((length << 16) | id)) return false;
    if (view.getUint16(ip + 10, false) !== (this.ipSum - length - id) % MODULUS) return false;
    for (let at = this.l3 + 20; at < this.l4; at += 4) if (this.other(off + at) !== 0) return false;
    return true;
  }

  // HOT PATH
  private ipv6Follows(off: number, short: number): boolean {
    const { view } = this.arena;
    const ip = off + this.l3;
    const source = this.other(ip + 8) | this.other(ip + 12) | this.other(ip + 16) | this.other(ip + 20);
    const destination = this.other(ip + 24) | this.other(ip + 28) | this.other(ip + 32) | this.other(ip + 36);
    if ((this.other(ip + 6) | source | destination) !== 0) return false;
    // The end of the flow label and the length, in one word.
    return view.getInt32(ip + 2, false) === view.getInt32(ip + this.toFirst + 2, false) - short;
  }

  // HOT PATH
  private udpFollows(l4: number, length: number, sum: number): boolean {
    return this.arena.view.getInt32(l4 + 4, false) === ((length << 16) | sum);
  }

  // HOT PATH
  private tcpFollows(l4: number, sum: number): boolean {
    const { view } = this.arena;
    if (view.getInt32(l4 + 4, false) !== ((this.sequence + this.length) | 0)) return false;
    if (view.getInt32(l4 + 16, false) !== ((sum << 16) | this.urgent)) return false;
    const flags = view.getInt32(l4 + 12, false) ^ view.getInt32(l4 + this.toFirst + 12, false);
    let other = (flags & ~END_FLAGS) | this.other(l4 + 8); // acknowledgement
    const end = l4 + this.headers - this.l4;
    for (let at = l4 + TCP_MIN_HEADER_SIZE; at < end; at += 4) other |= this.other(at);
    if (other !== 0) return false;
    this.endFlags = flags >> 16;
    return true;
  }

  /** The word at `at`, of a frame in question, compared with that of the first frame: 0 when it is the same. */
  // HOT PATH
  private other(at: number): number {
    const { view } = this.arena;
    return view.getInt32(at, true) ^ view.getInt32(at + this.toFirst, true);
  }

  /** Makes the first frame the head of a super-frame, if others were joined to it. No train is open then. */
  // HOT PATH
  close(): void {
    const { first } = this;
    this.first = 0;
    if (this.segments > 1) this.writeHeaders(first);
    innerToVnet(this.arena.bytes, first);
  }

  // HOT PATH
  private writeHeaders(first: number): void {
    const { bytes, view } = this.arena;
    const ip = first + this.l3;
    const l4 = first + this.l4;
    const length = this.length - this.l3;
    if (this.v6) view.setUint16(ip + 4, length - IPV6_HEADER_SIZE, false);
    else {
      view.setUint16(ip + 2, length, false);
      view.setUint16(ip + 10, (this.ipSum - length - this.id) % MODULUS, false);
    }
    const sum = checksumFold(this.pseudoSum + this.length - this.firstLength);
    const inner = first - INNER_SIZE;
    if (this.udp) {
      view.setUint16(l4 + 4, this.length - this.l4, false);
      view.setUint16(l4 + UDP_CHECKSUM, sum, false);
      bytes[inner + 2] = GSO_UDP_L4;
    } else {
      view.setUint16(l4 + TCP_CHECKSUM, sum, false);
      bytes[l4 + TCP_FLAGS]! |= this.endFlags;
      bytes[inner + 2] = this.v6 ? GSO_TCPV6 : GSO_TCPV4;
    }
    view.setUint16(inner + 6, this.firstLength - this.headers, true);
  }
}
