import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Primitives } from '../../src/core/crypto/primitives.js';
import { loadSodium } from '../../src/io/sodium.js';
import { hex, Pair } from './handshake-pair.js';

let primitives: Primitives;
before(async () => {
  primitives = await loadSodium();
});

test('one end connects: one handshake, matching keys, the responder is confirmed', () => {
  const pair = new Pair({ primitives });
  const [a, b] = pair.ends;
  a.connect();
  pair.runUntil(200);
  pair.assertAgreed();
  assert.equal(a.keys.length, 1);
  assert.equal(b.keys.length, 1);
  assert.equal(a.current?.initiator, true);
  assert.deepEqual(
    a.sent.map((bytes) => bytes.length),
    [1336],
  );
  assert.deepEqual(
    b.sent.map((bytes) => bytes.length),
    [1188],
  );
  assert.deepEqual([...a.refusals, ...b.refusals], []);
});

test('over eight links: one session, every copy of the initiation is answered with the same bytes', () => {
  const pair = new Pair({ primitives, links: 8, fate: (_from, link) => [10 + link * 20] });
  const [a, b] = pair.ends;
  a.connect();
  pair.runUntil(1000);
  pair.assertAgreed();
  assert.equal(b.keys.length, 1);
  assert.equal(a.keys.length, 1);
  assert.equal(b.sent.length, 8);
  assert.equal(new Set(b.sent.map(hex)).size, 1);
  assert.deepEqual([...a.refusals, ...b.refusals], [], 'late copies are ignored quietly');
});

test('a single link of eight that works is enough', () => {
  const pair = new Pair({ primitives, links: 8, fate: (_from, link) => (link === 5 ? [10] : []) });
  pair.ends[1].connect();
  pair.runUntil(100);
  pair.assertAgreed();
});

test('a cached response lives 5 s; then a copy of the initiation is a replay', () => {
  const pair = new Pair({ primitives });
  const [a, b] = pair.ends;
  a.connect();
  pair.runUntil(200);
  const initiation = a.sent[0];
  assert.ok(initiation);
  const address = new Uint8Array(28);
  assert.equal(b.handshakes.onDatagram(3, initiation, address, 4900), 'ok');
  assert.equal(b.sent.length, 2);
  assert.equal(b.handshakes.onDatagram(3, initiation, address, 5100), 'replay');
  assert.equal(b.sent.length, 2);
  assert.equal(b.keys.length, 1);
});

test('retries come after 250, 500, 1000, 2000 and then 5000 ms, each within 20 %', () => {
  const pair = new Pair({ primitives, fate: () => [] });
  const [a] = pair.ends;
  const times: number[] = [];
  pair.fate = (_from, _link, now) => {
    times.push(now);
    return [];
  };
  a.connect();
  pair.runUntil(30_000);
  const pauses = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  [250, 500, 1000, 2000, 5000, 5000, 5000].forEach((pause, i) => {
    const real = pauses[i] ?? 0;
    assert.ok(real >= pause * 0.8 && real <= pause * 1.2, `pause ${i} is ${real}`);
  });
  assert.ok(a.events.includes('no-answer'));
});

test('a slow path: the answer to the first copy still counts after retries', () => {
  const pair = new Pair({ primitives, fate: () => [600] });
  pair.ends[0].connect();
  pair.runUntil(1300);
  assert.equal(pair.ends[0].keys.length, 1, 'established by the first response, after 1.2 s');
  pair.runUntil(5000);
  pair.assertAgreed();
  assert.equal(pair.ends[1].keys.length, 1);
});

test('both connect in the same instant: the lower id is the initiator, in one round trip', () => {
  const pair = new Pair({ primitives, links: 2 });
  const [a, b] = pair.ends;
  a.connect();
  b.connect();
  pair.runUntil(60);
  pair.assertAgreed();
  assert.equal(a.current?.initiator, true);
  pair.runUntil(20_000);
  assert.equal(a.keys.length, 1);
  assert.equal(b.keys.length, 1);
});

test('the sight of the other initiation lets the lower id send again at once', () => {
  // The first copies of the lower id are lost; its next try would be at 250 ms.
  const pair = new Pair({ primitives, fate: (from, _link, now) => (from === 0 && now < 5 ? [] : [10]) });
  const [a, b] = pair.ends;
  a.connect();
  b.connect();
  pair.runUntil(60);
  pair.assertAgreed();
  assert.ok(a.events.includes('simultaneous-open'));
});

test('initiations of the lower id never arrive: after three tries it answers', () => {
  const pair = new Pair({ primitives });
  // 1336 bytes from the first end are lost, its responses are not.
  const [a, b] = pair.ends;
  const send = a.sendReply.bind(a);
  a.sendReply = (link, address, bytes) => {
    if (bytes.length !== 1336) send(link, address, bytes);
  };
  a.connect();
  b.connect();
  pair.runUntil(2500);
  pair.assertAgreed();
  assert.equal(b.current?.initiator, true);
});

test('rekey: the initiator after 114 to 120 s, the old keys stay as previous, indices differ', () => {
  const pair = new Pair({ primitives });
  const [a, b] = pair.ends;
  a.connect();
  pair.runUntil(113_900);
  assert.equal(a.keys.length, 1);
  const first = a.current;
  pair.runUntil(120_200);
  assert.equal(a.keys.length, 2);
  assert.equal(a.previous, first);
  pair.assertAgreed();
  assert.equal(b.undeliverable + a.undeliverable, 0);
  assert.notEqual(a.current?.localIndex, first?.localIndex);
  assert.notEqual(hex(a.current?.sendKey ?? new Uint8Array()), hex(first?.sendKey ?? new Uint8Array()));
});

test('an hour of rekeys: one session after the other, no datagram undeliverable', () => {
  const pair = new Pair({ primitives, fate: () => [15] });
  const [a, b] = pair.ends;
  a.connect();
  b.connect();
  pair.runUntil(3_600_000);
  pair.assertAgreed();
  assert.equal(a.undeliverable + b.undeliverable, 0);
  assert.ok(a.keys.length >= 30 && a.keys.length <= 32, `${a.keys.length} sessions`);
});

test('the initiator does not rekey: the responder makes the new session after 130 s', () => {
  const pair = new Pair({ primitives });
  const [a, b] = pair.ends;
  a.connect();
  pair.runUntil(1000);
  a.sendOnAllLinks = () => undefined; // its tries are never heard
  pair.runUntil(131_000);
  pair.assertAgreed();
  assert.equal(b.current?.initiator, true);
});

test('rekey from outside works and leaves the session usable until then', () => {
  const pair = new Pair({ primitives });
  const [a, b] = pair.ends;
  a.connect();
  pair.runUntil(1000);
  b.handshakes.rekey(0, pair.now);
  assert.ok(b.current);
  pair.runUntil(1200);
  pair.assertAgreed();
  assert.equal(b.current?.initiator, true);
  assert.equal(a.undeliverable + b.undeliverable, 0);
});

test('a session without rekey is expired at 180 s, at both ends; it comes back with the network', () => {
  const pair = new Pair({ primitives });
  const [a, b] = pair.ends;
  a.connect();
  pair.runUntil(1000);
  const indices = [a.current?.localIndex, b.current?.localIndex];
  pair.fate = () => [];
  pair.runUntil(179_900);
  assert.deepEqual([a.expirations, b.expirations], [[], []]);
  pair.runUntil(180_200);
  assert.deepEqual([a.expirations, b.expirations], [[indices[0]], [indices[1]]]);
  pair.runUntil(300_000);
  pair.fate = () => [10];
  pair.runUntil(306_100);
  pair.assertAgreed();
});

test('an end restarts without memory: a new session at once, though the other has an old one', () => {
  const pair = new Pair({ primitives });
  const [a, b] = pair.ends;
  a.connect();
  pair.runUntil(1000);
  b.handshakes.setIdentity(null);
  b.identify();
  b.connect();
  pair.runUntil(1100);
  pair.assertAgreed();
  assert.equal(b.current?.initiator, true);
});

test('a new identity drops sessions and starts anew by itself', () => {
  const pair = new Pair({ primitives });
  const [a, b] = pair.ends;
  a.connect();
  pair.runUntil(1000);
  const psk = new Uint8Array(32).fill(7);
  a.identify(psk);
  assert.equal(a.current, null);
  assert.equal(a.expirations.length, 1);
  pair.runUntil(2000);
  assert.equal(a.current, null, 'the pre-shared keys differ');
  assert.ok(a.events.includes('response-refused'));
  b.identify(psk);
  pair.runUntil(9000);
  pair.assertAgreed();
});

test('a changed pre-shared key of the pair drops the session, the same description keeps it', () => {
  const pair = new Pair({ primitives });
  const [a, b] = pair.ends;
  a.connect();
  pair.runUntil(1000);
  const same = { peer: 0, hostId: b.hostId, publicKey: b.publicKey, psk: null };
  a.handshakes.setPeer(same);
  assert.ok(a.current);
  const psk = new Uint8Array(32).fill(9);
  a.handshakes.setPeer({ ...same, psk });
  assert.equal(a.current, null);
  b.handshakes.setPeer({ peer: 0, hostId: a.hostId, publicKey: a.publicKey, psk });
  pair.runUntil(9000);
  pair.assertAgreed();
});

test('a peer whose public key is of low order is given up, not tried for ever', () => {
  const pair = new Pair({ primitives });
  const [a] = pair.ends;
  a.handshakes.setPeer({ peer: 0, hostId: 2, publicKey: new Uint8Array(32), psk: null });
  a.connect();
  assert.deepEqual(a.events, ['connecting', 'unusable-key']);
  assert.equal(a.handshakes.nextTimeout() < Number.POSITIVE_INFINITY, false);
});

test('connect before there is an identity starts as soon as there is one', () => {
  const pair = new Pair({ primitives });
  const [a] = pair.ends;
  a.handshakes.setIdentity(null);
  a.connect();
  pair.runUntil(100);
  assert.equal(a.sent.length, 0);
  a.identify();
  pair.runUntil(300);
  pair.assertAgreed();
});

test('removePeer: its initiations are those of a stranger', () => {
  const pair = new Pair({ primitives });
  const [a, b] = pair.ends;
  b.handshakes.removePeer(0);
  a.connect();
  pair.runUntil(1000);
  assert.equal(b.sent.length, 0);
  assert.deepEqual([...new Set(b.refusals)], ['unknown-key']);
  assert.equal(b.handshakes.nextTimeout(), Number.POSITIVE_INFINITY);
});

test('KEM secrets and keys are fresh in every session', () => {
  const pair = new Pair({ primitives });
  const [a] = pair.ends;
  for (let i = 0; i < 3; i++) {
    a.connect();
    pair.runUntil(pair.now + 500);
  }
  const keys = a.keys.flatMap((session) => [hex(session.sendKey), hex(session.receiveKey)]);
  assert.equal(keys.length, 6);
  assert.equal(new Set(keys).size, 6);
});
