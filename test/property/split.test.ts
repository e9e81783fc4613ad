/**
 * The splitter against a kernel's segmentation written plainly. Each segment is read as the sealer reads
 * it and then destroyed before the next is asked for, so no segment may draw on one that was consumed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arenaOver } from '../../src/core/arena.js';
import { SLOT_HEADROOM, TAP_AT, TX_AT } from '../../src/core/layout.js';
import { Splitter } from '../../src/core/segment/split.js';
import { GSO_ECN, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4, INNER_SIZE, VNET_SIZE } from '../../src/core/wire/inner.js';
import { build, CWR, headersArbitrary, type Packet, payloadOf, SEGMENT, segmentsOf } from './super-frame.js';

const arena = arenaOver(new ArrayBuffer(TX_AT));
const splitter = new Splitter(arena);
const FRAME_AT = TAP_AT + SLOT_HEADROOM + VNET_SIZE;
const FRAGMENT_HEADER = 12;
/** Below this a TCP segment is not cut to fit the link. */
const LEAST_CUT = 256;

function gsoTypeOf(packet: Packet): number {
  if (packet.udp) return GSO_UDP_L4;
  return (packet.v6 ? GSO_TCPV6 : GSO_TCPV4) | ((packet.flags & CWR) !== 0 ? GSO_ECN : 0);
}

/** Puts the super-frame into a TAP slot and prepares it; returns the number of segments. */
function begin(packet: Packet, gsoSize: number, limit: number, gsoType = gsoTypeOf(packet)): number {
  const { bytes, l3, l4 } = build(packet);
  arena.bytes.set(bytes, FRAME_AT);
  return splitter.begin(FRAME_AT, bytes.length, gsoType, gsoSize, l3, l4, limit);
}

/** Plaintext of segment `index`; what it lay in is overwritten, also in front where a fragment header may go. */
function consume(index: number): Uint8Array {
  splitter.segment(index);
  const { plainOff, plainLen } = splitter;
  const plain = arena.bytes.slice(plainOff, plainOff + plainLen);
  arena.bytes.fill(0xa5, plainOff - FRAGMENT_HEADER, plainOff + plainLen);
  return plain;
}

/** What the plaintext of a segment must be: inner header and frame. */
function plaintext(packet: Packet): Buffer {
  const { bytes, l4, csumOffset } = build(packet);
  return Buffer.from([1, 1, 0, csumOffset, l4 & 255, l4 >> 8, 0, 0, ...bytes]);
}

const superFrame = fc
  .tuple(headersArbitrary, fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 65_000 })), fc.nat())
  .chain(([headers, gsoSize, seed]) => {
    const room = 65_535 - 60 - 60;
    const most = Math.min(room, gsoSize * 70);
    const length = fc.oneof(
      fc.integer({ min: 1, max: most }),
      fc.integer({ min: 1, max: Math.max(1, Math.floor(most / gsoSize)) }).map((n) => Math.min(most, n * gsoSize)),
    );
    return length.map((n) => ({ packet: { ...headers, payload: payloadOf(n, seed) }, gsoSize }));
  });

test('every segment is what a kernel would have made, byte for byte', () => {
  fc.assert(
    fc.property(superFrame, ({ packet, gsoSize }) => {
      const expected = segmentsOf(packet, gsoSize);
      assert.equal(begin(packet, gsoSize, 65_535 + 100), expected.length);
      expected.forEach((segment, i) => {
        assert.deepEqual(Buffer.from(consume(i)), plaintext(segment), `segment ${i} of ${expected.length}`);
      });
    }),
    { numRuns: 300 },
  );
});

test('TCP is cut finer to fit the link, UDP is not: its datagrams must stay whole', () => {
  fc.assert(
    fc.property(superFrame, fc.integer({ min: -100, max: 9000 }), ({ packet, gsoSize }, limit) => {
      const { headers } = build(packet);
      const fits = packet.udp || headers + gsoSize <= limit;
      const size = fits ? gsoSize : limit - headers;
      if (!fits && size < LEAST_CUT) {
        assert.equal(begin(packet, gsoSize, limit), 0);
        return;
      }
      const expected = segmentsOf(packet, size);
      assert.equal(begin(packet, gsoSize, limit), expected.length);
      expected.forEach((segment, i) => {
        const plain = Buffer.from(consume(i));
        if (!packet.udp) assert.ok(plain.length - INNER_SIZE <= limit);
        assert.deepEqual(plain, plaintext(segment));
      });
    }),
    { numRuns: 300 },
  );
});

const TCP: Packet = { ...SEGMENT, id: 65_534, sequence: 0xffff_ff00, tcpOptions: [], payload: payloadOf(5000, 1) };

test('identification and sequence numbers wrap', () => {
  assert.equal(begin(TCP, 1000, 1500), 5);
  const segments = [0, 1, 2, 3, 4].map(consume);
  const view = (i: number) => new DataView(segments[i]!.buffer, INNER_SIZE);
  assert.deepEqual(
    segments.map((_, i) => view(i).getUint16(18)),
    [65_534, 65_535, 0, 1, 2],
  );
  assert.deepEqual(
    segments.map((_, i) => view(i).getUint32(38)),
    [0xffff_ff00, 744, 1744, 2744, 3744],
  );
});

/** The virtio-net headers below contradict the frame, or it is one that can't be split right. */
function refused(name: string, packet: Packet, change: (frame: Uint8Array, l3: number, l4: number) => void = () => {}) {
  test(`refuses ${name}`, () => {
    const { bytes, l3, l4 } = build(packet);
    change(bytes, l3, l4);
    arena.bytes.set(bytes, FRAME_AT);
    const before = arena.bytes.slice(FRAME_AT, FRAME_AT + bytes.length);
    assert.equal(splitter.begin(FRAME_AT, bytes.length, gsoTypeOf(packet), 1000, l3, l4, 1500), 0);
    assert.deepEqual(arena.bytes.slice(FRAME_AT, FRAME_AT + bytes.length), before, 'and leaves it as it is');
  });
}

const V6 = { ...TCP, v6: true };
refused('a routing header: the last destination stands in it, not in the IPv6 header', {
  ...V6,
  extensions: [{ protocol: 43, bytes: [0, 0, 4, 1, 0, 0, 0, 0, ...new Array<number>(16).fill(9)] }],
});
refused('hop-by-hop options', { ...V6, extensions: [{ protocol: 0, bytes: [0, 0, 1, 4, 0, 0, 0, 0] }] });
refused('an IPv6 fragment', { ...V6, extensions: [{ protocol: 44, bytes: [0, 0, 0, 1, 0, 0, 0, 7] }] });
refused('another protocol in IPv6', V6, (frame, l3) => {
  frame[l3 + 6] = 132;
});
refused('another protocol in IPv4', TCP, (frame, l3) => {
  frame[l3 + 9] = 17;
});
refused('a fragment of IPv4', { ...TCP, fragment: 0x2000 });
refused('a TCP header shorter than there is', TCP, (frame, _, l4) => {
  frame[l4 + 12] = 0x40;
});
refused('a TCP header longer than the frame', { ...TCP, payload: new Uint8Array(10) }, (frame, _, l4) => {
  frame[l4 + 12] = 0xf0;
});
refused('an IPv4 header that does not end where the checksum starts', TCP, (frame, l3) => {
  frame[l3] = 0x46;
});
refused('an EtherType that is not IP, whatever stands behind it', TCP, (frame, l3) => {
  frame[l3 - 1] = 0x47;
});
refused('IPv6 under the EtherType of IPv4', V6, (frame, l3) => frame.set([8, 0], l3 - 2));

test('refuses what is not said to be a train of its own kind', () => {
  for (const type of [0, 2, 3, GSO_TCPV6, GSO_UDP_L4, 6, 0x7f])
    assert.equal(begin(TCP, 1000, 1500, type), 0, `${type}`);
  assert.equal(begin(V6, 1000, 1500, GSO_TCPV4), 0);
  assert.equal(begin({ ...TCP, udp: true }, 1000, 1500, GSO_TCPV4), 0);
  assert.equal(begin(TCP, 0, 1500), 0, 'a segment size of 0');
  assert.equal(begin({ ...TCP, payload: new Uint8Array(0) }, 1000, 1500), 0, 'nothing to split');
});

test('nonsense is refused or split within its own bytes', () => {
  const nonsense = fc.record({
    frame: fc.uint8Array({ minLength: 14, maxLength: 300 }),
    gsoType: fc.nat(255),
    gsoSize: fc.oneof(fc.nat(0xffff), fc.nat(40)),
    l3: fc.nat(60),
    l4: fc.oneof(fc.nat(0xffff), fc.nat(120)),
  });
  fc.assert(
    fc.property(nonsense, fc.boolean(), ({ frame, gsoType, gsoSize, l3, l4 }, plausible) => {
      if (plausible && l3 >= 14 && l3 + 20 <= frame.length) {
        frame.set([8, 0, 0x45], l3 - 2);
        frame[l3 + 9] = 6;
      }
      const end = FRAME_AT + frame.length;
      arena.bytes.set(frame, FRAME_AT);
      arena.bytes.fill(0x77, end, end + 300);
      const count = splitter.begin(FRAME_AT, frame.length, gsoType, gsoSize, l3, plausible ? l3 + 20 : l4, 1500);
      for (let i = 0; i < count; i++) {
        splitter.segment(i);
        assert.ok(splitter.plainOff >= FRAME_AT - INNER_SIZE);
        assert.ok(splitter.plainOff + splitter.plainLen <= end);
        arena.bytes.fill(0xa5, splitter.plainOff, splitter.plainOff + splitter.plainLen);
      }
      assert.ok(
        arena.bytes.subarray(end, end + 300).every((byte) => byte === 0x77),
        'nothing is written behind it',
      );
    }),
    { numRuns: 3000 },
  );
});
