/**
 * What a host must drop: no exception, no reply, nothing kept. Every message here is made from a true
 * one, so each test would find a way in if its check were missing.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import type { Primitives } from '../../src/core/crypto/primitives.js';
import { Handshakes } from '../../src/core/session/handshake.js';
import type { Refusal } from '../../src/core/session/handshake-sink.js';
import { mac1, mac1Key } from '../../src/core/session/key-schedule.js';
import type { SessionKeys } from '../../src/core/session/keys.js';
import { loadSodium } from '../../src/io/sodium.js';
import { generator, hex, randomBytes } from './handshake-pair.js';

let primitives: Primitives;
before(async () => {
  primitives = await loadSodium();
});

const ADDRESS = new Uint8Array(28).fill(1);

class Host {
  readonly sent: Uint8Array[] = [];
  readonly keys: SessionKeys[] = [];
  readonly refusals: (Refusal | number | null)[] = [];
  /** Greatest accepted stamps, as a file keeps them. */
  readonly stamps = new Map<string, bigint>();
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly handshakes: Handshakes;
  stamp = 100n;

  constructor(
    readonly hostId: number,
    options: { network?: string; cipher?: 'aes-256-gcm' | 'chacha20-poly1305'; networkPsk?: Uint8Array } = {},
  ) {
    const random = randomBytes(generator(hostId));
    this.secretKey = random(32);
    this.publicKey = primitives.x25519Base(this.secretKey);
    this.handshakes = new Handshakes({
      primitives,
      random,
      stamp: () => ++this.stamp,
      acceptedStamp: (publicKey) => this.stamps.get(hex(publicKey)) ?? -1n,
      limits: { total: 1e9, perSource: 1e9, sources: 10 },
      sink: {
        sendOnAllLinks: (_peer, bytes) => this.sent.push(bytes),
        sendReply: (_link, _address, bytes) => this.sent.push(bytes),
        stampAccepted: (publicKey, stamp) => this.stamps.set(hex(publicKey), stamp),
        established: (keys) => this.keys.push(keys),
        expired: () => {},
        refused: (reason, _link, _address, peer) => this.refusals.push(reason, peer),
      },
    });
    const { network = 'lab', cipher = 'aes-256-gcm', networkPsk = null } = options;
    this.handshakes.setIdentity({ secretKey: this.secretKey, hostId, network, cipher, networkPsk });
  }

  knows(other: Host, as: { hostId?: number; psk?: Uint8Array } = {}): this {
    const { hostId = other.hostId, psk = null } = as;
    this.handshakes.setPeer({ peer: other.hostId, hostId, publicKey: other.publicKey, psk });
    return this;
  }

  /** A new initiation to `other`. */
  initiate(other: Host, now = 0): Uint8Array {
    this.handshakes.connect(other.hostId, now);
    return this.last();
  }

  last(): Uint8Array {
    const bytes = this.sent.at(-1);
    assert.ok(bytes);
    return bytes;
  }

  receive(bytes: Uint8Array, now = 0): Refusal | 'ok' {
    return this.handshakes.onDatagram(0, bytes, ADDRESS, now);
  }

  /** Asserts that `bytes` is refused for `reason`, silently and without a trace. */
  refuses(bytes: Uint8Array, reason: Refusal, now = 0): void {
    const state = () => [this.sent.length, this.keys.length, this.handshakes.nextTimeout(), this.handshakes.tableSize];
    const before = state();
    assert.equal(this.receive(bytes, now), reason);
    assert.deepEqual(state(), before);
    assert.equal(this.refusals.at(-2), reason);
  }
}

function friends(): [Host, Host] {
  const [a, b] = [new Host(1), new Host(2)];
  a.knows(b);
  b.knows(a);
  return [a, b];
}

/** The message with mac1 made anew for `receiver`, as anybody can who knows the public key. */
function withMac(bytes: Uint8Array, receiver: Host): Uint8Array {
  const copy = bytes.slice();
  const offset = bytes.length - 32;
  copy.set(mac1(primitives, mac1Key(primitives, receiver.publicKey), copy, offset), offset);
  return copy;
}

function flipped(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
}

test('random bytes of any length and type', () => {
  const [, b] = friends();
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 1500 }),
      fc.integer({ min: 0, max: 5 }),
      fc.constantFrom(0, 64, 1188, 1336),
      (noise, type, length) => {
        const bytes = new Uint8Array(length || noise.length);
        bytes.set(noise.subarray(0, bytes.length));
        if (bytes.length > 0) bytes[0] = type;
        const verdict = b.receive(bytes);
        assert.ok(['type', 'length', 'reserved', 'mac1', 'unknown-index'].includes(verdict), verdict);
        assert.equal(b.sent.length + b.keys.length, 0);
      },
    ),
  );
});

test('every truncation and every extension of true messages', () => {
  const [a, b] = friends();
  const initiation = a.initiate(b);
  for (let length = 0; length < initiation.length; length += 7) b.refuses(initiation.subarray(0, length), 'length');
  b.refuses(new Uint8Array([...initiation, 0]), 'length');
  assert.equal(b.receive(initiation), 'ok');
  const response = b.last();
  for (let length = 0; length < response.length; length += 7) a.refuses(response.subarray(0, length), 'length');
  assert.equal(a.receive(response), 'ok');
});

test('a flipped bit: mac1 sees it; with mac1 made anew, the transcript does; the true message still works', () => {
  const [a, b] = friends();
  const initiation = a.initiate(b);
  for (let at = 4; at < 1320; at += 13) b.refuses(flipped(initiation, at, at % 8), 'mac1');
  for (let at = 4; at < 1304; at += 13) b.refuses(withMac(flipped(initiation, at, at % 8), b), 'authentication');
  assert.equal(b.receive(initiation), 'ok');
});

test('a flipped bit of a response: the transcript sees it; the true message still works', () => {
  const [a, b] = friends();
  let now = 0;
  const respond = () => {
    now += 5000;
    b.receive(a.initiate(b, now), now);
    return b.last();
  };
  for (let from = 12; from < 1156; from += 13 * 7) {
    const response = respond();
    for (let at = from; at < Math.min(from + 13 * 7, 1156); at += 13) {
      a.refuses(withMac(flipped(response, at, at % 8), a), 'authentication', now);
    }
    assert.equal(a.receive(response, now), 'ok');
    assert.deepEqual(a.keys.at(-1)?.sendKey, b.keys.at(-1)?.receiveKey);
  }
  const response = respond();
  for (let at = 4; at < 8; at++) a.refuses(withMac(flipped(response, at), a), 'authentication', now);
  for (let at = 8; at < 12; at++) a.refuses(withMac(flipped(response, at), a), 'unknown-index', now);
  assert.equal(a.receive(response, now), 'ok');
});

test('reserved bytes must be zero', () => {
  const [a, b] = friends();
  const initiation = a.initiate(b);
  for (const at of [1, 2, 3]) b.refuses(withMac(flipped(initiation, at), b), 'reserved');
});

test('reflection: our own messages sent back to us', () => {
  const [a, b] = friends();
  const initiation = a.initiate(b);
  a.refuses(initiation, 'mac1');
  a.refuses(withMac(initiation, a), 'authentication');
  b.receive(initiation);
  b.refuses(b.last(), 'mac1');
});

test('replay: an older initiation, also after newer ones; an initiation that came once and was answered long ago', () => {
  const [a, b] = friends();
  const first = a.initiate(b, 0);
  const second = a.initiate(b, 5000);
  assert.notDeepEqual(first, second);
  assert.equal(b.receive(second, 5000), 'ok');
  b.refuses(first, 'replay', 5000);
  b.refuses(second, 'replay', 10_000);
  assert.deepEqual(b.refusals.slice(-2), ['replay', 1]);
  // The same bytes with another mac2 are the same message.
  b.refuses(flipped(second, 1330), 'replay', 10_000);
  assert.equal(b.receive(a.initiate(b, 20_000), 20_000), 'ok');
  b.refuses(second, 'replay', 20_000);
});

test('the greatest stamp outlives a restart when it is given back', () => {
  const [a, b] = friends();
  const initiation = a.initiate(b);
  b.receive(initiation);
  assert.equal(b.stamps.get(hex(a.publicKey)), 101n);
  const reborn = new Host(2);
  reborn.stamps.set(hex(a.publicKey), 101n);
  reborn.knows(a).refuses(initiation, 'replay');
  assert.equal(reborn.receive(a.initiate(reborn, 5000), 5000), 'ok');
});

test('a peer that is removed and made known again is still held to its stamps', () => {
  const [a, b] = friends();
  const initiation = a.initiate(b);
  b.receive(initiation);
  b.handshakes.removePeer(1);
  b.knows(a).refuses(initiation, 'replay');
});

test('another network, another cipher: not even the first message opens', () => {
  const a = new Host(1);
  for (const options of [{ network: 'lab2' }, { cipher: 'chacha20-poly1305' as const }]) {
    const b = new Host(2, options).knows(a);
    a.knows(b);
    b.refuses(a.initiate(b, 10_000), 'authentication', 10_000);
  }
});

test('another pre-shared key, of the network or of the pair: the initiator refuses the response', () => {
  const psk = new Uint8Array(32).fill(5);
  const cases: [Host, Host][] = [
    [new Host(1), new Host(2, { networkPsk: psk })],
    [new Host(1, { networkPsk: psk }), new Host(2)],
  ];
  for (const [a, b] of cases) {
    a.knows(b);
    b.knows(a);
    b.receive(a.initiate(b));
    a.refuses(b.last(), 'authentication');
    assert.equal(a.keys.length, 0);
  }
  const [a, b] = [new Host(1), new Host(2)];
  a.knows(b, { psk });
  b.knows(a);
  b.receive(a.initiate(b));
  a.refuses(b.last(), 'authentication');
});

test('a stranger with a good key of its own: silence', () => {
  const [, b] = friends();
  const stranger = new Host(3);
  stranger.knows(b);
  b.refuses(stranger.initiate(b), 'unknown-key');
});

test('a good key under a wrong host id, either way', () => {
  const [a, b] = [new Host(1), new Host(2)];
  a.knows(b);
  b.knows(a, { hostId: 7 });
  b.refuses(a.initiate(b), 'host-id');
  b.handshakes.removePeer(1);
  b.knows(a);
  a.handshakes.removePeer(2);
  a.knows(b, { hostId: 9 });
  b.receive(a.initiate(b, 5000), 5000);
  a.refuses(b.last(), 'host-id', 5000);
});

test('a response that nobody waits for, a second response, a cookie reply', () => {
  const [a, b] = friends();
  const initiation = a.initiate(b);
  b.receive(initiation);
  const response = b.last();
  assert.equal(a.receive(response), 'ok');
  assert.equal(a.receive(response), 'ok', 'a copy over another link is no offence');
  assert.equal(a.keys.length, 1);
  a.refuses(withMac(flipped(response, 20), a), 'unknown-index');
  const cookie = new Uint8Array(64);
  cookie[0] = 3;
  a.refuses(cookie, 'unknown-index');
});

test('a host without a key is silent', () => {
  const [a, b] = friends();
  const initiation = a.initiate(b);
  b.handshakes.setIdentity(null);
  b.refuses(initiation, 'no-identity');
});

test('a flood with good mac1 is stopped before the curve', () => {
  let multiplications = 0;
  const counting: Primitives = {
    ...primitives,
    x25519: (secret, point) => {
      multiplications++;
      return primitives.x25519(secret, point);
    },
  };
  const random = randomBytes(generator(5));
  const secretKey = random(32);
  const sink = { sendOnAllLinks() {}, sendReply() {}, established() {}, expired() {} };
  const handshakes = new Handshakes({ primitives: counting, random, stamp: () => 1n, sink });
  handshakes.setIdentity({ secretKey, hostId: 1, network: 'lab', cipher: 'aes-256-gcm', networkPsk: null });
  const key = mac1Key(primitives, primitives.x25519Base(secretKey));
  const bytes = random(1336);
  bytes.set([1, 0, 0, 0]);
  assert.equal(handshakes.onDatagram(0, bytes, ADDRESS, 0), 'mac1');
  bytes.set(mac1(primitives, key, bytes, 1304), 1304);
  assert.equal(multiplications, 0, 'no curve without mac1');
  const verdicts = Array.from({ length: 1000 }, (_, i) =>
    handshakes.onDatagram(0, bytes, new Uint8Array(28).fill(i % 250), 0),
  );
  const count = (reason: string) => verdicts.filter((verdict) => verdict === reason).length;
  assert.deepEqual([count('authentication'), count('unproven'), count('rate')], [50, 300, 650]);
  assert.ok(multiplications <= 50);
});
