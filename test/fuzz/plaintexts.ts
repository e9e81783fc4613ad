/** Plaintexts that a good peer sends, of every kind: what the fuzzer begins with. */
import { writeFragmentHeader } from '../../src/core/fragment/fragmenter.js';
import { GSO_NONE, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4, INNER_SIZE, writeInner } from '../../src/core/wire/inner.js';
import { ACK, build, type Packet, payloadOf, SEGMENT } from '../property/super-frame.js';
import { nonsense } from '../sim/insider.js';
import type { Random } from '../sim/random.js';
import { edge, mutate } from './mutate.js';

const PACKET: Packet = { ...SEGMENT, payload: payloadOf(200, 1) };

/** Frames with their GSO type: TCP and UDP over both IPs, tagged, with options and extension headers, and one that is no IP. */
export const PACKETS: readonly { packet: Packet; gso: number }[] = [
  { packet: PACKET, gso: GSO_TCPV4 },
  { packet: { ...PACKET, flags: ACK, tags: [5] }, gso: GSO_TCPV4 },
  { packet: { ...PACKET, v6: true, tags: [5, 6] }, gso: GSO_TCPV6 },
  { packet: { ...PACKET, udp: true }, gso: GSO_UDP_L4 },
  { packet: { ...PACKET, udp: true, v6: true }, gso: GSO_UDP_L4 },
  { packet: { ...PACKET, ipOptions: [1, 1, 1, 1] }, gso: GSO_TCPV4 },
  { packet: { ...PACKET, v6: true, extensions: [{ protocol: 0, bytes: [0, 0, 1, 4, 0, 0, 0, 0] }] }, gso: GSO_TCPV6 },
];

/** ARP, padded to the least frame. */
const ARP = Uint8Array.of(255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 9, 8, 6, ...payloadOf(46, 3));

/** A frame's plaintext, its checksum partial; as a super-frame where `gsoSize` is given. */
function plaintextOf(packet: Packet, gso: number, gsoSize: number): Uint8Array {
  const { bytes, l4, csumOffset } = build(packet);
  const plaintext = new Uint8Array(INNER_SIZE + bytes.length);
  plaintext.set(bytes, INNER_SIZE);
  writeInner(plaintext, INNER_SIZE, 1, gsoSize > 0 ? gso : GSO_NONE, l4, csumOffset, gsoSize);
  return plaintext;
}

function arp(): Uint8Array {
  const plaintext = new Uint8Array(INNER_SIZE + ARP.length);
  plaintext.set(ARP, INNER_SIZE);
  writeInner(plaintext, INNER_SIZE, 0, GSO_NONE, 0, 0, 0);
  return plaintext;
}

function heartbeat(kind: number, link: number): Uint8Array {
  const bytes = new Uint8Array(24);
  bytes.set([kind, link]);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, 7, true);
  view.setFloat64(8, 900, true);
  view.setUint32(16, 5, true);
  return bytes;
}

function fragment(index: number): Uint8Array {
  const bytes = new Uint8Array(12 + 100).fill(7);
  writeFragmentHeader(bytes, 0, index, 3, 12, 300);
  return bytes;
}

export const PLAINTEXTS: readonly Uint8Array[] = [
  ...PACKETS.flatMap(({ packet, gso }) => [plaintextOf(packet, gso, 0), plaintextOf(packet, gso, 50)]),
  arp(),
  ...[3, 4].flatMap((kind) => [0, 1, 2].map((link) => heartbeat(kind, link))),
  fragment(0),
  fragment(2),
  ack(1),
  ack(96),
  probe(6, 8),
  probe(6, 1200),
  probe(7, 8),
  Uint8Array.of(8),
];

/** A path MTU probe, or the answer to one, on link 0. */
function probe(kind: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([kind, 0, length & 255, length >> 8, 1]);
  return bytes;
}

/** Everything has come, of a session that is there or not. */
function ack(words: number): Uint8Array {
  const bytes = new Uint8Array(12 + 4 * words).fill(0xff);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 5 | (words << 8), true);
  view.setUint32(4, 1, true);
  view.setUint32(8, 0, true);
  return bytes;
}

/** What a peer that means no good could send: changed a little, in a field that counts, or beyond recognition. */
export function badPlaintext(random: Random): Uint8Array {
  if (random.chance(0.1)) return nonsense(random);
  const plaintext = random.pick(PLAINTEXTS);
  if (random.chance(0.5)) return mutate(random, plaintext, PLAINTEXTS);
  const copy = plaintext.slice();
  const view = new DataView(copy.buffer);
  for (let fields = random.int(1, 3); fields > 0; fields--) {
    // Every field of every header begins at an even byte, or is one byte.
    const at = random.int(0, Math.min(copy.length - 1, 30));
    if (random.chance(0.5) || at + 2 > copy.length) view.setUint8(at, edge(random) & 255);
    else if (random.chance(0.5) || at + 4 > copy.length) view.setUint16(at, edge(random) & 0xffff, true);
    else view.setUint32(at, edge(random), true);
  }
  return copy;
}
