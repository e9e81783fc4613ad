/**
 * What a peer with a good key sends: any plaintext at all, well sealed. It is taken or refused as
 * docs/protocol.md says, and what it can do stays within bounds.
 */
import assert from 'node:assert/strict';
import { VLAN_WORDS } from '../../../src/core/switch/guard.js';
import { hostAddress } from '../../sim/address.js';
import type { Random } from '../../sim/random.js';
import { LaneStage, REFUSALS } from '../lane-stage.js';
import { badPlaintext, PLAINTEXTS } from '../plaintexts.js';
import type { Target } from '../target.js';
import { guarded, type Permitted, type Verdict, verdict } from '../verdict.js';

const LINKS = [0, 1, 2];
/** An authentic datagram is of 1 to some 66,000 bytes; and a lane's receive buffer is not larger. */
const MOST = 65_000;

/** Counters of good frames that the switch drops for what others did before. */
const SWITCH: readonly string[] = ['rxMacHeld', 'rxStormBroadcast', 'rxStormMulticast'];
const GUARDS: readonly string[] = ['rxMacNotPermitted', 'rxVlanNotPermitted'];
/** What the first peer may be, in every other life: the address and two of the VLANs of PLAINTEXTS. */
const PERMITTED: Permitted = { macs: ['020000000009'], vlans: [0, 5] };

let stage: LaneStage | null = null;
let isGuarded = false;

export const plaintext: Target = {
  name: 'plaintext',
  life: 5000,
  quick: 3000,

  begin(random) {
    stage?.end();
    stage = new LaneStage(random);
    stage.bringUp();
    isGuarded = random.chance(0.5);
    if (!isGuarded) return;
    const { lane } = stage;
    const vlans = new Int32Array(VLAN_WORDS);
    vlans[0] = PERMITTED.vlans.reduce((bits, id) => bits | (1 << id), 0);
    lane.setGuard(0, { macs: [{ hi: 0x0200, lo: 9 }], vlans, macLimit: 20 });
    lane.state.storm.setRates({ broadcast: random.int(0, 50), multicast: random.int(0, 50), unknownUnicast: 10 });
  },

  run(random, note) {
    const peer = random.int(0, 1);
    const link = random.int(0, 3);
    if (stage!.lane.state.peers[peer]!.keys.current === null) stage!.install(peer); // it said goodbye
    if (random.chance(0.3)) stage!.pass(random.pick([1, 20, 100, 700]));
    const first = random.chance(0.2) ? random.pick(PLAINTEXTS) : badPlaintext(random);
    if (first.length === 0 || first.length > MOST) return;
    note(first);
    if (random.chance(0.15)) train(random, peer, link, first);
    else alone(peer, link, first);
    if (random.chance(0.1)) replayed(peer, random.int(0, 3));
    stage!.assertBounds();
  },
};

/** One datagram: exactly what the protocol says comes of it. */
function alone(peer: number, link: number, bytes: Uint8Array): void {
  const s = stage!;
  s.clear();
  const expected = verdict(bytes, link, LINKS);
  const before = new Map(REFUSALS.map((name) => [name, s.counter(name)]));
  const frames = s.ofPeer(peer, 'rxFrames');
  const fragments = s.ofPeer(peer, 'fragmentsRx');
  s.receive(link, hostAddress(peer + 2, link), s.seal(peer, bytes));
  const rose = REFUSALS.filter((name) => s.counter(name) !== before.get(name));
  const guard = isGuarded && peer === 0 && expected === 'frame' ? guarded(bytes, PERMITTED) : null;
  if (expected === 'fragment') {
    // It may contradict others of its frame, and the frame that it completes may be none.
    assert.ok(rose.length <= 1, rose.join());
  } else if (guard !== null) {
    assert.deepEqual(rose, [guard]);
  } else if (expected !== 'frame' || !SWITCH.includes(rose[0] ?? '')) {
    assert.deepEqual(rose, expected.startsWith('rx') ? [expected] : [], `a ${expected}`);
  }
  for (const name of rose) assert.equal(s.counter(name), before.get(name)! + 1, name);
  assert.equal(s.ofPeer(peer, 'fragmentsRx') - fragments, bytes[0] === 2 ? 1 : 0);
  if (expected === 'frame' && rose.length === 0) assertDelivered(bytes, s.ofPeer(peer, 'rxFrames') - frames);
  else if (expected !== 'fragment' || rose.length > 0) assert.equal(s.delivered.length, 0);
  assertAnswers(expected, bytes[0]!, peer, link);
}

/** The datagram that came last, once more, over whichever link: not even opened. */
function replayed(peer: number, link: number): void {
  const s = stage!;
  if (s.lane.state.peers[peer]!.keys.current === null) return;
  const again = s.seal(peer, PLAINTEXTS[0]!, s.remotes[peer]!.counter - 1);
  s.clear();
  const [refused, copies] = [s.refused(), s.counter('rxDuplicate')];
  s.receive(link, hostAddress(peer + 2, link), again);
  assert.deepEqual([s.refused() - refused, s.counter('rxDuplicate') - copies], [1, 1]);
  assert.deepEqual([s.sent.length, s.delivered.length], [0, 0]);
}

/** The frame as it was sent, behind a virtio-net header that says the same. */
function assertDelivered(bytes: Uint8Array, counted: number): void {
  assert.equal(counted, 1);
  const [frame] = stage!.delivered;
  assert.equal(stage!.delivered.length, 1);
  assert.deepEqual(frame!.subarray(10), bytes.subarray(8));
  const [flags, gso, offset, start, startHigh, size, sizeHigh] = bytes.subarray(1, 8);
  assert.deepEqual(Array.from(frame!.subarray(0, 10)), [flags, gso, 0, 0, size, sizeHigh, start, startHigh, offset, 0]);
}

/** A pong to a ping, and the answer to a probe, over the same link; an acknowledgement of data if the peer asked for those; nothing else is ever said. */
function assertAnswers(expected: Verdict, kind: number, peer: number, link: number): void {
  const kinds = stage!.sent.map((sent) => stage!.open(sent)[0]);
  const acks = kinds.filter((kind) => kind === 5).length;
  assert.ok(acks === 0 || kind === 1 || kind === 2, `acknowledgements of a ${expected}`);
  const pongs = stage!.sent.filter((_, at) => kinds[at] === 4);
  const answers = stage!.sent.filter((_, at) => kinds[at] === 7);
  assert.equal(stage!.sent.length - pongs.length - answers.length, acks, 'only pongs, answers and acknowledgements');
  // Where the peer is on link 2 only its heartbeats make known.
  if (expected !== 'probe' || link !== 2 || answers.length > 0) {
    assert.equal(answers.length, expected === 'probe' ? 1 : 0);
  }
  assert.equal(pongs.length, expected === 'ping' ? 1 : 0);
  for (const each of [...pongs, ...answers]) assert.deepEqual([each.peer, each.mask], [peer, 1 << link]);
}

/** Several in one receive call, as the kernel hands over a train: each is counted once. */
function train(random: Random, peer: number, link: number, first: Uint8Array): void {
  const s = stage!;
  s.clear();
  const plaintexts = [first];
  const segment = first.length + 32;
  for (let more = random.int(1, 8); more > 0 && (plaintexts.length + 1) * segment < MOST; more--) {
    const next = random.chance(0.5) ? first.slice() : badPlaintext(random);
    plaintexts.push(next.length > first.length || next.length === 0 ? first : next);
    if (next.length < first.length) break; // the last may be shorter
  }
  // What comes behind a goodbye has no session any more.
  const end = plaintexts.findIndex((each) => each[0] === 8);
  const bySwitch = (): number => [...SWITCH, ...GUARDS].reduce((sum, name) => sum + s.counter(name), 0);
  const [counted, switched] = [s.refused(), bySwitch()];
  const frames = s.ofPeer(peer, 'rxFrames');
  const fragments = s.ofPeer(peer, 'fragmentsRx');
  const bytes = Buffer.concat(plaintexts.map((each) => s.seal(peer, each)));
  s.receive(link, hostAddress(peer + 2, link), bytes, segment);
  const verdicts = (end < 0 ? plaintexts : plaintexts.slice(0, end)).map((each) => verdict(each, link, LINKS));
  const count = (kind: (each: Verdict) => boolean): number => verdicts.filter(kind).length;
  const afterEnd = end < 0 ? 0 : plaintexts.length - end - 1;
  const pieces = count((each) => each === 'fragment');
  const dropped = bySwitch() - switched;
  const refused = s.refused() - counted - dropped - afterEnd - count((each) => each.startsWith('rx'));
  assert.ok(refused >= 0 && refused <= pieces, `${refused} refused beyond what is wrong, ${pieces} fragments`);
  const made = s.ofPeer(peer, 'rxFrames') - frames + dropped - count((each) => each === 'frame');
  assert.ok(made >= 0 && made <= pieces, `${made} frames of ${pieces} fragments`);
  const told = s.ofPeer(peer, 'fragmentsRx') - fragments;
  assert.equal(
    told,
    count((each) => each === 'fragment' || each === 'rxFragmentMalformed'),
  );
  assert.ok(s.delivered.length <= s.ofPeer(peer, 'rxFrames') - frames);
}
