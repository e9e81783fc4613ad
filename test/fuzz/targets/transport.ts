/**
 * Datagrams of somebody without keys: changed copies of true ones, and what resembles them. Nothing may
 * come of it: no answer, no frame, no state; and each is counted once, by its reason.
 */
import assert from 'node:assert/strict';
import { hostAddress, publicAddress } from '../../sim/address.js';
import type { Random } from '../../sim/random.js';
import { LaneStage } from '../lane-stage.js';
import { edge, mutate, same } from '../mutate.js';
import { PLAINTEXTS } from '../plaintexts.js';
import type { Target } from '../target.js';

let stage: LaneStage | null = null;
/** True datagrams that have come, and such that were lost: the attacker knows both. */
let corpus: Uint8Array[] = [];
let lost: Uint8Array[] = [];

export const transport: Target = {
  name: 'transport',
  life: 5000,
  quick: 3000,

  begin(random) {
    stage?.end();
    stage = new LaneStage(random);
    stage.bringUp();
    corpus = [];
    lost = [];
    for (const plaintext of PLAINTEXTS.slice(0, -1)) {
      const heard = stage.seal(0, plaintext);
      stage.receive(0, hostAddress(2, 0), heard);
      lost.push(stage.seal(random.int(0, 1), plaintext));
      corpus.push(heard, lost.at(-1)!, handshake(random));
    }
  },

  run(random, note) {
    const { lane } = stage!;
    const heard = random.pick(corpus);
    const bytes = random.chance(0.05) ? heard : changed(random, heard);
    note(bytes);
    // What was lost and comes at last is no forgery. What has come before is one.
    if (lost.some((each) => same(each, bytes))) return;
    stage!.clear();
    const before = stage!.standing();
    const counted = stage!.refused() + stage!.handshakesSeen();
    const link = random.int(0, 3);
    stage!.receive(link, random.pick([publicAddress(77), hostAddress(2, 0)]), bytes, bytes.length);
    assert.equal(stage!.refused() + stage!.handshakesSeen() - counted, 1, 'counted once');
    const after = stage!.standing();
    // A copy of a counter that has come shows that the link carries; it is counted there, whoever sent it.
    assert.ok(after.received! - before.received! <= 1);
    assert.deepEqual({ ...after, received: 0 }, { ...before, received: 0 });
    assert.ok(lane.state.frames.count === 0);
  },
};

function changed(random: Random, bytes: Uint8Array): Uint8Array {
  if (random.chance(0.6)) return mutate(random, bytes, corpus);
  const copy = bytes.slice();
  if (copy.length < 16) return copy;
  const view = new DataView(copy.buffer);
  switch (random.int(0, 3)) {
    case 0:
      copy[random.int(0, 3)] = edge(random);
      break;
    case 1:
      view.setUint32(4, random.chance(0.5) ? edge(random) : view.getUint32(4, true) + random.int(-3, 3), true);
      break;
    case 2:
      view.setUint32(8, random.chance(0.7) ? 0 : edge(random));
      view.setUint32(12, edge(random));
      break;
    default: {
      const at = random.int(16, copy.length - 1);
      copy[at] = copy[at]! ^ (1 << random.int(0, 7));
    }
  }
  return copy;
}

/** Right in type and length: for the control thread, which is a target of its own. */
function handshake(random: Random): Uint8Array {
  const type = random.int(1, 3);
  const bytes = random.bytes([0, 1336, 1188, 64][type]!);
  bytes.set([type, 0, 0, 0]);
  return bytes;
}
