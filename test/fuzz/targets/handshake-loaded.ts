/**
 * A host under load: initiations without a proof of their address, with a wrong one and with that of another
 * address; and cookie replies that were changed, made up or come again. Who has proved nothing gets a cookie
 * reply at most, shorter than what it sent; a false cookie reply changes nothing; the true one leads to a session.
 */
import assert from 'node:assert/strict';
import type { Primitives } from '../../../src/core/crypto/primitives.js';
import { loadSodium } from '../../../src/io/sodium.js';
import type { Random } from '../../sim/random.js';
import { type End, Pair } from '../../unit/handshake-pair.js';
import { withMac1 } from '../forge.js';
import { edge, mutate, same } from '../mutate.js';
import type { Note, Target } from '../target.js';

const LIFE = 60;
/** More than a host takes of those who have not proved their address. */
const FLOOD = 60;
const MAC2 = 16;
const COOKIE_REPLY = 64;
/** Where the first host is for the second one, and the link between them. */
const HOME = 7;
const LINK = 7;

let primitives: Primitives | null = null;
let pair: Pair | null = null;
let now = 0;
let executions = 0;
let initiation: Uint8Array = new Uint8Array(0);
let cookieReply: Uint8Array = new Uint8Array(0);

export const handshakeLoaded: Target = {
  name: 'handshake-loaded',
  life: LIFE,
  quick: LIFE,

  async begin(random) {
    primitives ??= await loadSodium();
    pair = new Pair({ primitives, seed: random.word() >>> 1, links: LINK + 1, fate: () => [] });
    now = 1000;
    executions = 0;
    const [a, b] = pair.ends;
    a.handshakes.connect(0, now);
    initiation = a.sent.at(-1)!.slice();
    for (let n = 0; n < FLOOD; n++) {
      const bytes = initiation.slice();
      bytes.set(random.bytes(32), 8);
      give(b, withMac1(primitives, bytes, b.publicKey), 100 + n, 0);
    }
    assert.equal(give(b, initiation, HOME, LINK), 'unproven');
    cookieReply = b.sent.at(-1)!.slice();
    assert.equal(cookieReply.length, COOKIE_REPLY);
  },

  run(random, note) {
    now += 5;
    if (random.chance(0.5)) falseReply(random, note);
    else unproven(random, note);
    if (++executions === LIFE) assertUnharmed(random);
  },
};

/** @param from number of the address that it comes from */
function give(end: End, bytes: Uint8Array, from: number, link: number): string {
  const address = new Uint8Array(28);
  address.set([2, 0, 0x50, 0xdc, 10, from >> 16, from >> 8, from]);
  return end.handshakes.onDatagram(link, bytes, address, now);
}

function falseReply(random: Random, note: Note): void {
  const [a] = pair!.ends;
  const bytes = random.chance(0.6) ? mutate(random, cookieReply) : cookieReply.slice();
  if (bytes.length === COOKIE_REPLY && random.chance(0.5)) {
    bytes[random.int(8, COOKIE_REPLY - 1)]! ^= 1 << random.int(0, 7);
  }
  if (bytes.length > 8 && random.chance(0.1)) new DataView(bytes.buffer).setUint32(4, edge(random), true);
  if (same(bytes, cookieReply)) return;
  note(bytes);
  const before = [a.sent.length, a.keys.length, a.handshakes.tableSize, a.handshakes.nextTimeout()];
  assert.notEqual(give(a, bytes, random.int(0, 9), random.int(0, LINK - 1)), 'ok');
  assert.deepEqual([a.sent.length, a.keys.length, a.handshakes.tableSize, a.handshakes.nextTimeout()], before);
}

function unproven(random: Random, note: Note): void {
  const [, b] = pair!.ends;
  const bytes = initiation.slice();
  if (random.chance(0.5)) bytes.set(random.bytes(MAC2), bytes.length - MAC2);
  if (random.chance(0.3)) bytes[random.int(4, 1303)]! ^= 1 << random.int(0, 7);
  const sent = random.chance(0.7) ? withMac1(primitives!, bytes, b.publicKey) : bytes;
  note(sent);
  const [messages, keys] = [b.sent.length, b.keys.length];
  const verdict = give(b, sent, random.int(0, 300), random.int(0, 7));
  assert.ok(['unproven', 'mac1', 'rate', 'source-rate'].includes(verdict), verdict);
  assert.equal(b.keys.length, keys);
  assert.equal(b.sent.length - messages, verdict === 'unproven' ? 1 : 0);
  if (verdict === 'unproven') assert.equal(b.sent.at(-1)!.length, COOKIE_REPLY);
}

/** The true reply has the initiation sent again with a proof, once; which counts from its own address only. */
function assertUnharmed(random: Random): void {
  const [a, b] = pair!.ends;
  const sent = a.sent.length;
  assert.equal(give(a, cookieReply, 1, LINK), 'ok', 'the true cookie reply');
  assert.equal(a.sent.length - sent, 1);
  const proven = a.sent.at(-1)!;
  give(a, cookieReply, 1, LINK);
  assert.equal(a.sent.length - sent, 1, 'a copy of it has nothing sent');
  assert.equal(give(b, proven, HOME + random.int(1, 5), LINK), 'unproven', 'from another address');
  assert.equal(give(b, proven, HOME, LINK), 'ok');
  assert.equal(give(a, b.sent.at(-1)!, 1, LINK), 'ok');
  assert.deepEqual(a.keys.at(-1)!.sendKey, b.keys.at(-1)!.receiveKey);
}
