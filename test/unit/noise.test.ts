/** Noise and the primitives against an independent implementation (Node's OpenSSL) and against RFC examples. */
import assert from 'node:assert/strict';
import { createCipheriv, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
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

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const random = randomBytes(generator(77));
const NOTHING = new Uint8Array(0);

test('X25519: the example of RFC 7748, 6.1; a point of low order gives null', () => {
  const alice = bytes('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
  const bob = bytes('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb');
  const alicePublic = primitives.x25519Base(alice);
  assert.equal(hex(alicePublic), '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
  const shared = primitives.x25519(bob, alicePublic);
  assert.equal(shared && hex(shared), '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
  assert.equal(primitives.x25519(alice, new Uint8Array(32)), null);
});

test('BLAKE2b: the example of RFC 7693, appendix A; short and keyed outputs differ', () => {
  assert.equal(
    hex(primitives.blake2b(64, bytes('616263'))),
    'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1' +
      '7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923',
  );
  const message = random(300);
  const outputs = [16, 32, 64].flatMap((length) => [
    hex(primitives.blake2b(length, message)).slice(0, 32),
    hex(primitives.blake2b(length, message, random(32))).slice(0, 32),
  ]);
  assert.equal(new Set(outputs).size, 6);
});

test('ChaCha20-Poly1305 is the one of OpenSSL; every wrong bit is refused', () => {
  const [key, nonce, ad, plaintext] = [random(32), random(12), random(20), random(100)];
  const sealed = primitives.chachaSeal(key, nonce, ad, plaintext);
  assert.equal(hex(sealed), hex(chacha(key, nonce, ad, plaintext)));
  assert.deepEqual(primitives.chachaOpen(key, nonce, ad, sealed), plaintext);
  for (let at = 0; at < sealed.length; at++) {
    const forged = sealed.slice();
    forged[at] = (forged[at] ?? 0) ^ 0x10;
    assert.equal(primitives.chachaOpen(key, nonce, ad, forged), null);
  }
  assert.equal(primitives.chachaOpen(key, nonce, ad, random(15)), null);
});

test('ML-KEM-768: sizes, agreement, malformed key, another key gives another secret', () => {
  const { encapsulationKey, decapsulationKey } = primitives.kemKeyPair(random(64));
  assert.equal(encapsulationKey.length, 1184);
  const made = primitives.kemEncapsulate(encapsulationKey, random(32));
  assert.ok(made);
  assert.equal(made.ciphertext.length, 1088);
  assert.deepEqual(primitives.kemDecapsulate(decapsulationKey, made.ciphertext), made.secret);
  const other = primitives.kemKeyPair(random(64));
  assert.notDeepEqual(primitives.kemDecapsulate(other.decapsulationKey, made.ciphertext), made.secret);
  assert.equal(primitives.kemEncapsulate(new Uint8Array(1184).fill(255), random(32)), null, 'not reduced mod 3329');
  assert.equal(primitives.kemEncapsulate(encapsulationKey.slice(1), random(32)), null);
});

test('HMAC and HKDF are those of OpenSSL over BLAKE2b-512', () => {
  for (const length of [0, 1, 32, 64, 128]) {
    const [key, data] = [random(64), random(length)];
    assert.equal(hex(hmac(primitives, key, data)), hex(mac(key, data)));
    assert.deepEqual(hkdf(primitives, key, data).map(hex), expand(key, data).map(hex));
  }
});

/** IKpsk2 as one straight line, the messages of the initiator and the final keys. */
function straight(prologue: Uint8Array, s: Uint8Array, e: Uint8Array, rs: Uint8Array, re: Uint8Array, psk: Uint8Array) {
  const publicOf = (secret: Uint8Array) => primitives.x25519Base(secret);
  let h = new Uint8Array(64);
  h.set(Buffer.from('Noise_IKpsk2_25519_ChaChaPoly_BLAKE2b'));
  let ck = h.slice();
  let k: Uint8Array = NOTHING;
  let n = 0;
  const mixHash = (data: Uint8Array) => {
    h = digest(Buffer.concat([h, data]));
  };
  const mixKey = (data: Uint8Array) => {
    const [first, second] = expand(ck, data);
    [ck, k, n] = [first, second.slice(0, 32), 0];
  };
  const seal = (plaintext: Uint8Array) => {
    const nonce = new Uint8Array(12);
    nonce[4] = n++;
    const sealed = chacha(k, nonce, h, plaintext);
    mixHash(sealed);
    return sealed;
  };
  mixHash(prologue);
  mixHash(publicOf(rs));
  mixHash(publicOf(e));
  mixKey(publicOf(e));
  mixKey(dh(e, rs));
  const sealedStatic = seal(publicOf(s));
  mixKey(dh(s, rs));
  const first = Buffer.concat([publicOf(e), sealedStatic, seal(Buffer.from('one'))]);
  mixHash(publicOf(re));
  mixKey(publicOf(re));
  mixKey(dh(e, re));
  mixKey(dh(s, re));
  const [pskChaining, pskHash, pskKey] = expand(ck, psk);
  ck = pskChaining;
  mixHash(pskHash);
  [k, n] = [pskKey.slice(0, 32), 0];
  const second = Buffer.concat([publicOf(re), seal(Buffer.from('two'))]);
  const [one, two] = expand(ck, NOTHING);
  return { first, second, h, keys: [one.slice(0, 32), two.slice(0, 32)] };
}

test('IKpsk2 equals a straight-line computation with OpenSSL, both messages, hash and keys', () => {
  const [prologue, s, e, rs, re, psk] = [random(20), random(32), random(32), random(32), random(32), random(32)];
  const expected = straight(prologue, s, e, rs, re, psk);
  const responderPublic = primitives.x25519Base(rs);
  const common = { primitives, pattern: 'IKpsk2' as const, prologue };
  const initiatorPublic = primitives.x25519Base(s);
  const initiator = new HandshakeState({
    ...common,
    initiator: true,
    staticSecret: s,
    staticPublic: initiatorPublic,
    remoteStatic: responderPublic,
  });
  const responder = new HandshakeState({
    ...common,
    initiator: false,
    staticSecret: rs,
    staticPublic: responderPublic,
    remoteStatic: null,
  });
  initiator.psk = psk.slice();
  responder.psk = psk.slice();
  const first = initiator.writeMessage(Buffer.from('one'), e.slice());
  assert.ok(first);
  assert.equal(hex(first), hex(expected.first));
  assert.deepEqual(responder.readMessage(first), new Uint8Array(Buffer.from('one')));
  assert.deepEqual(responder.remoteStatic, initiatorPublic);
  const second = responder.writeMessage(Buffer.from('two'), re.slice());
  assert.ok(second);
  assert.equal(hex(second), hex(expected.second));
  const forger = initiator.clone();
  assert.equal(forger.readMessage(random(second.length)), null, 'a clone takes the forgery');
  forger.wipe();
  assert.deepEqual(initiator.readMessage(second), new Uint8Array(Buffer.from('two')), 'the true one still counts');
  for (const state of [initiator, responder]) {
    assert.equal(hex(state.getHandshakeHash()), hex(expected.h));
    assert.deepEqual(state.split().map(hex), expected.keys.map(hex));
  }
});

test('the responder may end the work once it knows who speaks', () => {
  const [s, rs] = [random(32), random(32)];
  const [initiatorPublic, responderPublic] = [primitives.x25519Base(s), primitives.x25519Base(rs)];
  const common = { primitives, pattern: 'IKpsk2' as const, prologue: NOTHING };
  const initiator = new HandshakeState({
    ...common,
    initiator: true,
    staticSecret: s,
    staticPublic: initiatorPublic,
    remoteStatic: responderPublic,
  });
  let multiplications = 0;
  const x25519 = (secret: Uint8Array, point: Uint8Array) => {
    multiplications++;
    return primitives.x25519(secret, point);
  };
  const responder = new HandshakeState({
    ...common,
    primitives: { ...primitives, x25519 },
    initiator: false,
    staticSecret: rs,
    staticPublic: responderPublic,
    remoteStatic: null,
  });
  const message = initiator.writeMessage(random(50), random(32));
  assert.ok(message);
  const asked: string[] = [];
  const payload = responder.readMessage(message, (key) => {
    asked.push(hex(key));
    return false;
  });
  assert.equal(payload, null);
  assert.deepEqual(asked, [hex(initiatorPublic)]);
  assert.equal(multiplications, 1);
});

test('CipherState counts its nonce, and not for what does not open', () => {
  const key = random(32);
  const [sender, receiver] = [new CipherState(primitives), new CipherState(primitives)];
  sender.initializeKey(key.slice());
  receiver.initializeKey(key.slice());
  const [first, second] = [sender.encryptWithAd(NOTHING, random(9)), sender.encryptWithAd(NOTHING, random(9))];
  assert.equal(receiver.decryptWithAd(NOTHING, second), null);
  assert.ok(receiver.decryptWithAd(NOTHING, first));
  assert.ok(receiver.decryptWithAd(NOTHING, second));
});

function digest(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('blake2b512').update(data).digest());
}

function mac(key: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHmac('blake2b512', key).update(data).digest());
}

function expand(
  key: Uint8Array,
  data: Uint8Array,
): [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] {
  const temporary = mac(key, data);
  const first = mac(temporary, Uint8Array.of(1));
  const second = mac(temporary, Buffer.concat([first, Uint8Array.of(2)]));
  return [first, second, mac(temporary, Buffer.concat([second, Uint8Array.of(3)]))];
}

function chacha(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAAD(ad, { plaintextLength: plaintext.length });
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** X25519 by OpenSSL between two secrets. */
function dh(secret: Uint8Array, otherSecret: Uint8Array): Uint8Array {
  return new Uint8Array(diffieHellman({ privateKey: pkcs8(secret), publicKey: createPublicKey(pkcs8(otherSecret)) }));
}

function pkcs8(secret: Uint8Array) {
  const key = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), secret]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}
