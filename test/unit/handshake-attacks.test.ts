/**
 * Attacks on the handshake, each made from true messages by somebody who knows the protocol: every byte
 * changed, points of low order, malformed ML-KEM keys, reflection, messages of sessions long gone. And each
 * time the true message works afterwards.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Primitives } from '../../src/core/crypto/primitives.js';
import type { Refusal } from '../../src/core/session/handshake-sink.js';
import { loadSodium } from '../../src/io/sodium.js';
import { forgeInitiation, forgeResponse, kemKeyIsGood, type StaticKey, withMac1 } from '../fuzz/forge.js';
import { type End, generator, hex, Pair, randomBytes } from './handshake-pair.js';

let primitives: Primitives;
before(async () => {
  primitives = await loadSodium();
});

const random = randomBytes(generator(4));
const KEM_KEY = 16;

/** The bytes of mac2, at the end, are no part of what a message says. */
const MAC2 = 16;

/** Link of the true messages, and how many answers each of the others takes. */
const QUIET = 7;
const ANSWERS = 8;

interface Stage {
  a: End;
  b: End;
  /** Refused in silence: nothing sent, kept or timed. */
  refuses(end: End, bytes: Uint8Array, reason: Refusal, link?: number): void;
  /** Over a link of its own: an initiation takes no end of answers on any one. */
  takes(end: End, bytes: Uint8Array): void;
  /** A new initiation of an end. */
  ask(end: End): Uint8Array;
  pass(milliseconds: number): void;
}

function stage(): Stage {
  const pair = new Pair({ primitives, fate: () => [] });
  const [a, b] = pair.ends;
  let now = 0;
  let source = 0;
  /** Each from an address of its own, 60 ms apart: no rate is exceeded. */
  const give = (end: End, bytes: Uint8Array, link: number): string => {
    now += 60;
    const address = new Uint8Array(28);
    new DataView(address.buffer).setUint32(4, ++source);
    return end.handshakes.onDatagram(link, bytes, address, now);
  };
  const state = (end: End) => {
    const { sent, keys, expirations, handshakes } = end;
    return [sent.length, keys.length, expirations.length, handshakes.tableSize, handshakes.nextTimeout()];
  };
  return {
    a,
    b,
    refuses(end, bytes, reason, link = 0) {
      const before = state(end);
      assert.equal(give(end, bytes, link), reason);
      assert.deepEqual(state(end), before);
      assert.equal(end.refusals.at(-1), reason);
    },
    takes: (end, bytes) => assert.equal(give(end, bytes, QUIET), 'ok'),
    ask(end) {
      end.handshakes.connect(0, now);
      return last(end);
    },
    pass(milliseconds) {
      now += milliseconds;
      for (const end of pair.ends) end.handshakes.onTimeout(now);
    },
  };
}

function last(end: End): Uint8Array {
  return end.sent.at(-1)?.slice() ?? assert.fail('nothing was sent');
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = copy[at]! ^ (1 << (at & 7));
  return copy;
}

function assertAgreed(a: End, b: End): void {
  assert.equal(hex(a.keys.at(-1)!.sendKey), hex(b.keys.at(-1)!.receiveKey));
  assert.equal(hex(a.keys.at(-1)!.receiveKey), hex(b.keys.at(-1)!.sendKey));
}

/** Byte `at` of `message` changed, as a stranger does it and as one does who makes mac1 anew. */
function flip({ refuses }: Stage, end: End, message: Uint8Array, at: number, expected: Refusal, link = 0): void {
  const bad = flipped(message, at);
  refuses(end, bad, at < 4 ? expected : 'mac1', link);
  if (at < message.length - 2 * MAC2) refuses(end, withMac1(primitives, bad, end.publicKey), expected, link);
}

test('every byte of an initiation, changed: refused, and the true one is answered', () => {
  const s = stage();
  const { a, b } = s;
  const initiation = s.ask(a);
  for (let at = 0; at < initiation.length - MAC2; at++) {
    flip(s, b, initiation, at, at === 0 ? 'type' : at < 4 ? 'reserved' : 'authentication');
  }
  for (let type = 0; type < 256; type++) {
    const bad = initiation.slice();
    bad[0] = type;
    if (type !== 1) s.refuses(b, bad, type === 2 || type === 3 ? 'length' : 'type');
  }
  s.takes(b, initiation);
  s.takes(a, last(b));
  assertAgreed(a, b);
});

test('every byte of a response, changed: refused, and the true one makes the session', () => {
  const s = stage();
  const { a, b } = s;
  let response: Uint8Array = new Uint8Array(0);
  // Bytes 8 to 11 are the receiver index: who else waits for an answer. A first byte of 3 makes a cookie reply.
  const expected = (at: number): Refusal =>
    at === 0 ? 'length' : at < 4 ? 'reserved' : at >= 8 && at < 12 ? 'unknown-index' : 'authentication';
  for (let at = 0, tried = 0; at === 0 || at < response.length - MAC2; at++, tried++) {
    if (tried % (ANSWERS * QUIET) === 0) {
      s.pass(3000); // time for a new initiation
      s.takes(b, s.ask(a));
      response = last(b);
    }
    flip(s, a, response, at, expected(at), Math.floor(tried / ANSWERS) % QUIET);
  }
  s.takes(a, response);
  assertAgreed(a, b);
});

/**
 * X coordinates of the points whose order divides 8 (https://cr.yp.to/ecdh.html, "validate"), on the curve and
 * its twist, in every encoding: as they are, plus the prime where that still fits, and with the bit that
 * X25519 ignores (RFC 7748, 5).
 */
function lowOrderPoints(): Uint8Array[] {
  const prime = 2n ** 255n - 19n;
  const order8 = [
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  ];
  const values = [0n, 1n, prime - 1n, ...order8].flatMap((x) => [x, x + prime].filter((value) => value < 2n ** 255n));
  return values.flatMap((value) => [value, value + 2n ** 255n].map(encoded));
}

function encoded(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

/**
 * Primitives of an attacker who leaves the check out: each exchange with a point of low order gives zero, and
 * `own` is the point that goes with the secret `marker`.
 */
function careless(marker: Uint8Array, own: Uint8Array): Primitives {
  return {
    ...primitives,
    x25519: (secret, point) =>
      secret === marker ? new Uint8Array(32) : (primitives.x25519(secret, point) ?? new Uint8Array(32)),
    x25519Base: (secret) => (secret === marker ? own : primitives.x25519Base(secret)),
  };
}

function initiationPayload(stamp: bigint, hostId: number): Uint8Array {
  const payload = new Uint8Array(1200);
  const view = new DataView(payload.buffer);
  view.setBigUint64(0, stamp, true);
  view.setUint16(8, hostId, true);
  payload.set(primitives.kemKeyPair(random(64)).encapsulationKey, KEM_KEY);
  return payload;
}

test('there are 14 encodings of points of low order, and X25519 refuses each', () => {
  const points = lowOrderPoints();
  assert.equal(new Set(points.map(hex)).size, 14);
  for (const point of points) assert.equal(primitives.x25519(random(32), point), null, hex(point));
  // The neighbours of the special ones are points like any other.
  assert.notEqual(primitives.x25519(random(32), encoded(2n)), null);
  assert.notEqual(primitives.x25519(random(32), encoded(2n ** 255n - 21n)), null);
});

test('a point of low order for the ephemeral key of an initiation: the secrets that it makes known are not used', () => {
  const s = stage();
  const { a, b } = s;
  for (const point of lowOrderPoints()) {
    const marker = random(32);
    const content = { index: 5, payload: initiationPayload(50n, a.hostId), ephemeralSecret: marker };
    s.refuses(b, forgeInitiation(careless(marker, point), a, b.publicKey, content), 'authentication');
  }
  s.takes(b, s.ask(a));
});

test('a point of low order for the ephemeral key of a response', () => {
  const s = stage();
  const { a, b } = s;
  const initiation = s.ask(a);
  for (const [n, point] of lowOrderPoints().entries()) {
    const marker = random(32);
    const response = forgeResponse(careless(marker, point), b, a.publicKey, initiation, {
      index: 7,
      ephemeralSecret: marker,
      payload: () => new Uint8Array(1096),
    });
    s.refuses(a, response, 'authentication', Math.floor(n / ANSWERS));
  }
  s.takes(b, initiation);
  s.takes(a, last(b));
  assertAgreed(a, b);
});

test('a point of low order for a static key: nobody speaks in its name, even where it is configured', () => {
  for (const point of lowOrderPoints()) {
    const s = stage();
    const { b } = s;
    const nobody: StaticKey = { secretKey: random(32), publicKey: point };
    const forged = forgeInitiation(careless(nobody.secretKey, point), nobody, b.publicKey, {
      index: 5,
      payload: initiationPayload(50n, 9),
      ephemeralSecret: random(32),
    });
    s.refuses(b, forged, 'unknown-key');
    b.handshakes.setPeer({ peer: 1, hostId: 9, publicKey: point, psk: null });
    s.refuses(b, forged, 'authentication');
    b.handshakes.connect(1, 0);
    assert.equal(b.sent.length, 0, 'nor is it spoken to');
    assert.equal(b.events.at(-1), 'unusable-key');
  }
});

test('a malformed ML-KEM key: refused, and its stamp does not count', () => {
  const s = stage();
  const { a, b } = s;
  const ephemeralSecret = () => random(32);
  const good = initiationPayload(1000n, a.hostId);
  assert.ok(kemKeyIsGood(good.subarray(KEM_KEY)));
  // A coefficient of 12 bits, the first, the last, and some between: 3329 and above.
  for (const coefficient of [0, 1, 255, 256, 383, 766, 767]) {
    for (const value of [3329, 3330, 4095]) {
      const payload = good.slice();
      const at = KEM_KEY + Math.floor(coefficient / 2) * 3;
      if (coefficient % 2 === 0) {
        payload[at] = value;
        payload[at + 1] = (payload[at + 1]! & 0xf0) | (value >> 8);
      } else {
        payload[at + 1] = (payload[at + 1]! & 15) | ((value & 15) << 4);
        payload[at + 2] = value >> 4;
      }
      assert.ok(!kemKeyIsGood(payload.subarray(KEM_KEY)));
      const content = { index: 5, payload, ephemeralSecret: ephemeralSecret() };
      s.refuses(b, forgeInitiation(primitives, a, b.publicKey, content), 'kem-key');
    }
  }
  for (const fill of [0xff, 0xf0]) {
    const payload = good.slice().fill(fill, KEM_KEY);
    const content = { index: 5, payload, ephemeralSecret: ephemeralSecret() };
    s.refuses(b, forgeInitiation(primitives, a, b.publicKey, content), 'kem-key');
  }
  s.takes(b, forgeInitiation(primitives, a, b.publicKey, { index: 5, payload: good, ephemeralSecret: random(32) }));
});

test('an ML-KEM ciphertext that was not made for the key: a session with keys that nobody else has', () => {
  const s = stage();
  const { a, b } = s;
  const initiation = s.ask(a);
  s.takes(b, initiation);
  const other = last(b);
  const response = forgeResponse(primitives, b, a.publicKey, initiation, {
    index: 7,
    ephemeralSecret: random(32),
    payload: () => {
      const payload = random(1096);
      payload.fill(0, 1090);
      new DataView(payload.buffer).setUint16(1088, b.hostId, true);
      return payload;
    },
  });
  s.takes(a, response);
  assert.notEqual(hex(a.keys.at(-1)!.receiveKey), hex(b.keys.at(-1)!.sendKey));
  s.refuses(a, other, 'unknown-index');
});

test('reflection: what a host said, said to itself, even where its own key is configured as a peer', () => {
  const s = stage();
  const { a, b } = s;
  const initiation = s.ask(a);
  s.refuses(a, initiation, 'mac1');
  a.handshakes.setPeer({ peer: 5, hostId: 77, publicKey: a.publicKey, psk: null });
  s.refuses(a, withMac1(primitives, initiation, a.publicKey), 'authentication');
  a.handshakes.connect(5, 0);
  const toItself = last(a);
  s.refuses(a, toItself, 'host-id');
  s.takes(b, initiation);
  const response = last(b);
  s.refuses(b, response, 'mac1');
  s.refuses(b, withMac1(primitives, response, b.publicKey), 'unknown-index');
  s.takes(a, response);
});

test('an initiation and a response of sessions long gone', () => {
  const s = stage();
  const { a, b } = s;
  const initiation = s.ask(a);
  s.takes(b, initiation);
  const response = last(b);
  s.takes(a, response);
  for (let n = 0; n < 40; n++) s.pass(5000);
  // The keys are 200 s old: both have forgotten them. The first host asks again and again.
  assert.deepEqual([a.expirations.length, b.expirations.length], [1, 1]);
  s.refuses(b, initiation, 'replay');
  s.refuses(a, response, 'unknown-index');
  // Nor in the name of another who is configured since.
  b.handshakes.setPeer({ peer: 3, hostId: 30, publicKey: primitives.x25519Base(random(32)), psk: null });
  s.refuses(b, initiation, 'replay');
  s.takes(b, last(a));
});

test('guessing the index of an initiation that waits: each wrong one is unknown, and nothing is told', () => {
  const s = stage();
  const { a, b } = s;
  s.takes(b, s.ask(a));
  const response = last(b);
  const view = new DataView(response.buffer);
  const index = view.getUint32(8, true);
  const near = Array.from({ length: 200 }, (_, n) => index + n - 100);
  const far = Array.from({ length: 200 }, () => new DataView(random(4).buffer).getUint32(0));
  for (const guess of [...near, ...far, 0, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
    if (guess === index) continue;
    const forged = response.slice();
    new DataView(forged.buffer).setUint32(8, guess, true);
    s.refuses(a, withMac1(primitives, forged, a.publicKey), 'unknown-index');
  }
  s.takes(a, response);
});

test('the same keys in another network, under another cipher or pre-shared key: neither message is of use', () => {
  const psk = new Uint8Array(32).fill(3);
  const elsewhere = [
    { network: 'lab2' },
    { network: '' },
    { cipher: 'chacha20-poly1305' as const },
    { network: 'lab', networkPsk: psk },
  ];
  for (const options of elsewhere) {
    const s = stage();
    const { a, b } = s;
    const content = { index: 5, payload: initiationPayload(5n, a.hostId), ephemeralSecret: random(32) };
    const forged = forgeInitiation(primitives, a, b.publicKey, content, options);
    // The pre-shared key comes into play with the second message only.
    if (options.networkPsk === undefined) s.refuses(b, forged, 'authentication');
    const initiation = s.ask(a);
    const payload = (asked: Uint8Array): Uint8Array => {
      const answer = new Uint8Array(1096);
      answer.set(primitives.kemEncapsulate(asked.slice(KEM_KEY), random(32))!.ciphertext);
      new DataView(answer.buffer).setUint16(1088, b.hostId, true);
      return answer;
    };
    const answer = { index: 7, ephemeralSecret: random(32), payload };
    if (options.networkPsk !== undefined) {
      s.refuses(a, forgeResponse(primitives, b, a.publicKey, initiation, answer, options), 'authentication');
    }
    s.takes(a, forgeResponse(primitives, b, a.publicKey, initiation, { ...answer, ephemeralSecret: random(32) }));
  }
});
