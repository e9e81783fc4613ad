/**
 * Memory that C knows by its address only: it neither moves nor dies, whatever the collector does. A
 * raw address keeps nothing alive, so this is what the arenas are for (docs/architecture.md).
 */
import assert from 'node:assert/strict';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SEAL_OVERHEAD, writeHeader } from '../../src/core/wire/transport.js';
import { NodeAead } from '../../src/io/node-aead.js';
import { OpensslAead } from '../../src/io/openssl.js';
import { arena, close, evp, write } from '../../src/io/syscalls.js';
import { collectGarbage } from './expose-gc.js';

/** Garbage of all kinds: what the collector moves, and memory that is given back and taken again. */
function litter(round: number): number {
  const kept: unknown[] = [];
  for (let i = 0; i < 200; i++) {
    kept.push(
      { round, i, text: `${round}.${i}` },
      new Uint8Array(64 + i),
      new ArrayBuffer(1 << 14),
      Buffer.alloc(5000, i),
    );
  }
  return kept.length;
}

function pattern(seed: number): Uint8Array {
  return Uint8Array.from({ length: 4096 }, (_, i) => (i * 31 + seed * 7 + (i >> 8)) & 255);
}

/** Arenas of which only the address is kept. */
function addresses(count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const { bytes, address } = arena(4096);
    bytes.set(pattern(i));
    return address;
  });
}

test('an arena of which only the address is known keeps its bytes', () => {
  const known = addresses(40);
  for (let round = 0; round < 10; round++) {
    litter(round);
    collectGarbage();
  }
  const directory = mkdtempSync(join(tmpdir(), 'sennit-arena-'));
  try {
    const path = join(directory, 'bytes');
    const fd = openSync(path, 'w');
    for (const address of known) assert.equal(write(fd, address, 4096), 4096);
    close(fd);
    const written = readFileSync(path);
    known.forEach((_, i) => {
      assert.equal(Buffer.compare(written.subarray(i * 4096, (i + 1) * 4096), pattern(i)), 0, `arena ${i}`);
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('arenas do not overlap, are zero, and their view is the memory at the address', () => {
  const made = Array.from({ length: 20 }, (_, i) => arena(1 + i * 3000));
  const sorted = made.toSorted((a, b) => a.address - b.address);
  sorted.forEach(({ address, bytes }, i) => {
    assert.ok(Number.isSafeInteger(address) && address > 0);
    assert.ok(i === 0 || sorted[i - 1]!.address + sorted[i - 1]!.bytes.length <= address);
    assert.ok(bytes.every((byte) => byte === 0));
    bytes.fill(i + 1);
  });
  sorted.forEach(({ bytes, view }, i) => {
    assert.ok(bytes.every((byte) => byte === i + 1));
    assert.equal(view.getUint8(0), i + 1);
  });
});

const openssl = evp();
const skip = openssl === null && 'this Node does not export its OpenSSL';

test('sealing and opening between collections: every byte as node:crypto has it', { skip }, () => {
  const memory = arena(64 * 1024);
  const ours = new OpensslAead(openssl!, memory);
  const node = new NodeAead(memory);
  const key = Uint8Array.from({ length: 32 }, (_, i) => i * 5);
  const sealKey = ours.addKey('aes-256-gcm', key, 'seal');
  const openKey = ours.addKey('chacha20-poly1305', key, 'open');
  const nodeSeal = node.addKey('aes-256-gcm', key);
  const nodeChaCha = node.addKey('chacha20-poly1305', key);
  for (let round = 0; round < 40; round++) {
    const length = 1 + ((round * 641) % 9000);
    for (let i = 0; i < length; i++) memory.bytes[1024 + i] = i * 13 + round;
    const plain = memory.bytes.slice(1024, 1024 + length);
    litter(round);
    collectGarbage();
    writeHeader(memory.view, 16_384, 1, round);
    ours.seal(sealKey, round, 1024, length, 16_384);
    collectGarbage();
    writeHeader(memory.view, 32_768, 1, round);
    node.seal(nodeSeal, round, 1024, length, 32_768);
    const size = length + SEAL_OVERHEAD;
    const sealed = memory.bytes.slice(16_384, 16_384 + size);
    assert.equal(Buffer.compare(sealed, memory.bytes.subarray(32_768, 32_768 + size)), 0, `round ${round}`);
    node.seal(nodeChaCha, round, 1024, length, 32_768);
    collectGarbage();
    assert.ok(ours.open(openKey, round, 32_768, size), `round ${round}`);
    assert.equal(Buffer.compare(memory.bytes.subarray(32_784, 32_784 + length), plain), 0);
  }
});
