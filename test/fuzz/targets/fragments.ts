/**
 * Fragments of frames, honest and not, in any order, of two peers and of somebody without a key. What
 * comes out whole must be made of pieces that one peer sent for one frame.
 */
import assert from 'node:assert/strict';
import { writeFragmentHeader } from '../../../src/core/fragment/fragmenter.js';
import { hostAddress } from '../../sim/address.js';
import type { Random } from '../../sim/random.js';
import { LaneStage } from '../lane-stage.js';
import { edge, mutate } from '../mutate.js';
import { PLAINTEXTS } from '../plaintexts.js';
import type { Target } from '../target.js';
import { type FragmentHeader, fragmentHeader, frameIsGood, verdict } from '../verdict.js';

let stage: LaneStage | null = null;
/** Pieces that are on their way: of frames that were cut as they should be. */
let waiting: { peer: number; bytes: Uint8Array }[] = [];
/** What was sent as a piece, by peer, frame and place: at most the executions of a life. */
let pieces = new Map<string, Uint8Array[]>();
let nextId = 0;

const MOST_WAITING = 400;

export const fragments: Target = {
  name: 'fragments',
  life: 4000,
  quick: 3000,

  begin(random) {
    stage?.end();
    stage = new LaneStage(random);
    stage.bringUp();
    waiting = [];
    pieces = new Map();
    nextId = random.word();
  },

  run(random, note) {
    if (random.chance(0.02)) stage!.pass(random.pick([1, 100, 600, 1100]));
    if (waiting.length < MOST_WAITING && random.chance(0.2)) cut(random);
    const { peer, bytes } = take(random);
    if (bytes.length === 0 || bytes.length > 65_000) return;
    note(bytes);
    if (random.chance(0.1)) forged(random, peer, bytes);
    else sealed(random, peer, bytes);
    stage!.assertBounds();
  },
};

function cut(random: Random): void {
  const total = random.pick([30, 300, 1500, 9000, random.int(22, 3000), random.chance(0.1) ? 66_000 : 500]);
  const frame = random.bytes(Math.min(total, 64));
  const whole = new Uint8Array(total).fill(random.int(0, 255));
  whole.set(frame);
  const good = random.pick(PLAINTEXTS);
  whole.set(good.subarray(0, Math.min(good.length, total, 22)));
  whole[1] = 0;
  whole[2] = 0;
  const count = random.pick([2, 3, Math.max(2, Math.ceil(total / 1400)), Math.min(255, total)]);
  const size = Math.ceil(total / count);
  const peer = random.int(0, 1);
  nextId = (nextId + 1) >>> 0;
  for (let index = 0; index < count; index++) {
    const piece = whole.subarray(index * size, Math.min(total, (index + 1) * size));
    if (piece.length === 0) return;
    const bytes = new Uint8Array(12 + piece.length);
    writeFragmentHeader(bytes, 0, index, count, nextId, total);
    bytes.set(piece, 12);
    waiting.push({ peer, bytes });
  }
}

/** The next piece: in order or not, once or twice, as it was cut or changed. */
function take(random: Random): { peer: number; bytes: Uint8Array } {
  if (waiting.length === 0) cut(random);
  const at = random.chance(0.7) ? 0 : random.int(0, waiting.length - 1);
  const { peer, bytes } = waiting[at]!;
  if (random.chance(0.9)) waiting.splice(at, 1);
  if (random.chance(0.8)) return { peer, bytes };
  const other = { peer: random.chance(0.2) ? 1 - peer : peer };
  if (random.chance(0.3)) return { ...other, bytes: mutate(random, bytes) };
  const { index, count, id, total } = fragmentHeader(bytes);
  const copy = bytes.slice();
  const wrong = (right: number): number => (random.chance(0.6) ? right : edge(random));
  writeFragmentHeader(copy, 0, wrong(index), wrong(count), wrong(id), wrong(total));
  if (random.chance(0.1)) copy[random.pick([3, 11])] = edge(random);
  return { ...other, bytes: copy };
}

/** Under a key that nobody has: not even looked at. */
function forged(random: Random, peer: number, bytes: Uint8Array): void {
  const s = stage!;
  s.clear();
  const datagram = s.seal(peer, bytes);
  const at = random.int(16, datagram.length - 1);
  datagram[at] = datagram[at]! ^ (1 << random.int(0, 7));
  const [counted, before] = [s.counter('rxBadSeal'), s.standing()];
  s.receive(random.int(0, 3), hostAddress(peer + 2, 0), datagram);
  assert.equal(s.counter('rxBadSeal') - counted, 1);
  assert.deepEqual(s.standing(), before);
}

function sealed(random: Random, peer: number, bytes: Uint8Array): void {
  const s = stage!;
  s.clear();
  const isFragment = verdict(bytes, 0, [0, 1, 2]) === 'fragment';
  if (bytes[0] !== 2) return; // of other kinds there is another target
  const [malformed, refused, frames] = [s.counter('rxFragmentMalformed'), s.refused(), s.ofPeer(peer, 'rxFrames')];
  const incomplete = s.lane.state.reassembler.countOf(1 - peer);
  const header = isFragment ? fragmentHeader(bytes) : null;
  if (header !== null) remember(peer, header, bytes.subarray(12));
  s.receive(random.int(0, 3), hostAddress(peer + 2, 0), s.seal(peer, bytes));
  const made = s.ofPeer(peer, 'rxFrames') - frames;
  assert.equal(s.delivered.length, made);
  assert.ok(made <= 1 && s.refused() - refused <= 1 - made);
  if (!isFragment) assert.equal(s.counter('rxFragmentMalformed') - malformed, 1);
  if (made === 1) assertMadeOf(peer, header!, s.delivered[0]!);
  assert.ok(s.lane.state.reassembler.countOf(1 - peer) <= incomplete, 'the other peer has begun nothing');
}

function key(peer: number, { id, count, total }: FragmentHeader, index: number): string {
  return `${peer} ${id} ${count} ${total} ${index}`;
}

function remember(peer: number, header: FragmentHeader, piece: Uint8Array): void {
  const at = key(peer, header, header.index);
  const known = pieces.get(at);
  if (known === undefined) pieces.set(at, [piece]);
  else known.push(piece);
}

/** `frame` comes with a virtio-net header of 10 bytes in the place of the inner header's 8. */
function assertMadeOf(peer: number, header: FragmentHeader, frame: Uint8Array): void {
  const { count, total } = header;
  assert.equal(frame.length, total + 2);
  const size = Math.ceil(total / count);
  const whole = new Uint8Array(total);
  for (let index = 0; index < count; index++) {
    const sent = pieces.get(key(peer, header, index)) ?? [];
    // The inner header became another one: behind it every byte must be there.
    const from = Math.max(index * size, 8);
    const end = Math.min(total, (index + 1) * size);
    const piece = sent.find((each) =>
      from >= end
        ? true
        : Buffer.compare(each.subarray(from - index * size, end - index * size), frame.subarray(from + 2, end + 2)) ===
          0,
    );
    assert.ok(piece, `piece ${index} of ${count} was never sent`);
    whole.set(piece, index * size);
  }
  assert.ok(frameIsGood(whole));
}
