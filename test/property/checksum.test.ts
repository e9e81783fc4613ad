import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  checksumAdd,
  checksumFold,
  ipv4HeaderChecksum,
  pseudoHeaderSum4,
  pseudoHeaderSum6,
} from '../../src/core/wire/checksum.js';

/** One's complement sum as the RFC words it: 16-bit words, each carry added at once. */
function naiveSum(bytes: readonly number[], initial = 0): number {
  let sum = initial % 0x10000;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += bytes[i]! * 256 + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

const data = fc.array(fc.oneof(fc.nat(255), fc.constantFrom(0, 255)), { maxLength: 3000, size: 'max' });

test('the sum is that of the RFC, at any offset and length', () => {
  fc.assert(
    fc.property(data, fc.nat(3), fc.nat(0xffff), (data, off, initial) => {
      const bytes = Uint8Array.from([...new Array<number>(off).fill(0x5a), ...data, 0xa5, 0xa5]);
      assert.equal(checksumFold(checksumAdd(bytes, off, data.length, initial)), naiveSum(data, initial));
    }),
    { numRuns: 300 },
  );
});

test('a sum may be taken in parts of even length, folded or not in between', () => {
  fc.assert(
    fc.property(data, fc.nat(1500), fc.boolean(), (data, half, fold) => {
      const bytes = Uint8Array.from(data);
      const cut = Math.min(half * 2, data.length & ~1);
      const first = checksumAdd(bytes, 0, cut, 0);
      const both = checksumAdd(bytes, cut, data.length - cut, fold ? checksumFold(first) : first);
      assert.equal(checksumFold(both), naiveSum(data));
    }),
  );
});

test('an IPv4 header with its checksum sums to 0xffff', () => {
  const header = fc
    .integer({ min: 5, max: 15 })
    .chain((words) => fc.uint8Array({ minLength: words * 4, maxLength: words * 4 }));
  fc.assert(
    fc.property(header, (header) => {
      header[0] = 0x45;
      const before = [...header];
      const checksum = ipv4HeaderChecksum(header, 0, header.length);
      assert.equal(naiveSum([...header]), 0xffff);
      assert.equal(header[10]! * 256 + header[11]!, checksum);
      before[10] = header[10]!;
      before[11] = header[11]!;
      assert.deepEqual([...header], before);
    }),
  );
});

test('pseudo-header sums are those of the written-out pseudo-headers', () => {
  const packet = fc.uint8Array({ minLength: 48, maxLength: 48 });
  fc.assert(
    fc.property(packet, fc.nat(8), fc.nat(255), fc.nat(66_000), (packet, off, proto, length) => {
      const length16 = length & 0xffff;
      const four = [...packet.subarray(off + 12, off + 20), 0, proto, length16 >> 8, length16 & 255];
      assert.equal(pseudoHeaderSum4(packet, off, proto, length16), naiveSum(four));
      const six = [
        ...packet.subarray(off + 8, off + 40),
        0,
        length >> 16,
        (length >> 8) & 255,
        length & 255,
        0,
        0,
        0,
        proto,
      ];
      assert.equal(pseudoHeaderSum6(packet, off, proto, length), naiveSum(six));
    }),
  );
});
