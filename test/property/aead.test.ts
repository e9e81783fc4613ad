/**
 * Sealing with OpenSSL through the FFI beside sealing with node:crypto: the same bytes, and whatever was
 * touched on the way is not opened. Both work on one arena.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Aead } from '../../src/core/crypto/aead.js';
import type { Cipher } from '../../src/core/crypto/cipher.js';
import { HEADER_SIZE, SEAL_OVERHEAD, TAG_SIZE, writeHeader } from '../../src/core/wire/transport.js';
import { NodeAead } from '../../src/io/node-aead.js';
import { OpensslAead } from '../../src/io/openssl.js';
import { arena, evp } from '../../src/io/syscalls.js';
import { payloadOf } from './super-frame.js';

const CIPHERS: Cipher[] = ['aes-256-gcm', 'chacha20-poly1305'];
const PLAIN_AT = 1024;
const FIRST_AT = 16 * 1024;
const SECOND_AT = 32 * 1024;

const openssl = evp();
const memory = arena(64 * 1024);
const { bytes, view } = memory;
const skip = openssl === null && 'this Node does not export its OpenSSL';

function aeads(): [Aead, Aead] {
  return [new OpensslAead(openssl!, memory), new NodeAead(memory)];
}

function keyOf(seed: number | string): Uint8Array {
  return createHash('sha256').update(`${seed}`).digest();
}

/** Seals what lies at PLAIN_AT into the datagram at `at`, and returns its bytes. */
function seal(aead: Aead, handle: number, counter: number, length: number, at: number): Buffer {
  writeHeader(view, at, 0x12345678, counter);
  aead.seal(handle, counter, PLAIN_AT, length, at);
  return Buffer.from(bytes.slice(at, at + length + SEAL_OVERHEAD));
}

const counters = fc.oneof(fc.nat(2 ** 28 - 1), fc.constantFrom(0, 1, 255, 256, 65_536, 2 ** 28 - 1));
const lengths = fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.integer({ min: 1, max: 70 }));

for (const cipher of CIPHERS) {
  test(`${cipher}: both make the same bytes, and each opens what the other sealed`, { skip }, () => {
    const [ours, node] = aeads();
    let key = 0;
    fc.assert(
      fc.property(lengths, counters, fc.boolean(), fc.nat(), (length, counter, newKey, seed) => {
        if (newKey) key++;
        const handles = [ours, node].map((aead) => aead.addKey(cipher, keyOf(key), 'seal')) as [number, number];
        const openers = [ours, node].map((aead) => aead.addKey(cipher, keyOf(key), 'open')) as [number, number];
        const plain = payloadOf(length, seed);
        bytes.set(plain, PLAIN_AT);
        bytes.fill(0xee, FIRST_AT + length + SEAL_OVERHEAD, FIRST_AT + length + SEAL_OVERHEAD + 64);
        const first = seal(ours, handles[0], counter, length, FIRST_AT);
        const second = seal(node, handles[1], counter, length, SECOND_AT);
        assert.deepEqual(first, second);
        assert.deepEqual(bytes.slice(PLAIN_AT, PLAIN_AT + length), plain, 'the plaintext is as it was');
        const behind = bytes.slice(FIRST_AT + first.length, FIRST_AT + first.length + 64);
        assert.ok(
          behind.every((byte) => byte === 0xee),
          'nothing is written behind the tag',
        );
        assert.ok(ours.open(openers[0], counter, SECOND_AT, second.length));
        assert.ok(node.open(openers[1], counter, FIRST_AT, first.length));
        for (const at of [FIRST_AT, SECOND_AT]) {
          assert.deepEqual(bytes.slice(at + HEADER_SIZE, at + HEADER_SIZE + length), plain);
        }
        [handles, openers].forEach(([first, second]) => {
          ours.removeKey(first);
          node.removeKey(second);
        });
      }),
      { numRuns: 300 },
    );
  });

  test(`${cipher}: seals in place, where the plaintext is where the ciphertext goes`, { skip }, () => {
    const [ours, node] = aeads();
    for (const length of [1, 15, 16, 17, 1400, 9000]) {
      const apart = [ours, node].map((aead) => {
        const handle = aead.addKey(cipher, keyOf(1), 'seal');
        bytes.set(payloadOf(length, 3), PLAIN_AT);
        const expected = seal(aead, handle, 9, length, SECOND_AT);
        bytes.set(payloadOf(length, 3), FIRST_AT + HEADER_SIZE);
        writeHeader(view, FIRST_AT, 0x12345678, 9);
        aead.seal(handle, 9, FIRST_AT + HEADER_SIZE, length, FIRST_AT);
        assert.deepEqual(Buffer.from(bytes.slice(FIRST_AT, FIRST_AT + expected.length)), expected);
        return expected;
      });
      assert.deepEqual(apart[0], apart[1]);
    }
  });

  test(`${cipher}: a text or tag with any bit changed, cut, or under another counter or key is not opened`, {
    skip,
  }, () => {
    for (const aead of aeads()) {
      const sealKey = aead.addKey(cipher, keyOf('right'), 'seal');
      const openKey = aead.addKey(cipher, keyOf('right'), 'open');
      const wrongKey = aead.addKey(cipher, keyOf('wrong'), 'open');
      for (const length of [1, 33, 200]) {
        bytes.set(payloadOf(length, length), PLAIN_AT);
        const sealed = seal(aead, sealKey, 77, length, FIRST_AT);
        const opens = (handle: number, counter: number, changed: Uint8Array) => {
          bytes.set(changed, FIRST_AT);
          return aead.open(handle, counter, FIRST_AT, changed.length);
        };
        for (let at = HEADER_SIZE; at < sealed.length; at++) {
          const changed = Buffer.from(sealed);
          changed[at]! ^= 1 << (at & 7);
          assert.equal(opens(openKey, 77, changed), false, `byte ${at} of ${sealed.length}`);
        }
        assert.equal(opens(openKey, 78, sealed), false);
        assert.equal(opens(wrongKey, 77, sealed), false);
        assert.equal(opens(openKey, 77, Buffer.concat([sealed, Buffer.alloc(1)])), false);
        if (length > 1) assert.equal(opens(openKey, 77, sealed.subarray(0, -1)), false);
        assert.equal(opens(openKey, 77, sealed), true, 'and a refusal leaves nothing behind');
        assert.equal(sealed.length, HEADER_SIZE + length + TAG_SIZE);
      }
    }
  });
}

test('keys come and go without disturbing the others', { skip }, () => {
  interface Key {
    handle: number;
    seed: number;
    cipher: Cipher;
  }
  const action = fc.record({ remove: fc.boolean(), which: fc.nat(), cipher: fc.constantFrom(...CIPHERS) });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const [ours, node] = aeads();
      const keys: Key[] = [];
      bytes.set(payloadOf(100, 1), PLAIN_AT);
      actions.forEach(({ remove, which, cipher }, seed) => {
        if (remove && keys.length > 0) {
          const [{ handle }] = keys.splice(which % keys.length, 1) as [Key];
          ours.removeKey(handle);
          ours.removeKey(handle); // a second time does nothing, and frees no other's place
        } else {
          keys.push({ handle: ours.addKey(cipher, keyOf(seed), 'seal'), seed, cipher });
        }
        assert.equal(new Set(keys.map(({ handle }) => handle)).size, keys.length);
        for (const key of keys.slice(-5)) {
          const expected = node.addKey(key.cipher, keyOf(key.seed), 'seal');
          assert.deepEqual(
            seal(ours, key.handle, seed, 100, FIRST_AT),
            seal(node, expected, seed, 100, SECOND_AT),
            `key ${key.seed}`,
          );
          node.removeKey(expected);
        }
      });
      for (const { handle } of keys) ours.removeKey(handle);
    }),
    { numRuns: 100 },
  );
});

test('the key is not left where it was put', { skip }, () => {
  const key = keyOf('secret').slice();
  const aead = new OpensslAead(openssl!, memory);
  const handle = aead.addKey('aes-256-gcm', key, 'seal');
  const { scratch } = aead as unknown as { scratch: { bytes: Uint8Array } };
  assert.equal(Buffer.from(scratch.bytes).indexOf(key.subarray(0, 8)), -1);
  key.fill(0); // the caller wipes it; the schedule was computed
  bytes.set(payloadOf(64, 2), PLAIN_AT);
  const sealed = seal(aead, handle, 5, 64, FIRST_AT);
  const node = new NodeAead(memory);
  assert.deepEqual(seal(node, node.addKey('aes-256-gcm', keyOf('secret')), 5, 64, SECOND_AT), sealed);
});
