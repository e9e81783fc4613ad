/**
 * Splitter and joiner in a row, with a plain kernel behind them: every frame that the sending kernel meant
 * comes out on the other side as it would have without a tunnel, whatever was joined on the way. What is
 * expected is built from scratch, each frame by itself and with its checksum complete.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameBatch } from '../../src/core/frame-batch.js';
import { Joiner } from '../../src/core/segment/join.js';
import { Splitter } from '../../src/core/segment/split.js';
import { GSO_ECN, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4, VNET_SIZE } from '../../src/core/wire/inner.js';
import {
  alone,
  arena,
  assertSame,
  FRAME_AT,
  join,
  MOST,
  onTheCable,
  type Plaintext,
  type SuperFrame,
  superFrame,
} from './split-join-frames.js';
import { ACK, build, CWR, FIN, headersArbitrary, type Packet, PSH, payloadOf, segmentsOf } from './super-frame.js';

function split(packet: Packet, size: number, limit: number): Plaintext[] {
  const splitter = new Splitter(arena);
  const { bytes, l3, l4 } = build(packet);
  arena.bytes.set(bytes, FRAME_AT);
  const ecn = (packet.flags & CWR) !== 0 ? GSO_ECN : 0;
  const type = packet.udp ? GSO_UDP_L4 : (packet.v6 ? GSO_TCPV6 : GSO_TCPV4) | ecn;
  const count = splitter.begin(FRAME_AT, bytes.length, type, size, l3, l4, limit);
  return Array.from({ length: count }, (_, i) => {
    splitter.segment(i);
    return arena.bytes.slice(splitter.plainOff, splitter.plainOff + splitter.plainLen);
  });
}

/** Payload of one segment: TCP is cut finer where the path is narrower. */
function sizeOnPath({ packet, size, limit }: SuperFrame): number {
  const { headers } = build({ ...packet, payload: new Uint8Array(0) });
  return packet.udp || headers + size <= limit ? size : limit - headers;
}

test('split, joined and cut again, each frame is what it would have been alone', () => {
  let [frames, writes] = [0, 0];
  fc.assert(
    fc.property(superFrame, fc.boolean(), (whole, joinUdp) => {
      const plaintexts = split(whole.packet, whole.size, whole.limit);
      if (plaintexts.length === 0) return; // goes in fragments
      const expected = segmentsOf(whole.packet, sizeOnPath(whole)).map((one) =>
        Buffer.from(build(one, 'complete').bytes),
      );
      assertSame(plaintexts.map(alone), expected);
      const written = join(plaintexts, joinUdp);
      assertSame(onTheCable(written), expected);
      frames += expected.length;
      writes += written.length;
    }),
    { numRuns: 300 },
  );
  assert.ok(writes < frames / 2, `${writes} writes for ${frames} frames`);
});

test('a train that begins with ACK alone, or is of UDP, comes back as the one frame that it was', () => {
  fc.assert(
    fc.property(superFrame, fc.constantFrom(0, PSH, FIN), ({ packet, size }, end) => {
      const payload = packet.payload.subarray(0, Math.min(size * 64, MOST));
      const whole = { ...packet, flags: ACK | end, payload };
      const [written, ...more] = join(split(whole, size, MOST + 200));
      assert.equal(more.length, 0);
      assert.ok(written!.subarray(VNET_SIZE).equals(build(whole).bytes));
    }),
    { numRuns: 300 },
  );
});

test('UDP is joined only where the TAP takes it', () => {
  const packet = { ...fc.sample(headersArbitrary, { seed: 2, numRuns: 1 })[0]!, udp: true, payload: payloadOf(640, 1) };
  const plaintexts = split(packet, 64, 1500);
  assert.equal(join(plaintexts, true).length, 1);
  assert.equal(join(plaintexts, false).length, 10);
  assert.equal(new Joiner(arena, new FrameBatch()).joinUdp, false, 'which nobody has said yet');
});
