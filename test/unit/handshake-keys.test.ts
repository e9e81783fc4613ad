/** The derivations of key-schedule.ts, and that every part of them counts for the keys of a session. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { before, test } from 'node:test';
import type { Primitives } from '../../src/core/crypto/primitives.js';
import { mac1, mac1Key, presharedKey, prologue, transportKeys } from '../../src/core/session/key-schedule.js';
import { loadSodium } from '../../src/io/sodium.js';
import { generator, hex, Pair, randomBytes } from './handshake-pair.js';

let primitives: Primitives;
before(async () => {
  primitives = await loadSodium();
});
const random = randomBytes(generator(3));

test('prologue: label, cipher, length in bytes of UTF-8, name', () => {
  assert.equal(Buffer.from(prologue('lab', 'aes-256-gcm')).toString('latin1'), 'Sennit v1\x01\x03lab');
  assert.equal(Buffer.from(prologue('é', 'chacha20-poly1305')).toString('latin1'), 'Sennit v1\x02\x02\xc3\xa9');
  assert.throws(() => prologue('x'.repeat(256), 'aes-256-gcm'), RangeError);
});

test('psk: absent keys count as zeros, the two places are not the same', () => {
  const key = random(32);
  const psk = (network: Uint8Array | null, pair: Uint8Array | null) => hex(presharedKey(primitives, network, pair));
  assert.equal(psk(null, null), psk(new Uint8Array(32), new Uint8Array(32)));
  assert.equal(new Set([psk(null, null), psk(key, null), psk(null, key), psk(key, key)]).size, 4);
  const input = Buffer.concat([Buffer.from('Sennit v1 psk'), key, new Uint8Array(32)]);
  assert.equal(psk(key, null), hex(primitives.blake2b(32, input)));
});

test('mac1 covers all bytes before it and depends on the receiver', () => {
  const message = random(100);
  const receiver = random(32);
  const key = mac1Key(primitives, receiver);
  assert.deepEqual(key, primitives.blake2b(32, Buffer.concat([Buffer.from('mac1----'), receiver])));
  const value = hex(mac1(primitives, key, message, 68));
  assert.equal(value.length, 32);
  const after = message.slice();
  after[68] = (after[68] ?? 0) ^ 1;
  assert.equal(hex(mac1(primitives, key, after, 68)), value);
  for (let at = 0; at < 68; at++) {
    const changed = message.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.notEqual(hex(mac1(primitives, key, changed, 68)), value);
  }
  assert.notEqual(hex(mac1(primitives, mac1Key(primitives, random(32)), message, 68)), value);
});

test('transport keys: the same from OpenSSL; the inputs are wiped', () => {
  const [hash, first, second, secret] = [random(64), random(32), random(32), random(32)];
  const mac = (key: Uint8Array, ...parts: Uint8Array[]) =>
    createHmac('blake2b512', key).update(Buffer.concat(parts)).digest();
  const temporary = mac(hash, Buffer.from('Sennit v1 transport'), first, second, secret);
  const one = mac(temporary, Uint8Array.of(1));
  const two = mac(temporary, one, Uint8Array.of(2));
  const keys = transportKeys(primitives, hash, [first, second], secret);
  assert.equal(hex(keys.toResponder), hex(one.subarray(0, 32)));
  assert.equal(hex(keys.toInitiator), hex(two.subarray(0, 32)));
  for (const wiped of [first, second, secret]) assert.deepEqual(wiped, new Uint8Array(32));
});

test('the ML-KEM secret is part of the keys: with another one the two ends do not agree', () => {
  const wrong: Primitives = {
    ...primitives,
    kemDecapsulate: (key, ciphertext) => {
      const secret = primitives.kemDecapsulate(key, ciphertext);
      secret[0] = (secret[0] ?? 0) ^ 1;
      return secret;
    },
  };
  const [good, bad] = [primitives, wrong].map((used) => {
    const pair = new Pair({ primitives: used });
    pair.ends[0].connect();
    pair.runUntil(50);
    const [a, b] = pair.ends.map((end) => end.keys[0]);
    assert.ok(a && b);
    return hex(a.sendKey) === hex(b.receiveKey) && hex(b.sendKey) === hex(a.receiveKey);
  });
  assert.deepEqual([good, bad], [true, false]);
});
