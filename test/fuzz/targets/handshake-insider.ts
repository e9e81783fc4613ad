/**
 * What the holder of a good static key can put into its handshake messages: payloads and ML-KEM parts as
 * it likes, sealed as they should be. They are taken or refused as docs/protocol.md says.
 */
import assert from 'node:assert/strict';
import type { Primitives } from '../../../src/core/crypto/primitives.js';
import { loadSodium } from '../../../src/io/sodium.js';
import type { Random } from '../../sim/random.js';
import { type End, Pair } from '../../unit/handshake-pair.js';
import { forgeInitiation, forgeResponse, kemKeyIsGood, withMac1 } from '../forge.js';
import { edge, mutate } from '../mutate.js';
import type { Note, Target } from '../target.js';

const [STAMP, HOST_ID, RESERVED, KEM_KEY] = [0, 8, 10, 16];
const [RESPONSE_HOST_ID, RESPONSE_RESERVED] = [1088, 1090];

let primitives: Primitives | null = null;
let pair: Pair | null = null;
let now = 0;
/** The greatest stamp that the second host has answered from the first one's key. */
let greatest = -1n;

export const handshakeInsider: Target = {
  name: 'handshake-insider',
  life: 100,
  quick: 25,

  async begin(random) {
    primitives ??= await loadSodium();
    pair = new Pair({ primitives, seed: random.word() >>> 1, fate: () => [] });
    now = 0;
    greatest = -1n;
  },

  run(random, note) {
    now += 10_000;
    if (random.chance(0.6)) initiate(random, note);
    else respond(random, note);
  },
};

function give(end: End, bytes: Uint8Array): string {
  return end.handshakes.onDatagram(0, bytes, new Uint8Array(28), now);
}

/** As the first host, to the second. */
function initiate(random: Random, note: Note): void {
  const [a, b] = pair!.ends;
  const payload = new Uint8Array(1200);
  const view = new DataView(payload.buffer);
  view.setBigUint64(STAMP, stamp(random), true);
  view.setUint16(HOST_ID, a.hostId, true);
  payload.set(primitives!.kemKeyPair(random.bytes(64)).encapsulationKey, KEM_KEY);
  const changed = random.chance(0.2) ? payload : changedPayload(random, payload, HOST_ID, KEM_KEY);
  note(changed);
  const content = { index: edge(random), payload: changed, ephemeralSecret: random.bytes(32) };
  const message = forgeInitiation(primitives!, a, b.publicKey, content);
  const before = [b.sent.length, b.keys.length, b.handshakes.nextTimeout()];
  const expected = give(b, message);
  assert.ok(initiationVerdicts(changed, a.hostId).includes(expected), expected);
  if (expected !== 'ok') assert.deepEqual([b.sent.length, b.keys.length, b.handshakes.nextTimeout()], before);
  else {
    assert.deepEqual([b.sent.length, b.keys.length], [Number(before[0]) + 1, Number(before[1]) + 1]);
    assert.equal(b.keys.at(-1)!.remoteIndex, content.index);
    greatest = viewOf(changed).getBigUint64(STAMP, true);
  }
  // Made by somebody else from this one: worth nothing.
  const forged = message.slice();
  forged[random.int(8, 1303)]! ^= 1 << random.int(0, 7);
  now += 100;
  assert.notEqual(give(b, withMac1(primitives!, forged, b.publicKey)), 'ok');
}

/** Most often the next one. */
function stamp(random: Random): bigint {
  const next = greatest + BigInt(random.int(1, 1000));
  const any = random.pick([next, next, next, next, greatest, greatest - 1n, BigInt(edge(random)), next << 8n]);
  return any < 0n || any >= 1n << 64n ? 0n : any;
}

function changedPayload(random: Random, payload: Uint8Array, hostId: number, kem: number): Uint8Array {
  if (random.chance(0.3)) return sized(mutate(random, payload), payload.length);
  const copy = payload.slice();
  const at = random.pick([hostId, hostId + random.int(2, 7), random.int(kem, payload.length - 2), kem]);
  copy[at] = random.chance(0.5) ? edge(random) & 255 : copy[at]! ^ (1 << random.int(0, 7));
  // Numbers of 12 bits that are all too large.
  if (kem === KEM_KEY && random.chance(0.1)) copy.fill(255, at, at + 3);
  return copy;
}

/** A message of another length does not get as far as its payload: that is for the target `handshake`. */
function sized(bytes: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, length));
  return copy;
}

/** Most often one; what stands behind the host id may be refused if it is not zero. */
function initiationVerdicts(payload: Uint8Array, hostId: number): string[] {
  const view = viewOf(payload);
  const found = view.getUint16(HOST_ID, true);
  if (found === 0) return ['payload'];
  const refused = payload.subarray(RESERVED, KEM_KEY).some((byte) => byte !== 0) ? ['payload'] : [];
  if (found !== hostId) return [...refused, 'host-id'];
  if (view.getBigUint64(STAMP, true) <= greatest) return [...refused, 'replay'];
  return [...refused, kemKeyIsGood(payload.subarray(KEM_KEY)) ? 'ok' : 'kem-key'];
}

/** As the second host, to an initiation of the first. */
function respond(random: Random, note: Note): void {
  const [a, b] = pair!.ends;
  a.handshakes.connect(0, now);
  const asked = a.sent.at(-1)!;
  let changed: Uint8Array = new Uint8Array(0);
  const message = forgeResponse(primitives!, b, a.publicKey, asked, {
    index: edge(random),
    ephemeralSecret: random.bytes(32),
    payload: (request) => {
      const payload = new Uint8Array(1096);
      const made = primitives!.kemEncapsulate(request.slice(KEM_KEY), random.bytes(32))!;
      payload.set(made.ciphertext);
      new DataView(payload.buffer).setUint16(RESPONSE_HOST_ID, b.hostId, true);
      changed = random.chance(0.3) ? payload : changedPayload(random, payload, RESPONSE_HOST_ID, 0);
      return changed;
    },
  });
  note(changed);
  const found = viewOf(changed).getUint16(RESPONSE_HOST_ID, true);
  const reserved = changed.subarray(RESPONSE_RESERVED).some((byte) => byte !== 0);
  const expected = found === 0 || reserved ? 'payload' : found !== b.hostId ? 'host-id' : 'ok';
  const forged = message.slice();
  forged[random.int(8, 1155)]! ^= 1 << random.int(0, 7);
  assert.notEqual(give(a, withMac1(primitives!, forged, a.publicKey)), 'ok');
  const keys = a.keys.length;
  assert.equal(give(a, message), expected);
  assert.equal(a.keys.length - keys, expected === 'ok' ? 1 : 0);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
