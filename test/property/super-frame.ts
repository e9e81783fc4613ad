/**
 * Ethernet frames with TCP or UDP over IPv4 or IPv6, written out field by field, and what a kernel makes
 * of a super-frame: the plain references for the splitter and the joiner. Shares no code with them.
 */
import fc from 'fast-check';

export const FIN = 0x01;
export const SYN = 0x02;
export const PSH = 0x08;
export const ACK = 0x10;
export const URG = 0x20;
export const ECE = 0x40;
export const CWR = 0x80;

export interface Packet {
  source: number;
  /** VLAN tags, outermost first: their TCI. */
  tags: number[];
  v6: boolean;
  udp: boolean;
  trafficClass: number;
  ttl: number;
  id: number;
  /** Flags and offset field of IPv4. */
  fragment: number;
  ipOptions: number[];
  /** Extension headers between IPv6 and the transport header: protocol and bytes of each. */
  extensions: { protocol: number; bytes: number[] }[];
  ports: number;
  sequence: number;
  acknowledgement: number;
  flags: number;
  window: number;
  tcpOptions: number[];
  payload: Uint8Array;
}

/** A segment of an IPv4 flow with timestamps, without payload, for tests to vary. */
export const SEGMENT: Packet = {
  source: 9,
  tags: [],
  v6: false,
  udp: false,
  trafficClass: 2,
  ttl: 64,
  id: 65_500,
  fragment: 0x4000,
  ipOptions: [],
  extensions: [],
  ports: 0x1389c350,
  sequence: 0xffff_f000,
  acknowledgement: 99,
  flags: ACK | PSH,
  window: 500,
  tcpOptions: [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2],
  payload: new Uint8Array(0),
};

export interface Built {
  bytes: Uint8Array;
  /** Where the IP header, the transport header and the payload begin. */
  l3: number;
  l4: number;
  headers: number;
  csumOffset: number;
}

function u16(value: number): number[] {
  return [(value >> 8) & 255, value & 255];
}

function u32(value: number): number[] {
  return [...u16((value >>> 16) & 0xffff), ...u16(value & 0xffff)];
}

/** One's complement sum of big-endian words. */
export function sum16(bytes: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += bytes[i]! * 256 + (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = Math.floor(sum / 0x10000) + (sum % 0x10000);
  return sum;
}

/** Checksum over these bytes, its own field zero. Of two ways to write zero Linux takes this one. */
export function checksumOf(bytes: ArrayLike<number>): number {
  return 0xffff - sum16(bytes) || 0xffff;
}

/**
 * The frame, its checksum partial as Linux leaves it (the transport checksum field holds the pseudo-header's
 * sum), or complete, as it is on a cable.
 */
export function build(packet: Packet, checksum: 'partial' | 'complete' = 'partial'): Built {
  const { v6, udp, payload } = packet;
  const protocol = udp ? 17 : 6;
  const transportLength = (udp ? 8 : 20 + packet.tcpOptions.length) + payload.length;
  const addresses = v6
    ? [...Array.from({ length: 32 }, (_, i) => (i * 37 + 1) & 255)]
    : [192, 168, 7, 9, 192, 168, 255, 254];
  const pseudo = [...addresses, ...u32(transportLength), 0, 0, 0, protocol];
  const transportHeader = (check: number) =>
    udp
      ? [...u32(packet.ports), ...u16(transportLength), ...u16(check)]
      : [
          ...u32(packet.ports),
          ...u32(packet.sequence),
          ...u32(packet.acknowledgement),
          (5 + packet.tcpOptions.length / 4) << 4,
          packet.flags,
          ...u16(packet.window),
          ...u16(check),
          ...[0, 0],
          ...packet.tcpOptions,
        ];
  const transport = transportHeader(
    checksum === 'partial' ? sum16(pseudo) : checksumOf([...pseudo, ...transportHeader(0), ...payload]),
  );
  const ip = v6
    ? ipv6(packet, protocol, addresses, transportLength)
    : ipv4(packet, protocol, addresses, transportLength);
  const ethernet = [2, 0, 0, 0, 0, 0xdd, 2, 0, 0, 0, 0, packet.source];
  packet.tags.forEach((tag, i) => {
    // The outer one of two is a service tag (802.1ad).
    ethernet.push(...(i < packet.tags.length - 1 ? [0x88, 0xa8] : [0x81, 0]), ...u16(tag));
  });
  ethernet.push(...(v6 ? [0x86, 0xdd] : [8, 0]));
  const headers = [...ethernet, ...ip, ...transport];
  const bytes = new Uint8Array(headers.length + payload.length);
  bytes.set(headers);
  bytes.set(payload, headers.length);
  return {
    bytes,
    l3: ethernet.length,
    l4: ethernet.length + ip.length,
    headers: headers.length,
    csumOffset: udp ? 6 : 16,
  };
}

function ipv4(packet: Packet, protocol: number, addresses: number[], transportLength: number): number[] {
  const headerLength = 20 + packet.ipOptions.length;
  const before = [
    0x40 | (headerLength / 4),
    packet.trafficClass,
    ...u16(headerLength + transportLength),
    ...u16(packet.id),
    ...u16(packet.fragment),
    packet.ttl,
    protocol,
  ];
  const after = [...addresses, ...packet.ipOptions];
  return [...before, ...u16(0xffff - sum16([...before, 0, 0, ...after])), ...after];
}

function ipv6(packet: Packet, protocol: number, addresses: number[], transportLength: number): number[] {
  const extensions: number[] = [];
  packet.extensions.forEach(({ bytes }, i) => {
    extensions.push(packet.extensions[i + 1]?.protocol ?? protocol, bytes.length / 8 - 1, ...bytes.slice(2));
  });
  return [
    0x60 | (packet.trafficClass >> 4),
    (packet.trafficClass & 15) << 4,
    ...[0x12, 0x34],
    ...u16(extensions.length + transportLength),
    packet.extensions[0]?.protocol ?? protocol,
    packet.ttl,
    ...addresses,
    ...extensions,
  ];
}

/** The segments that a kernel makes of a super-frame (tcp_gso_segment, __udp_gso_segment). */
export function segmentsOf(packet: Packet, size: number): Packet[] {
  const made: Packet[] = [];
  for (let at = 0; at < packet.payload.length; at += size) {
    const last = at + size >= packet.payload.length;
    made.push({
      ...packet,
      payload: packet.payload.slice(at, at + size),
      id: (packet.id + made.length) & 0xffff,
      sequence: (packet.sequence + at) >>> 0,
      flags: packet.flags & (last ? 0xff : ~(FIN | PSH)) & (at === 0 ? 0xff : ~CWR),
    });
  }
  return made;
}

/** `length` bytes that differ from place to place. */
export function payloadOf(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, x = seed | 1; i < length; i++) {
    x = (Math.imul(x, 1103515245) + 12345) | 0;
    bytes[i] = x >>> 16;
  }
  return bytes;
}

function options(most: number): fc.Arbitrary<number[]> {
  return fc
    .integer({ min: 0, max: most })
    .chain((words) => fc.array(fc.nat(255), { minLength: words * 4, maxLength: words * 4 }));
}

/** TCP options as there are: timestamps, SACK blocks, no-operations, others, and nonsense; padded as senders do. */
const tcpOptions: fc.Arbitrary<number[]> = fc.oneof(
  options(10),
  fc
    .array(
      fc.oneof(
        fc.constant([1]),
        fc.constant([2, 4, 5, 0xb4]),
        fc.array(fc.nat(255), { minLength: 8, maxLength: 8 }).map((times) => [8, 10, ...times]),
        fc.integer({ min: 1, max: 3 }).map((blocks) => [5, 2 + blocks * 8, ...payloadOf(blocks * 8, blocks)]),
        fc.array(fc.nat(255), { maxLength: 6 }).map((bytes) => [254, 2 + bytes.length, ...bytes]),
      ),
      { maxLength: 4 },
    )
    .map((list) => {
      const bytes = list.flat();
      while (bytes.length % 4 !== 0) bytes.unshift(1);
      return bytes.slice(0, 40);
    }),
);

const near = (top: number) => fc.oneof(fc.nat(top), fc.integer({ min: top - 5, max: top }), fc.nat(5));

/** Headers of any packet without extension headers and without payload. */
export const headersArbitrary: fc.Arbitrary<Packet> = fc.record({
  source: fc.nat(255),
  tags: fc.array(fc.nat(0xffff), { maxLength: 2 }),
  v6: fc.boolean(),
  udp: fc.boolean(),
  trafficClass: fc.nat(255),
  ttl: fc.nat(255),
  id: near(0xffff),
  fragment: fc.constantFrom(0, 0x4000),
  ipOptions: options(10),
  extensions: fc.constant([]),
  ports: fc.nat(0xffff_ffff),
  sequence: fc.oneof(
    near(0xffff_ffff),
    fc.integer({ min: 0xffff_0000, max: 0xffff_ffff }),
    fc.integer({ min: 0x7fff_0000, max: 0x7fff_ffff }), // overflows as a signed number
  ),
  acknowledgement: fc.nat(0xffff_ffff),
  flags: fc.nat(255),
  window: fc.nat(0xffff),
  tcpOptions,
  payload: fc.constant(new Uint8Array(0)),
});
