/**
 * Keys that change while a network runs: the pre-shared keys of network and pair, a peer's public key, this
 * host's own. Whatever the order in which the two ends change theirs: the session lives on, no datagram is
 * undeliverable, and in the end both agree under the new keys, and under these alone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { IdentityOptions } from '../../src/core/session/exchange.js';
import { PskOverlap } from '../../src/core/session/psk-overlap.js';
import { type End, hex, Pair } from './handshake-pair.js';
import { toyPrimitives } from './toy-primitives.js';

const OVERLAP = 60_000;
const key = (n: number) => new Uint8Array(32).fill(n);

/** What one end is configured with; `apply` tells its machine. */
class Settings {
  networkPsk: Uint8Array | null = null;
  pairPsk: Uint8Array | null = null;
  secretKey: Uint8Array;
  answerKeys: Uint8Array[] = [];
  peerKey: Uint8Array;

  constructor(
    readonly end: End,
    peer: End,
  ) {
    this.secretKey = end.secretKey;
    this.peerKey = peer.publicKey;
  }

  apply(overlap: number | null = OVERLAP): void {
    const { end, secretKey, answerKeys, networkPsk } = this;
    const { now } = end.pair;
    const until = overlap === null ? undefined : now + overlap;
    const identity: IdentityOptions = {
      secretKey,
      answerKeys,
      hostId: end.hostId,
      network: 'lab',
      cipher: 'aes-256-gcm',
      networkPsk,
    };
    end.handshakes.changeIdentity(identity, until, now);
    this.applyPeer(overlap);
  }

  applyPeer(overlap: number | null = OVERLAP): boolean {
    const { end, peerKey, pairPsk } = this;
    const oldUntil = overlap === null ? {} : { oldUntil: end.pair.now + overlap };
    return end.handshakes.setPeer({ peer: 0, hostId: 3 - end.hostId, publicKey: peerKey, psk: pairPsk, ...oldUntil });
  }
}

function connected(seed = 1): { pair: Pair; a: End; b: End; left: Settings; right: Settings } {
  const pair = new Pair({ primitives: toyPrimitives, seed });
  const [a, b] = pair.ends;
  a.connect();
  pair.runUntil(2000);
  pair.assertAgreed();
  return { pair, a, b, left: new Settings(a, b), right: new Settings(b, a) };
}

/** A session that was made after now, by a handshake of `end`. */
function rekeys(pair: Pair, end: End): boolean {
  const before = end.keys.length;
  end.handshakes.rekey(0, pair.now);
  pair.runUntil(pair.now + 1000);
  return end.keys.length > before;
}

function nothingLost(pair: Pair, why: string): void {
  for (const end of pair.ends) {
    assert.equal(end.undeliverable, 0, why);
    assert.ok(end.current, why);
    assert.deepEqual(end.expirations, [], why);
  }
}

for (const [name, set] of [
  ['the network', (settings: Settings) => (settings.networkPsk = key(7))],
  ['the pair', (settings: Settings) => (settings.pairPsk = key(7))],
] as const) {
  test(`psk of ${name}: one end changes, both can still rekey; the other follows; then the old one is gone`, () => {
    const { pair, a, b, left, right } = connected();
    set(left);
    left.apply();
    pair.runUntil(4000);
    assert.equal(a.keys.length, 2, 'a new session at once');
    assert.ok(rekeys(pair, a), 'the one that has changed makes a session');
    assert.ok(rekeys(pair, b), 'and so does the one that has not');
    set(right);
    right.apply();
    pair.runUntil(pair.now + 2000);
    assert.ok(rekeys(pair, a));
    nothingLost(pair, name);
    pair.runUntil(pair.now + OVERLAP);
    assert.ok(rekeys(pair, b), 'under the new one alone');
    right.networkPsk = null;
    right.pairPsk = null;
    right.apply(null);
    pair.runUntil(pair.now + 3000);
    assert.equal(a.current?.remoteIndex === b.current?.localIndex, false, 'the old one does not count any more');
    assert.ok(a.events.includes('response-refused') || b.events.includes('response-refused'));
  });
}

test('both psks change, one at each end first: the common ones are found by their tags', () => {
  const { pair, a, b, left, right } = connected();
  left.networkPsk = key(1);
  left.apply();
  right.pairPsk = key(2);
  right.apply();
  pair.runUntil(pair.now + 8000);
  assert.ok(rekeys(pair, a));
  assert.ok(rekeys(pair, b));
  nothingLost(pair, 'crosswise');
});

test('without overlap a change begins anew, and without a change nothing happens', () => {
  const { pair, a, left } = connected();
  left.apply();
  left.apply(null);
  assert.equal(left.applyPeer(null), false);
  nothingLost(pair, 'no change');
  left.pairPsk = key(9);
  assert.equal(left.applyPeer(null), true);
  assert.equal(a.current, null);
  assert.equal(a.expirations.length, 1);
});

test('the overlap ends: the psk of before opens nothing, though nobody asked for a session meanwhile', () => {
  const { pair, a, b, left } = connected();
  left.networkPsk = key(4);
  left.apply(10_000);
  pair.runUntil(pair.now + 10_000);
  assert.equal(rekeys(pair, a), false);
  assert.equal(rekeys(pair, b), false);
  assert.ok(a.current, 'the session itself lives on');
});

test('endOverlaps ends them at once', () => {
  const { pair, a, left } = connected();
  left.networkPsk = key(4);
  left.apply();
  pair.runUntil(pair.now + 2000);
  a.handshakes.endOverlaps();
  assert.equal(rekeys(pair, a), false);
});

test("a host's key: next is answered to, then rolled; the old one is answered to until it is taken away", () => {
  const { pair, a, b, left, right } = connected();
  const [old, next] = [a.secretKey, key(77)];
  left.answerKeys = [next];
  left.apply();
  assert.equal(a.keys.length, 1, 'a key that only answers is no reason for a new session');
  right.peerKey = toyPrimitives.x25519Base(next);
  right.apply();
  pair.runUntil(pair.now + 2000);
  assert.equal(b.keys.length, 2);
  assert.equal(b.current?.initiator, true, 'made for the next key');
  assert.ok(rekeys(pair, a), 'the host still speaks with the old key, and is known by it');
  left.secretKey = next;
  left.answerKeys = [old];
  left.apply();
  pair.runUntil(pair.now + 2000);
  assert.ok(rekeys(pair, b));
  assert.ok(rekeys(pair, a));
  nothingLost(pair, 'rolled');
  left.answerKeys = [];
  left.apply();
  pair.runUntil(pair.now + OVERLAP);
  assert.ok(rekeys(pair, b) && rekeys(pair, a), 'the new key alone');
});

test('rolled before the peers knew: the old key is still answered to, so the peer reaches this host', () => {
  const { pair, a, b, left, right } = connected();
  left.answerKeys = [a.secretKey];
  left.secretKey = key(77);
  left.apply();
  assert.equal(rekeys(pair, a), false, 'the peer does not know the new key');
  assert.ok(b.refusals.includes('unknown-key'));
  assert.ok(rekeys(pair, b));
  right.peerKey = toyPrimitives.x25519Base(left.secretKey);
  right.apply();
  pair.runUntil(pair.now + 2000);
  nothingLost(pair, 'late');
});

test('a peer was given its new key before it has it: initiations go to both in turn', () => {
  const { pair, a, b, right } = connected();
  right.peerKey = toyPrimitives.x25519Base(key(77));
  right.apply();
  pair.runUntil(pair.now + 3000);
  assert.equal(b.keys.length, 1, 'no answer to the new key');
  pair.runUntil(pair.now + 4000);
  assert.equal(b.keys.length, 2, 'the old one still counts');
  assert.ok(rekeys(pair, a));
  nothingLost(pair, 'not rolled');
});

test('back to the key of before: what came under it can not come again', () => {
  const { pair, a, b, right } = connected();
  const initiation = a.sent[0];
  assert.ok(initiation);
  const before = right.peerKey;
  right.peerKey = toyPrimitives.x25519Base(key(77));
  right.apply();
  right.peerKey = before;
  right.apply();
  pair.runUntil(10_000);
  assert.equal(b.handshakes.onDatagram(0, initiation, new Uint8Array(28), pair.now), 'replay');
});

test('a removed peer is a stranger at once, under its new key and its old one', () => {
  const { pair, a, b, left, right } = connected();
  left.answerKeys = [key(77)];
  left.apply();
  right.peerKey = toyPrimitives.x25519Base(key(77));
  right.apply();
  pair.runUntil(pair.now + 2000);
  b.handshakes.removePeer(0);
  assert.equal(b.handshakes.tableSize, 0);
  assert.equal(rekeys(pair, a), false);
  assert.equal(b.refusals.at(-1), 'unknown-key');
  left.secretKey = key(77);
  left.apply();
  assert.equal(rekeys(pair, a), false);
  assert.deepEqual(new Set(b.refusals), new Set(['unknown-key']));
});

test('the psk that was replaced is wiped', () => {
  const overlap = new PskOverlap(key(1));
  const [first] = overlap.candidates();
  overlap.replace(key(2), 100);
  const [second] = overlap.candidates();
  assert.equal(overlap.candidates().length, 2);
  overlap.expire(99);
  assert.equal(overlap.candidates().length, 2);
  overlap.expire(100);
  assert.deepEqual(first, new Uint8Array(32));
  assert.equal(overlap.candidates().length, 1);
  overlap.replace(key(3), 200);
  overlap.replace(key(4), 300);
  assert.deepEqual(second, new Uint8Array(32), 'at most two are held');
  const held = overlap.candidates();
  overlap.wipe();
  for (const psk of held) assert.deepEqual(psk, new Uint8Array(32));
});

test('any order of changes at both ends within the overlap: nothing is undeliverable, and both agree in the end', () => {
  const change = fc.constantFrom('network', 'pair', 'next', 'learn', 'roll', 'rekey');
  const steps = fc.array(fc.tuple(fc.constantFrom(0, 1), change, fc.integer({ min: 0, max: 2500 })), { maxLength: 12 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), steps, (seed, list) => {
      const { pair, a, b, left, right } = connected(seed);
      const [network, ofPair] = [key(5), key(6)];
      const nextKey = [key(71), key(72)] as const;
      const sides = [left, right] as const;
      const learn = (side: 0 | 1) => {
        sides[side].peerKey = toyPrimitives.x25519Base(nextKey[side === 0 ? 1 : 0]);
      };
      const own = (side: 0 | 1, rolled: boolean) => {
        const settings = sides[side];
        const before = settings.end.secretKey;
        settings.secretKey = rolled ? nextKey[side] : before;
        settings.answerKeys = rolled ? [before] : [nextKey[side]];
      };
      const rolled = [false, false];
      const act = (side: 0 | 1, what: string): void => {
        const settings = sides[side];
        if (what === 'network') settings.networkPsk = network;
        else if (what === 'pair') settings.pairPsk = ofPair;
        else if (what === 'learn') learn(side);
        else if (what === 'next') own(side, rolled[side] === true);
        else if (what === 'roll') {
          rolled[side] = true;
          own(side, true);
        } else settings.end.handshakes.rekey(0, pair.now);
        settings.apply();
      };
      for (const [side, what, pause] of list) {
        act(side as 0 | 1, what);
        pair.runUntil(pair.now + pause);
      }
      nothingLost(pair, 'on the way');
      for (const side of [0, 1] as const) for (const what of ['network', 'pair', 'next', 'learn']) act(side, what);
      pair.runUntil(pair.now + 15_000);
      for (const side of [0, 1] as const) act(side, 'roll');
      pair.runUntil(pair.now + 15_000);
      nothingLost(pair, 'at the end');
      pair.assertAgreed();
      pair.runUntil(pair.now + OVERLAP);
      assert.ok(rekeys(pair, a) && rekeys(pair, b), 'the new keys alone are good');
      assert.equal(hex(a.current?.sendKey ?? key(0)), hex(b.current?.receiveKey ?? key(1)));
    }),
    { numRuns: 60 },
  );
});
