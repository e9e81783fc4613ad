/** The key ring of the data path and the slots of the handshakes: the same sessions alive in both, whatever comes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Aead } from '../../src/core/crypto/aead.js';
import { KeyRing } from '../../src/core/session/key-ring.js';
import { SessionSlots } from '../../src/core/session/session-slots.js';

class Keys {
  readonly alive = new Set<number>();
  #last = 0;

  addKey(): number {
    this.alive.add(++this.#last);
    return this.#last;
  }

  removeKey(handle: number): void {
    assert.ok(this.alive.delete(handle), 'removed once');
  }
}

function made(): { ring: KeyRing; slots: SessionSlots; keys: Keys; add: (index: number, initiator: boolean) => void } {
  const keys = new Keys();
  const ring = new KeyRing(keys as unknown as Aead, new Map());
  const slots = new SessionSlots();
  const add = (localIndex: number, initiator: boolean): void => {
    const [sendKey, receiveKey] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    ring.install({ peer: 0, localIndex, remoteIndex: 0, sendKey, receiveKey, initiator }, 'aes-256-gcm');
    slots.add({ localIndex, initiator, establishedAt: 0, responseMac: null });
    assert.deepEqual([sendKey, receiveKey], [new Uint8Array(32), new Uint8Array(32)], 'what came in is wiped');
  };
  return { ring, slots, keys, add };
}

test('our own handshake overtakes one that we answered: its keys, and those before, still open', () => {
  const { ring, slots, add } = made();
  add(1, true);
  add(2, false);
  add(3, true);
  assert.deepEqual(
    [ring.current, ring.previous, ring.next, ring.overtaken].map((pair) => pair?.localIndex),
    [3, 1, undefined, 2],
  );
  assert.equal(ring.confirmed(ring.overtaken as never), false, 'what was overtaken never comes back');
  assert.equal(ring.current?.localIndex, 3);
  assert.equal(slots.overtaken?.localIndex, 2);
  add(4, true);
  assert.equal(ring.overtaken, null);
});

test('an answered handshake that a newer answer overtakes is still opened', () => {
  const { ring, add } = made();
  add(1, true);
  add(2, false);
  add(3, false);
  assert.deepEqual([ring.current?.localIndex, ring.next?.localIndex, ring.overtaken?.localIndex], [1, 3, 2]);
  ring.confirmed(ring.next as never);
  assert.deepEqual([ring.current?.localIndex, ring.previous?.localIndex, ring.overtaken], [3, 1, null]);
});

test('ring and slots hold the same after any row of sessions, confirmations and expiries; nothing leaks', () => {
  const step = fc.constantFrom('initiator', 'responder', 'confirm', 'expire');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { ring, slots, keys, add } = made();
      const names = ['previous', 'current', 'next', 'overtaken'] as const;
      for (const [n, what] of steps.entries()) {
        if (what === 'initiator' || what === 'responder') add(n + 1, what === 'initiator');
        else if (what === 'confirm') {
          const { next } = ring;
          if (next !== null) {
            assert.ok(ring.confirmed(next));
            assert.ok(slots.confirm(next.localIndex));
          }
        } else for (const gone of slots.takeOlder(0, 0)) ring.expire(gone.localIndex);
        assert.deepEqual(
          names.map((name) => ring[name]?.localIndex),
          names.map((name) => slots[name]?.localIndex),
        );
        assert.equal(keys.alive.size, 2 * slots.all().length);
      }
      ring.clear();
      assert.equal(keys.alive.size, 0);
    }),
  );
});

test('the ring saw a session used before the handshakes heard of it', () => {
  for (const initiator of [false, true]) {
    const { slots, add } = made();
    add(1, true);
    add(2, false);
    add(3, initiator);
    const gone = slots.confirm(2);
    assert.deepEqual(gone, initiator ? [{ localIndex: 1, initiator: true, establishedAt: 0, responseMac: null }] : []);
    assert.deepEqual(
      [slots.previous?.localIndex, slots.current?.localIndex, slots.next?.localIndex, slots.overtaken],
      initiator ? [2, 3, undefined, null] : [1, 2, 3, null],
    );
  }
});
