import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FRAGMENT_HEADER_SIZE,
  fragmentCount,
  fragmentLength,
  fragmentSize,
  MAX_FRAGMENTED_TOTAL,
  writeFragmentHeader,
} from '../../src/core/fragment/fragmenter.js';

test('a frame is cut into as few near-equal pieces as carry it', () => {
  assert.equal(fragmentCount(1500, 1400), 2);
  assert.equal(fragmentSize(1500, 2), 750);
  assert.equal(fragmentCount(9000, 1400), 7);
  assert.equal(fragmentSize(9000, 7), 1286);
  assert.equal(fragmentLength(9000, 7, 0), 1286);
  assert.equal(fragmentLength(9000, 7, 6), 9000 - 6 * 1286);
  assert.equal(fragmentCount(2800, 1400), 2);
  assert.equal(fragmentCount(2801, 1400), 3);
});

test('what fits one piece still makes two', () => {
  assert.equal(fragmentCount(1400, 1400), 2);
  assert.equal(fragmentCount(2, 1400), 2);
});

test('what can not be cut is refused', () => {
  assert.equal(fragmentCount(1, 1400), 0);
  assert.equal(fragmentCount(0, 1400), 0);
  assert.equal(fragmentCount(1500, 0), 0);
  assert.equal(fragmentCount(1500, -5), 0);
  assert.equal(fragmentCount(MAX_FRAGMENTED_TOTAL + 1, 65_000), 0);
  assert.equal(fragmentCount(255, 1), 255);
  assert.equal(fragmentCount(256, 1), 0);
});

test('the header as it goes over the wire', () => {
  const bytes = new Uint8Array(FRAGMENT_HEADER_SIZE + 4).fill(0xee);
  writeFragmentHeader(bytes, 2, 3, 5, 0x89abcdef, 0x010203);
  assert.deepEqual([...bytes], [0xee, 0xee, 2, 3, 5, 0, 0xef, 0xcd, 0xab, 0x89, 3, 2, 1, 0, 0xee, 0xee]);
});
