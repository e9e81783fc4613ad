/**
 * What the local kernel, or a program with the TAP open, hands over: frames with virtio-net headers that
 * fit them or not. What goes out is well formed, no larger than a link takes, and made of the frame alone.
 */
import assert from 'node:assert/strict';
import { LANE_COUNTERS } from '../../../src/core/counters.js';
import { VLAN_WORDS } from '../../../src/core/switch/guard.js';
import { build, payloadOf } from '../../property/super-frame.js';
import type { Random } from '../../sim/random.js';
import { LaneStage, MTU, PEERS, type Sent } from '../lane-stage.js';
import { edge, mutate } from '../mutate.js';
import { PACKETS } from '../plaintexts.js';
import type { Target } from '../target.js';
import { fragmentHeader, verdict } from '../verdict.js';

/** Stands behind the frame in its slot, and nowhere else in such a row. */
const BEHIND = 0xca;
const ROW = Buffer.alloc(8, BEHIND);
/** A slot takes so much. */
const MOST = 66_496;
const VNET = 10;
const MOST_SEGMENTS = 70;

let stage: LaneStage | null = null;

export const tapFrames: Target = {
  name: 'tap-frames',
  life: 3000,
  quick: 60,

  begin(random) {
    stage?.end();
    stage = new LaneStage(random);
    stage.bringUp();
    if (random.chance(0.5)) return;
    const vlans = new Int32Array(VLAN_WORDS);
    vlans[0] = 1 | (1 << 5);
    stage.lane.setGuard(0, { macs: [], vlans, macLimit: 0 });
    stage.lane.state.storm.setRates({
      broadcast: 100_000,
      multicast: 100_000,
      unknownUnicast: random.pick([0, 500_000]),
    });
  },

  run(random, note) {
    const frame = made(random);
    if (Buffer.from(frame.buffer, frame.byteOffset, frame.length).includes(ROW)) return;
    note(frame);
    const s = stage!;
    s.clear();
    const dropped = drops(s);
    s.frame(frame, BEHIND);
    if (frame.length < VNET + 14) assert.equal(s.counter('tapRunts') > 0 && s.sent.length, 0);
    for (const peer of PEERS) {
      const sent = s.sent.filter((each) => each.peer === peer);
      for (const each of sent) assert.ok(each.bytes.length <= MTU - 28, `a datagram of ${each.bytes.length} bytes`);
      assertMadeOf(frame, sent, drops(s) - dropped);
    }
    if (random.chance(0.01)) s.pass(10); // the sessions stay young: nothing is answered here
  },
};

const DROPS = LANE_COUNTERS.filter((name) => /^(tapRunts|txTooBig|txNo[A-Z]|txVlan|txStorm)/.test(name));

function drops(s: LaneStage): number {
  return DROPS.reduce((sum, name) => sum + s.counter(name), 0);
}

function made(random: Random): Uint8Array {
  const { packet, gso } = random.pick(PACKETS);
  const size = random.pick([0, 1, 2, 100, 1000, 1448, 9000, 65_535, random.int(0, 2000)]);
  // A train of tens of thousands would be all that there is time for.
  const most = random.pick([0, 1, 100, 1400, 9000, random.int(0, 65_000)]);
  const payload = payloadOf(Math.min(most, (size || 1000) * MOST_SEGMENTS), random.word());
  const { bytes, l4, csumOffset } = build({ ...packet, payload, flags: random.int(0, 255) });
  const vnet = new Uint8Array(VNET);
  const view = new DataView(vnet.buffer);
  view.setUint8(0, 1);
  view.setUint8(1, random.pick([0, gso, gso, gso | 0x80, 3, 255]));
  view.setUint16(4, size, true);
  view.setUint16(6, l4, true);
  view.setUint8(8, csumOffset);
  while (random.chance(0.3)) view.setUint16(random.pick([0, 2, 4, 6, 8]), edge(random) & 0xffff, true);
  const whole = Buffer.concat([vnet, bytes]);
  // The addresses decide to whom it goes: to all, mostly. What else is in the headers is changed as it comes.
  const changed = random.chance(0.3) ? mutate(random, whole) : new Uint8Array(whole);
  if (random.chance(0.5) && changed.length > VNET + 60) {
    const at = random.int(VNET, VNET + 60);
    changed[at] = edge(random);
  }
  return changed.length > MOST ? changed.slice(0, MOST) : changed;
}

function assertMadeOf(frame: Uint8Array, sent: readonly Sent[], dropped: number): void {
  if (sent.length === 0) {
    assert.ok(dropped > 0, 'neither sent nor counted');
    return;
  }
  const plaintexts = sent.map((each) => stage!.open(each));
  for (const plaintext of plaintexts) {
    assert.ok([1, 2].includes(plaintext[0]!), `a plaintext of kind ${plaintext[0]}`);
    assert.ok(!Buffer.from(plaintext.buffer).includes(ROW), 'a byte of what stood behind the frame');
    if (plaintext[0] === 2) assert.equal(verdict(plaintext, 0, []), 'fragment');
  }
  const gso = frame[1]!;
  const whole = reassembled(plaintexts);
  // What was split stands by itself; what went whole is the frame, under the header that came with it.
  const unchanged = whole.length === 1 && whole[0]!.length === frame.length - 2 && whole[0]![2] === gso;
  if (!unchanged) {
    assert.notEqual(gso, 0);
    for (const each of whole) assert.notEqual(verdict(each, 0, []), 'rxUnknownKind');
    for (const each of whole) assert.equal(each[2], 0, 'a segment is no train');
    return;
  }
  const [flags, , , , size, sizeHigh, start, startHigh, offset] = frame;
  assert.deepEqual(Array.from(whole[0]!.subarray(1, 8)), [flags! & 1, gso, offset, start, startHigh, size, sizeHigh]);
  assert.ok(Buffer.compare(whole[0]!.subarray(8), frame.subarray(VNET)) === 0);
}

/** Frames and those that came in pieces, which lie in order. */
function reassembled(plaintexts: readonly Uint8Array[]): Uint8Array[] {
  const whole: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  for (const plaintext of plaintexts) {
    if (plaintext[0] === 1) {
      assert.equal(parts.length, 0, 'a piece is missing');
      whole.push(plaintext);
      continue;
    }
    const { index, count, total } = fragmentHeader(plaintext);
    assert.equal(index, parts.length);
    parts.push(plaintext.subarray(12));
    if (parts.length < count) continue;
    whole.push(new Uint8Array(Buffer.concat(parts)));
    assert.equal(whole.at(-1)!.length, total);
    parts = [];
  }
  assert.equal(parts.length, 0, 'a piece is missing');
  return whole;
}
