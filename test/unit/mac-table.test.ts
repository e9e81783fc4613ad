import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  MAC_KNOWN,
  MAC_LEARNED,
  MAC_MOVED,
  MAC_REFUSED_FULL,
  MAC_REFUSED_PEER,
  MacTable,
} from '../../src/core/switch/mac-table.js';

const LO = 0x98765432 | 0;

function table(options: Partial<ConstructorParameters<typeof MacTable>[0]> = {}): MacTable {
  return new MacTable({ capacity: 4, agingMs: 1000, maxPeers: 3, seed: 7, ...options });
}

test('learns, knows, moves', () => {
  const macs = table();
  assert.equal(macs.lookup(0x0200, LO, 0), -1);
  assert.equal(macs.learn(0x0200, LO, 1, 0), MAC_LEARNED);
  assert.equal(macs.learn(0x0200, LO, 1, 5), MAC_KNOWN);
  assert.equal(macs.lookup(0x0200, LO, 6), 1);
  assert.equal(macs.lookup(0x0201, LO, 6), -1);
  assert.equal(macs.lookup(0x0200, LO + 1, 6), -1);
  assert.equal(macs.learn(0x0200, LO, 0, 7), MAC_MOVED);
  assert.equal(macs.lookup(0x0200, LO, 8), 0);
  assert.deepEqual([macs.size, macs.countOf(0), macs.countOf(1)], [1, 1, 0]);
});

test('an address not seen for the aging time is gone, one seen again stays', () => {
  const macs = table();
  macs.learn(1, 1, 0, 0);
  macs.learn(2, 2, 0, 0);
  macs.learn(1, 1, 0, 500);
  assert.equal(macs.lookup(2, 2, 999.9), 0);
  assert.equal(macs.lookup(2, 2, 1000), -1);
  assert.equal(macs.lookup(1, 1, 1000), 0);
  assert.equal(macs.expire(1000), 1);
  assert.equal(macs.size, 1);
  assert.equal(macs.learn(2, 2, 0, 1001), MAC_LEARNED);
});

test('a full table refuses, and first makes room from what has expired', () => {
  const macs = table();
  for (let mac = 0; mac < 4; mac++) macs.learn(0, mac, 0, mac);
  assert.equal(macs.learn(0, 9, 1, 10), MAC_REFUSED_FULL);
  assert.equal(macs.lookup(0, 9, 10), -1);
  assert.equal(macs.learn(0, 3, 0, 999), MAC_KNOWN);
  assert.equal(macs.learn(0, 9, 1, 1000), MAC_LEARNED);
  assert.equal(macs.size, 4);
});

test('a peer can not take more than its share, nor by a move', () => {
  const macs = table({ perPeerLimit: 2 });
  macs.learn(0, 1, 0, 0);
  macs.learn(0, 2, 0, 10);
  macs.learn(0, 3, 1, 10);
  assert.equal(macs.learn(0, 4, 0, 20), MAC_REFUSED_PEER);
  assert.equal(macs.learn(0, 3, 0, 20), MAC_REFUSED_PEER);
  assert.equal(macs.lookup(0, 3, 20), 1);
  assert.equal(macs.learn(0, 1, 0, 20), MAC_KNOWN);
  assert.equal(macs.learn(0, 3, 0, 1010), MAC_LEARNED, 'its own expired entry made room');
});

test('forgets a peer and nothing else', () => {
  const macs = table({ capacity: 64 });
  for (let mac = 0; mac < 60; mac++) macs.learn(mac, -mac, mac % 3, 0);
  assert.equal(macs.forgetPeer(1), 20);
  assert.equal(macs.size, 40);
  for (let mac = 0; mac < 60; mac++) assert.equal(macs.lookup(mac, -mac, 1), mac % 3 === 1 ? -1 : mac % 3);
  macs.clear();
  assert.equal(macs.size, 0);
  assert.equal(macs.lookup(0, 0, 1), -1);
});

test('a new aging time holds for what is there', () => {
  const macs = table({ agingMs: Number.POSITIVE_INFINITY });
  macs.learn(0, 1, 0, 0);
  assert.equal(macs.lookup(0, 1, 1e12), 0);
  macs.setAging(50);
  assert.equal(macs.lookup(0, 1, 50), -1);
});

test('a lowered limit removes nothing but lets nothing in', () => {
  const macs = table();
  for (let mac = 0; mac < 3; mac++) macs.learn(0, mac, 0, 0);
  macs.setLimit(2);
  assert.equal(macs.size, 3);
  assert.equal(macs.learn(0, 9, 0, 1), MAC_REFUSED_FULL);
  macs.setLimit(1000);
  assert.equal(macs.learn(0, 9, 0, 1), MAC_LEARNED);
  assert.equal(macs.learn(0, 10, 0, 1), MAC_REFUSED_FULL, 'the capacity bounds every limit');
});

test('a clock that steps back does not disturb the order of aging', () => {
  const macs = table();
  macs.learn(0, 1, 0, 1000);
  macs.learn(0, 2, 0, 10);
  assert.equal(macs.lookup(0, 2, 1500), 0);
  assert.equal(macs.expire(2000), 2);
});

test('a full table of neighbouring addresses holds every one, whatever the seed', () => {
  for (let seed = 0; seed < 5; seed++) {
    const macs = table({ capacity: 8192, seed });
    for (let mac = 0; mac < 8192; mac++) assert.equal(macs.learn(0x0200, mac << 8, 0, 0), MAC_LEARNED);
    for (let mac = 0; mac < 8192; mac++) assert.equal(macs.lookup(0x0200, mac << 8, 0), 0);
    assert.equal(macs.expire(1000), 8192);
    assert.equal(macs.lookup(0x0200, 0, 0), -1);
  }
});
