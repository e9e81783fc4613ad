import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checksumAdd,
  checksumFold,
  ipv4HeaderChecksum,
  pseudoHeaderSum4,
  pseudoHeaderSum6,
} from '../../src/core/wire/checksum.js';

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replaceAll(' ', '').match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

test('the example of RFC 1071, section 3', () => {
  assert.equal(checksumFold(checksumAdd(hex('0001 f203 f4f5 f6f7'), 0, 8, 0)), 0xddf2);
});

test('an IPv4 header gets its checksum, whatever was in its place', () => {
  const header = hex('ffff 4500 0073 0000 4000 4011 dead c0a8 0001 c0a8 00c7');
  assert.equal(ipv4HeaderChecksum(header, 2, 20), 0xb861);
  assert.deepEqual([...header.subarray(12, 14)], [0xb8, 0x61]);
});

test('a UDP datagram over IPv4: pseudo-header and datagram sum up to the known value', () => {
  // 10.0.0.1:53 to 10.0.0.2:1234, "abc", its checksum still 0; worked out by hand.
  const packet = hex('4500 001f 0000 0000 4011 0000 0a00 0001 0a00 0002 0035 04d2 000b 0000 6162 63');
  const pseudo = pseudoHeaderSum4(packet, 0, 17, 11);
  assert.equal(pseudo, 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 17 + 11);
  assert.equal(checksumFold(checksumAdd(packet, 20, 11, pseudo)), 0xdd93);
});

test('the pseudo-header sum of IPv6 is folded and not complemented', () => {
  const packet = hex(
    `6000 0000 0014 0640 ${'fe80 0000 0000 0000 0000 0000 0000 0001'} ${'fe80 0000 0000 0000 0000 0000 0000 0002'}`,
  );
  const sum = 0xfe80 + 1 + 0xfe80 + 2 + 6 + 20;
  assert.equal(pseudoHeaderSum6(packet, 0, 6, 20), (sum & 0xffff) + (sum >> 16));
});

test('folding carries twice where needed and keeps zero apart from 0xffff', () => {
  assert.equal(checksumFold(0), 0);
  assert.equal(checksumFold(0xffff), 0xffff);
  assert.equal(checksumFold(0x1ffff), 1);
  assert.equal(checksumFold(0x7fffffff), 0x7fff);
});

test('the longest frame of ones does not overflow', () => {
  const bytes = new Uint8Array(66_001).fill(0xff);
  assert.equal(checksumFold(checksumAdd(bytes, 0, 66_000, 0)), 0xffff);
  assert.equal(checksumFold(checksumAdd(bytes, 0, 66_001, 0)), 0xff00);
});
