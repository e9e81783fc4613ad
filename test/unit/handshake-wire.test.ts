import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as wire from '../../src/core/wire/handshake.js';

test('the layouts add up', () => {
  assert.equal(wire.INITIATION_NOISE + 32 + (32 + 16) + (1200 + 16), wire.INITIATION_MAC1);
  assert.equal(wire.INITIATION_MAC1 + 16 + 16, wire.INITIATION_SIZE);
  assert.equal(wire.RESPONSE_NOISE + 32 + (1096 + 16), wire.RESPONSE_MAC1);
  assert.equal(wire.RESPONSE_MAC1 + 16 + 16, wire.RESPONSE_SIZE);
});

test('headers are these bytes', () => {
  assert.deepEqual([...wire.initiationHeader(0x12345678)], [1, 0, 0, 0, 0x78, 0x56, 0x34, 0x12]);
  const response = wire.responseHeader(1, 0xfffffffe);
  assert.deepEqual([...response], [2, 0, 0, 0, 1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff]);
  assert.equal(wire.senderIndex(response), 1);
  assert.equal(wire.receiverIndex(response), 0xfffffffe);
});

test('payloads: fields at their offsets, and back', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.integer({ min: 1, max: 65535 }),
      fc.uint8Array({ minLength: 1184, maxLength: 1184 }),
      fc.uint8Array({ minLength: 6, maxLength: 6 }),
      (stamp, hostId, encapsulationKey, tags) => {
        const payload = { stamp, hostId, networkTag: tags.slice(0, 3), pairTag: tags.slice(3), encapsulationKey };
        const bytes = wire.encodeInitiationPayload(payload);
        assert.deepEqual(bytes.slice(10, 16), tags);
        assert.equal(bytes.length, 1200);
        assert.equal(Buffer.from(bytes).readBigUInt64LE(0), stamp);
        assert.equal(Buffer.from(bytes).readUInt16LE(8), hostId);
        assert.deepEqual(wire.decodeInitiationPayload(bytes), payload);
        const kemCiphertext = encapsulationKey.slice(0, 1088);
        const answer = wire.encodeResponsePayload({ hostId, kemCiphertext });
        assert.equal(answer.length, 1096);
        assert.equal(Buffer.from(answer).readUInt16LE(1088), hostId);
        assert.deepEqual(wire.decodeResponsePayload(answer), { hostId, kemCiphertext });
      },
    ),
  );
});

test('payloads with a wrong length, reserved bytes that are not zero or host id 0 are refused', () => {
  const tag = new Uint8Array(3);
  const initiation = wire.encodeInitiationPayload({
    stamp: 1n,
    hostId: 1,
    networkTag: tag,
    pairTag: tag,
    encapsulationKey: new Uint8Array(1184),
  });
  const response = wire.encodeResponsePayload({ hostId: 1, kemCiphertext: new Uint8Array(1088) });
  assert.ok(wire.decodeInitiationPayload(initiation));
  assert.ok(wire.decodeResponsePayload(response));
  for (let i = 0; i < 6; i++) {
    assert.equal(wire.decodeResponsePayload(changed(response, 1090 + i, 1)), null);
  }
  assert.equal(wire.decodeInitiationPayload(changed(initiation, 8, 0)), null);
  assert.equal(wire.decodeResponsePayload(changed(response, 1088, 0)), null);
  assert.equal(wire.decodeInitiationPayload(initiation.subarray(1)), null);
  assert.equal(wire.decodeResponsePayload(response.subarray(1)), null);
});

test('classify: type, length and reserved bytes, at any offset of a larger buffer', () => {
  const sizes = { initiation: [1, 1336], response: [2, 1188], 'cookie-reply': [3, 64] } as const;
  for (const [kind, [type, size]] of Object.entries(sizes)) {
    const buffer = new Uint8Array(size + 10).fill(0xee);
    const message = buffer.subarray(5, 5 + size).fill(0);
    message[0] = type;
    assert.equal(wire.classify(message), kind);
    assert.equal(wire.classify(buffer.subarray(5, 4 + size)), 'length');
    assert.equal(wire.classify(buffer.subarray(5, 6 + size)), 'length');
    for (const at of [1, 2, 3]) assert.equal(wire.classify(changed(message, at, 9)), 'reserved');
  }
  for (const type of [0, 4, 5, 255]) assert.equal(wire.classify(Uint8Array.of(type, 0, 0, 0)), 'type');
  assert.equal(wire.classify(new Uint8Array(0)), 'length');
});

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}
