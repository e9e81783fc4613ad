/** Captured packets as text, a line each, in the spirit of tcpdump. Only headers: never what users carry. */
import { etherType } from '../core/wire/ethernet.js';
import {
  TYPE_COOKIE_REPLY,
  TYPE_INITIATION,
  TYPE_JOIN_ANSWER,
  TYPE_JOIN_REQUEST,
  TYPE_RESPONSE,
  TYPE_TRANSPORT,
} from '../core/wire/transport.js';
import { addressText, hex } from '../io/netlink/address-text.js';
import type { PacketSink, Subject } from './packet-sink.js';
import { endpointOf, Pieces } from './packet-sink.js';
import type { Captured } from './record.js';
import { INBOUND } from './record.js';

/** What the first byte of a datagram says. */
const TYPES: Readonly<Record<number, string>> = {
  [TYPE_INITIATION]: 'handshake initiation',
  [TYPE_RESPONSE]: 'handshake response',
  [TYPE_COOKIE_REPLY]: 'cookie reply',
  [TYPE_TRANSPORT]: 'sealed',
  [TYPE_JOIN_REQUEST]: 'join request',
  [TYPE_JOIN_ANSWER]: 'join answer',
};

const ETHERTYPES: Readonly<Record<number, string>> = {
  2048: 'IPv4',
  2054: 'ARP',
  33024: '802.1Q',
  34984: '802.1ad',
  34525: 'IPv6',
  34887: 'MPLS',
  35020: 'LLDP',
};

export class TextSink implements PacketSink {
  private readonly pieces = new Pieces();

  /** @param clock our clock minus the lane's, milliseconds */
  constructor(
    private readonly subject: Subject,
    private readonly clock: number,
  ) {}

  get size(): number {
    return this.pieces.size;
  }

  add(packet: Captured, peer: string | null): void {
    const time = new Date(packet.time + this.clock).toISOString().slice(11, 23);
    const way = packet.direction === INBOUND ? 'in ' : 'out';
    const what = this.subject.links.size === 0 ? frameText(packet) : this.datagramText(packet);
    this.pieces.add(Buffer.from(`${time} ${way} ${peer ?? '-'} ${what}\n`));
  }

  end(): void {
    // What was counted is told by who asked.
  }

  take(): Uint8Array {
    return this.pieces.take();
  }

  private datagramText({ link, direction, address, data, length }: Captured): string {
    const here = this.subject.links.get(link);
    const near = here === undefined ? '?' : endpointText(here.bytes, here.port);
    const { bytes, port } = endpointOf(address);
    const far = endpointText(bytes, port);
    const [from, to] = direction === INBOUND ? [far, near] : [near, far];
    return `link ${link} ${from} > ${to} ${TYPES[data[0] ?? 0] ?? 'unknown'}, ${length} bytes`;
  }
}

function frameText({ data, length }: Captured): string {
  if (data.length < 14) return `frame, ${length} bytes`;
  const type = etherType(data, 14);
  const name = ETHERTYPES[type] ?? `0x${type.toString(16).padStart(4, '0')}`;
  return `${hex(data.subarray(6, 12), ':')} > ${hex(data.subarray(0, 6), ':')} ${name}, ${length} bytes`;
}

function endpointText(bytes: Uint8Array, port: number): string {
  const address = addressText(bytes);
  return bytes.length === 16 ? `[${address}]:${port}` : `${address}:${port}`;
}
