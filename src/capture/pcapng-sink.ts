/** Captured packets as a pcapng file: an interface for each link (numbered from 0 in the file), or one for the TAP. */
import { addressText } from '../io/netlink/address-text.js';
import type { Endpoint } from './outer.js';
import { outerHeader } from './outer.js';
import type { PacketSink, Subject } from './packet-sink.js';
import { endpointOf, Pieces } from './packet-sink.js';
import {
  type Direction,
  enhancedPacket,
  interfaceDescription,
  interfaceStatistics,
  LINKTYPE_ETHERNET,
  LINKTYPE_RAW,
  sectionHeader,
} from './pcapng.js';
import type { Captured } from './record.js';
import { INBOUND } from './record.js';

/** Bytes of the longest header that is made for a datagram: IPv6 and UDP. */
const OUTER_HEADER = 48;

export class PcapngSink implements PacketSink {
  private readonly pieces = new Pieces();
  /** Number in the file of each link. */
  private readonly numbers = new Map<number, number>();
  /** Packets of each interface of the file. */
  private readonly counts: number[] = [];

  /** @param clock our clock minus the lane's, milliseconds */
  constructor(
    private readonly subject: Subject,
    private readonly clock: number,
    snapLength: number,
    os: string,
    program: string,
  ) {
    const { name, links } = subject;
    this.pieces.add(sectionHeader(os, program));
    if (links.size === 0) {
      this.pieces.add(interfaceDescription(LINKTYPE_ETHERNET, snapLength, name, 'inner frames of the tunnel'));
      this.counts.push(0);
      return;
    }
    for (const [link, { bytes, port }] of links) {
      this.numbers.set(link, this.counts.length);
      const where = `outer datagrams of link ${link}, ${addressText(bytes)} port ${port}; headers are made`;
      const room = snapLength + OUTER_HEADER;
      this.pieces.add(interfaceDescription(LINKTYPE_RAW, room, `link${link}`, where));
      this.counts.push(0);
    }
  }

  get size(): number {
    return this.pieces.size;
  }

  add(packet: Captured, peer: string | null): void {
    const { links } = this.subject;
    const number = links.size === 0 ? 0 : (this.numbers.get(packet.link) ?? 0);
    this.counts[number] = (this.counts[number] ?? 0) + 1;
    const time = microseconds(packet.time + this.clock);
    const direction = packet.direction as Direction;
    const comment = peer === null ? null : `peer ${peer}`;
    const here = links.get(packet.link);
    if (links.size === 0 || here === undefined) {
      this.pieces.add(enhancedPacket(number, time, [packet.data], packet.length, direction, comment));
      return;
    }
    const header = this.header(packet, here);
    const length = header.length + packet.length;
    this.pieces.add(enhancedPacket(number, time, [header, packet.data], length, direction, comment));
  }

  /** What was dropped is said of the first interface: the ring is one for all. */
  end(from: number, to: number, _packets: number, dropped: number): void {
    this.counts.forEach((delivered, number) => {
      const lost = number === 0 ? dropped : 0;
      const span = { from: microseconds(from + this.clock), to: microseconds(to + this.clock) };
      const statistics = { ...span, received: delivered + lost, dropped: lost, delivered };
      this.pieces.add(interfaceStatistics(number, statistics));
    });
  }

  take(): Uint8Array {
    return this.pieces.take();
  }

  private header({ direction, tos, data, length, address }: Captured, here: Endpoint): Uint8Array {
    const there = endpointOf(address);
    // A local address that is not of the other's family is `any`: 0.0.0.0 or ::.
    const near =
      here.bytes.length === there.bytes.length ? here : { ...here, bytes: new Uint8Array(there.bytes.length) };
    return direction === INBOUND
      ? outerHeader(there, near, tos, data, length)
      : outerHeader(near, there, tos, data, length);
  }
}

function microseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000);
}
