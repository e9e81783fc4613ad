/**
 * Splits a super-frame (a TCP or UDP train of up to 64 KiB that the kernel left unsegmented) into
 * frames that stand by themselves, in place: the header template is put right before each chunk of
 * payload, over the tail of the chunk before, which has been sealed by then. So the caller must be
 * done with segment i before it asks for segment i+1. Rules as in the kernel's tcp_gso_segment and
 * __udp_gso_segment: IPv4 id rises by one, sequence numbers rise by the payload, FIN and PSH go with
 * the last segment, CWR with the first, checksums stay partial (pseudo-header sum only).
 */
import type { Arena } from '../arena.js';
import { TEMPLATE_AT } from '../layout.js';
import { checksumAdd, checksumFold, pseudoHeaderSum4, pseudoHeaderSum6 } from '../wire/checksum.js';
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, etherType } from '../wire/ethernet.js';
import {
  GSO_ECN,
  GSO_NONE,
  GSO_TCPV4,
  GSO_TCPV6,
  GSO_UDP_L4,
  INNER_SIZE,
  VNET_NEEDS_CSUM,
  writeInner,
} from '../wire/inner.js';
import {
  headersLengthOf,
  IPV4_CHECKSUM,
  IPV4_ID,
  IPV4_TOTAL_LENGTH,
  IPV6_HEADER_SIZE,
  IPV6_PAYLOAD_LENGTH,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  protocolOf,
  TCP_CHECKSUM,
  TCP_CWR,
  TCP_FIN,
  TCP_FLAGS,
  TCP_PSH,
  tcpHeaderLength,
  transport,
  UDP_CHECKSUM,
  UDP_HEADER_SIZE,
  UDP_LENGTH,
} from '../wire/ip.js';

const FIN_PSH = TCP_FIN | TCP_PSH;
const MAX_HEADERS = 512;

export class Splitter {
  /** Offset and length of the present segment's plaintext (inner header and frame). */
  plainOff = 0;
  plainLen = 0;

  private frameOff = 0;
  private l3 = 0;
  private l4 = 0;
  private headers = 0;
  private payload = 0;
  private size = 0;
  private udp = false;
  private v6 = false;
  private sequence = 0;
  private id = 0;
  private flags = 0;
  private count = 0;
  /** Sums that the segments have in common: the IPv4 header without length and id, the pseudo-header without length. */
  private ipSum = 0;
  private pseudoSum = 0;

  constructor(private readonly arena: Arena) {}

  /**
   * Prepares the super-frame at `frameOff`. `l3` is the offset of the IP header in the frame, `l4` the
   * checksum start of its virtio-net header. `limit` is the largest frame a link carries: TCP is cut
   * finer to fit it. Returns the number of segments, or 0 when the frame can't be split or its
   * virtio-net header doesn't fit it; then it is unchanged.
   */
  // HOT PATH
  begin(
    frameOff: number,
    frameLen: number,
    gsoType: number,
    gsoSize: number,
    l3: number,
    l4: number,
    limit: number,
  ): number {
    const { bytes, view } = this.arena;
    const ip = frameOff + l3;
    const udp = gsoType === GSO_UDP_L4;
    const v6 = etherType(bytes, ip) === ETHERTYPE_IPV6;
    if (!udp && (gsoType & ~GSO_ECN) !== (v6 ? GSO_TCPV6 : GSO_TCPV4)) return 0;
    if (!this.isTrain(ip, frameLen - l3, l4 - l3, v6, udp)) return 0;
    const headers = l4 + (udp ? UDP_HEADER_SIZE : tcpHeaderLength(bytes, frameOff + l4, frameLen - l4));
    if (headers < l4 || headers > MAX_HEADERS || headers >= frameLen || gsoSize <= 0) return 0;
    this.udp = udp;
    this.v6 = v6;
    this.size = gsoSize;
    if (!this.udp && headers + gsoSize > limit) {
      this.size = limit - headers;
      if (this.size < 256) return 0; // headers all but fill the link: fragments do better
    }
    this.frameOff = frameOff;
    this.l3 = l3;
    this.l4 = l4;
    this.headers = headers;
    this.payload = frameLen - headers;
    if (!udp) {
      this.sequence = view.getInt32(frameOff + l4 + 4);
      this.flags = bytes[frameOff + l4 + TCP_FLAGS]!;
    }
    this.prepareSums(ip);
    const csumOffset = udp ? UDP_CHECKSUM : TCP_CHECKSUM;
    writeInner(bytes, frameOff, VNET_NEEDS_CSUM, GSO_NONE, l4, csumOffset, 0);
    bytes.copyWithin(TEMPLATE_AT, frameOff - INNER_SIZE, frameOff + headers);
    this.count = Math.ceil(this.payload / this.size);
    return this.count;
  }

  // HOT PATH
  private prepareSums(ip: number): void {
    const { bytes, view } = this.arena;
    const protocol = this.udp ? PROTOCOL_UDP : PROTOCOL_TCP;
    if (this.v6) {
      this.pseudoSum = pseudoHeaderSum6(bytes, ip, protocol, 0);
      return;
    }
    this.pseudoSum = pseudoHeaderSum4(bytes, ip, protocol, 0);
    this.id = view.getUint16(ip + IPV4_ID);
    // What differs from segment to segment counts as zero.
    view.setInt16(ip + IPV4_TOTAL_LENGTH, 0);
    view.setInt16(ip + IPV4_ID, 0);
    view.setInt16(ip + IPV4_CHECKSUM, 0);
    this.ipSum = checksumFold(checksumAdd(bytes, ip, this.l4 - this.l3, 0));
  }

  /**
   * Whether the packet of `len` bytes at `ip` is what its virtio-net header says: TCP or UDP right behind
   * `ipHeaders` bytes of IP. IPv6 extension headers are left to the receiving kernel: with a routing
   * header, say, the checksum is over another destination.
   */
  // HOT PATH
  private isTrain(ip: number, len: number, ipHeaders: number, v6: boolean, udp: boolean): boolean {
    const { bytes } = this.arena;
    if (v6 ? ipHeaders !== IPV6_HEADER_SIZE : etherType(bytes, ip) !== ETHERTYPE_IPV4) return false;
    if (bytes[ip]! >> 4 !== (v6 ? 6 : 4)) return false;
    const found = transport(bytes, ip, len);
    return protocolOf(found) === (udp ? PROTOCOL_UDP : PROTOCOL_TCP) && headersLengthOf(found) === ipHeaders;
  }

  /** Builds segment `index` in place; its plaintext is then at `plainOff`, `plainLen`. */
  // HOT PATH
  segment(index: number): void {
    const { bytes, view } = this.arena;
    const done = index * this.size;
    const left = this.payload - done;
    const length = Math.min(left, this.size);
    const at = this.frameOff + done;
    if (index > 0) bytes.copyWithin(at - INNER_SIZE, TEMPLATE_AT, TEMPLATE_AT + INNER_SIZE + this.headers);
    const ip = at + this.l3;
    if (this.v6) view.setInt16(ip + IPV6_PAYLOAD_LENGTH, this.headers - this.l3 + length - IPV6_HEADER_SIZE);
    else this.writeIpv4(ip, this.headers - this.l3 + length, (this.id + index) & 0xffff);
    const l4 = at + this.l4;
    const l4Length = this.headers - this.l4 + length;
    const sum = checksumFold(this.pseudoSum + l4Length);
    if (this.udp) {
      view.setInt16(l4 + UDP_LENGTH, l4Length);
      view.setInt16(l4 + UDP_CHECKSUM, sum);
    } else {
      view.setInt32(l4 + 4, (this.sequence + done) | 0);
      let flags = this.flags;
      if (index > 0) flags &= ~TCP_CWR;
      if (index < this.count - 1) flags &= ~FIN_PSH;
      bytes[l4 + TCP_FLAGS] = flags;
      view.setInt16(l4 + TCP_CHECKSUM, sum);
    }
    this.plainOff = at - INNER_SIZE;
    this.plainLen = INNER_SIZE + this.headers + length;
  }

  // HOT PATH
  private writeIpv4(ip: number, length: number, id: number): void {
    const { view } = this.arena;
    view.setInt16(ip + IPV4_TOTAL_LENGTH, length);
    view.setInt16(ip + IPV4_ID, id);
    view.setInt16(ip + IPV4_CHECKSUM, ~checksumFold(this.ipSum + length + id));
  }
}
