/**
 * Handshake messages of a stranger: changed copies of true ones, as they are or with mac1 made anew, which
 * anybody can do who knows the receiver's public key. None is answered, none leaves a trace, and the true
 * messages work afterwards as if nothing had been.
 */
import assert from 'node:assert/strict';
import type { Primitives } from '../../../src/core/crypto/primitives.js';
import { loadSodium } from '../../../src/io/sodium.js';
import type { Random } from '../../sim/random.js';
import { type End, Pair } from '../../unit/handshake-pair.js';
import { withMac1 } from '../forge.js';
import { edge, mutate, same } from '../mutate.js';
import type { Target } from '../target.js';

const LIFE = 200;
const MAC2 = 16;
/** Link by which true messages come; an initiation takes no end of answers on any one. */
const QUIET = 7;

let primitives: Primitives | null = null;
let pair: Pair | null = null;
let now = 0;
let executions = 0;
/** What was said so far, and to whom. */
let said: { to: 0 | 1; bytes: Uint8Array }[] = [];
/** What the first host still waits for. */
let response: Uint8Array = new Uint8Array(0);

export const handshake: Target = {
  name: 'handshake',
  life: LIFE,
  quick: 200,

  async begin(random) {
    primitives ??= await loadSodium();
    pair = new Pair({ primitives, seed: random.word() >>> 1, fate: () => [] });
    now = 0;
    executions = 0;
    const [a, b] = pair.ends;
    const first = ask(a);
    assert.equal(give(b, first), 'ok');
    said = [
      { to: 1, bytes: first },
      { to: 0, bytes: b.sent.at(-1)! },
    ];
    now += 10_000;
    const second = ask(a);
    assert.equal(give(b, second), 'ok');
    response = b.sent.at(-1)!.slice();
    const other = new Pair({ primitives, seed: random.word() >>> 1, fate: () => [] });
    said.push({ to: 1, bytes: second }, { to: 0, bytes: response }, { to: 1, bytes: ask(other.ends[0]) });
    const cookie = random.bytes(64);
    cookie.set([3, 0, 0, 0]);
    said.push({ to: 0, bytes: cookie }, { to: 1, bytes: cookie });
  },

  run(random, note) {
    now += 60;
    const { to, bytes } = changed(random);
    note(bytes);
    const end = pair!.ends[to];
    if (said.every((each) => each.to !== to || !same(essence(each.bytes), essence(bytes)))) {
      const state = () => [end.sent.length, end.keys.length, end.handshakes.tableSize, end.handshakes.nextTimeout()];
      const before = state();
      const refusals = end.refusals.length;
      assert.notEqual(give(end, bytes, random.int(0, QUIET - 1)), 'ok');
      assert.deepEqual(state(), before);
      assert.equal(end.refusals.length, refusals + 1, 'counted once');
    }
    if (++executions === LIFE) assertUnharmed();
  },
};

/** mac2 is no part of what a message says: it only shows that its sender heard a cookie. */
function essence(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.max(0, bytes.length - MAC2));
}

function ask(end: End): Uint8Array {
  end.handshakes.connect(0, now);
  return end.sent.at(-1)!.slice();
}

function give(end: End, bytes: Uint8Array, link = 0): string {
  // From anywhere: a stranger's flood has a rate of its own, which is not what is looked at here.
  const address = new Uint8Array(28);
  new DataView(address.buffer).setUint32(4, now, true);
  return end.handshakes.onDatagram(link, bytes, address, now);
}

function changed(random: Random): { to: 0 | 1; bytes: Uint8Array } {
  const { to: right, bytes: from } = random.pick(said);
  const to = random.chance(0.1) ? ((1 - right) as 0 | 1) : right;
  let bytes: Uint8Array;
  if (random.chance(0.4)) {
    bytes = mutate(
      random,
      from,
      said.map((each) => each.bytes),
    );
  } else {
    bytes = from.slice();
    const view = new DataView(bytes.buffer);
    const at = random.pick([4, 8, random.int(0, bytes.length - 4)]);
    if (random.chance(0.5)) view.setUint32(at, edge(random), true);
    else bytes[at] = bytes[at]! ^ (1 << random.int(0, 7));
  }
  return { to, bytes: random.chance(0.7) ? withMac1(primitives!, bytes, pair!.ends[to].publicKey) : bytes };
}

function assertUnharmed(): void {
  const [a, b] = pair!.ends;
  now += 5000;
  assert.equal(give(a, response, QUIET), 'ok', 'the true response');
  assert.deepEqual(a.keys.at(-1)!.sendKey, b.keys.at(-1)!.receiveKey);
  assert.deepEqual(a.keys.at(-1)!.receiveKey, b.keys.at(-1)!.sendKey);
}
