import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { etherType, networkOffset } from '../../src/core/wire/ethernet.js';
import {
  headersLengthOf,
  ipPacketLength,
  ipv4HeaderLength,
  protocolOf,
  tcpHeaderLength,
  transport,
} from '../../src/core/wire/ip.js';

const bytesNotZero = fc.array(fc.nat(255), { maxLength: 100, size: 'max' });

/** Bytes that look enough like a packet to get past the first checks. */
const packetLike = fc
  .tuple(fc.constantFrom(0x45, 0x46, 0x4f, 0x60, 0x00), fc.constantFrom(0, 6, 43, 44, 60), fc.nat(90), bytesNotZero)
  .map(([first, next, length, rest]) => {
    const bytes = [first, 0, 0, length, 0, Math.max(0, length - 40), next, ...rest];
    // Short extension headers that lead to others.
    for (let at = 40; at + 1 < bytes.length; at += 8) {
      bytes[at] = [0, 6, 43, 60][bytes[at]! & 3]!;
      bytes[at + 1] = bytes[at + 1]! & 1;
    }
    return bytes;
  });

const parsers: [string, (bytes: Uint8Array, off: number, len: number) => number][] = [
  ['networkOffset', networkOffset],
  ['ipv4HeaderLength', ipv4HeaderLength],
  ['ipPacketLength', ipPacketLength],
  ['transport', transport],
  ['tcpHeaderLength', tcpHeaderLength],
];

test('no parser looks at a byte before or behind what it was given', () => {
  fc.assert(
    fc.property(fc.oneof(packetLike, bytesNotZero), fc.integer({ min: 0, max: 20 }), (data, cut) => {
      const len = Math.max(0, data.length - cut);
      for (const [name, parse] of parsers) {
        const results = [0x00, 0x60, 0x81, 0xff].map((around) => {
          const bytes = new Uint8Array(data.length + 40).fill(around);
          bytes.set(data.slice(0, len), 20);
          return parse(bytes, 20, len);
        });
        assert.ok(Number.isInteger(results[0]), `${name} returns an integer`);
        assert.equal(new Set(results).size, 1, `${name} depends on its surroundings: ${results}`);
      }
    }),
    { numRuns: 2000 },
  );
});

test('what a parser finds lies within the packet', () => {
  fc.assert(
    fc.property(packetLike, (data) => {
      const bytes = Uint8Array.from(data);
      const length = ipPacketLength(bytes, 0, bytes.length);
      const found = transport(bytes, 0, bytes.length);
      if (length < 0) assert.equal(found, -1);
      // Only extension headers can be wrong in a packet of good length.
      else if (found < 0) assert.equal(bytes[0], 0x60);
      if (found < 0) return;
      assert.ok(length <= bytes.length);
      assert.ok(headersLengthOf(found) >= 20 && headersLengthOf(found) <= length);
      assert.ok(protocolOf(found) >= 0 && protocolOf(found) <= 255);
    }),
    { numRuns: 1000 },
  );
});

test('a chain of IPv6 extension headers is walked as it was built', () => {
  const chain = fc.array(fc.tuple(fc.constantFrom(0, 43, 60), fc.integer({ min: 1, max: 12 })), { maxLength: 10 });
  fc.assert(
    fc.property(chain, fc.integer({ min: 1, max: 255 }), fc.nat(30), (headers, last, payload) => {
      fc.pre(last !== 43 && last !== 60);
      const body = headers.flatMap(([, units], i) => [
        headers[i + 1]?.[0] ?? last,
        units - 1,
        ...new Array<number>(units * 8 - 2).fill(0xcc),
      ]);
      const length = body.length + payload;
      const packet = [
        0x6f,
        1,
        2,
        3,
        length >> 8,
        length & 255,
        headers[0]?.[0] ?? last,
        64,
        ...new Array<number>(32).fill(0xdd),
        ...body,
      ];
      const bytes = Uint8Array.from([...packet, ...new Array<number>(payload).fill(0)]);
      const found = transport(bytes, 0, bytes.length);
      if (headers.length > 8) {
        assert.equal(found, -1);
      } else {
        assert.deepEqual([protocolOf(found), headersLengthOf(found)], [last, 40 + body.length]);
      }
    }),
    { numRuns: 300 },
  );
});

test('VLAN tags are passed as a list would be', () => {
  const type = fc.constantFrom(0x8100, 0x88a8, 0x0800, 0x86dd, 0x9100);
  fc.assert(
    fc.property(fc.array(type, { minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 30 }), (types, len) => {
      const bytes = Uint8Array.from([
        ...new Array<number>(12).fill(0x81),
        ...types.flatMap((type) => [type >> 8, type & 255, 0, 1]),
      ]);
      const isTag = (type: number | undefined) => type === 0x8100 || type === 0x88a8;
      const tags = !isTag(types[0]) ? 0 : !isTag(types[1]) ? 1 : 2;
      const at = 14 + 4 * tags;
      // A list that ends in a tag has run out of types before the header.
      fc.pre(tags < types.length);
      const limited = Math.min(len, bytes.length);
      const found = networkOffset(bytes, 0, limited);
      assert.equal(found, limited >= at ? at : -1);
      if (found >= 0) assert.equal(etherType(bytes, found), types[tags]);
    }),
    { numRuns: 500 },
  );
});
