/** The inner header against a plain statement of what the receiving kernel takes, and its two other shapes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { INNER_SIZE, innerIsValid, innerToVnet, VNET_SIZE, writeInner } from '../../src/core/wire/inner.js';

/** TCPV4 and TCPV6 with and without the ECN bit, UDP_L4 without it. */
const GSO_TYPES = [1, 4, 5, 0x81, 0x84];

interface Inner {
  flags: number;
  gsoType: number;
  csumOffset: number;
  csumStart: number;
  gsoSize: number;
}

function accepts({ flags, gsoType, csumOffset, csumStart, gsoSize }: Inner, frameLen: number): boolean {
  if (frameLen < 14 || flags > 1) return false;
  const checksumInside = csumStart >= 14 && csumStart + csumOffset + 2 <= frameLen;
  if (flags === 1 && !checksumInside) return false;
  if (gsoType === 0) return true;
  return flags === 1 && GSO_TYPES.includes(gsoType) && gsoSize > 0 && gsoSize < frameLen;
}

const small = (most: number) => fc.oneof(fc.nat(most), fc.nat(Math.min(most, 120)));
const inner: fc.Arbitrary<Inner> = fc.record({
  flags: fc.oneof(fc.constantFrom(0, 1), fc.nat(255)),
  gsoType: fc.oneof(fc.constantFrom(0, ...GSO_TYPES), fc.nat(255)),
  csumOffset: fc.oneof(fc.constantFrom(6, 16), fc.nat(255)),
  csumStart: small(0xffff),
  gsoSize: small(0xffff),
});

const AT = 64;

test('takes what a kernel takes, and nothing else', () => {
  const bytes = new Uint8Array(256);
  let taken = 0;
  fc.assert(
    fc.property(inner, small(70_000), fc.nat(255), (header, frameLen, rest) => {
      bytes.fill(rest);
      writeInner(bytes, AT, header.flags, header.gsoType, header.csumStart, header.csumOffset, header.gsoSize);
      const expected = accepts(header, frameLen);
      if (expected) taken++;
      assert.equal(innerIsValid(bytes, AT - INNER_SIZE, frameLen), expected);
    }),
    { numRuns: 20_000 },
  );
  assert.ok(taken > 500, 'the test has seen both answers');
});

test('random bytes: what is taken has its checksum inside of the frame', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.nat(9000), (bytes, frameLen) => {
      if (!innerIsValid(bytes, 0, frameLen)) return;
      const [, flags, gsoType, offset, low, high] = bytes as unknown as number[];
      assert.ok(frameLen >= 14);
      assert.ok(flags === 0 || low! + high! * 256 + offset! + 2 <= frameLen);
      assert.ok(flags === 1 || gsoType === 0);
    }),
    { numRuns: 20_000 },
  );
});

test('is written where the frame begins, and becomes struct virtio_net_hdr there', () => {
  fc.assert(
    fc.property(inner, ({ flags, gsoType, csumOffset, csumStart, gsoSize }) => {
      const bytes = new Uint8Array(128).fill(0xee);
      writeInner(bytes, AT, flags, gsoType, csumStart, csumOffset, gsoSize);
      const start = [csumStart & 255, csumStart >> 8];
      const size = [gsoSize & 255, gsoSize >> 8];
      assert.deepEqual([...bytes.subarray(AT - INNER_SIZE, AT)], [1, flags, gsoType, csumOffset, ...start, ...size]);
      assert.ok(bytes.every((byte, i) => byte === 0xee || (i >= AT - INNER_SIZE && i < AT)));
      innerToVnet(bytes, AT);
      const vnet = [flags, gsoType, 0, 0, ...size, ...start, csumOffset, 0];
      assert.deepEqual([...bytes.subarray(AT - VNET_SIZE, AT)], vnet);
      assert.ok(bytes.every((byte, i) => byte === 0xee || (i >= AT - VNET_SIZE && i < AT)));
    }),
  );
});
