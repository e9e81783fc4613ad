/**
 * The joiner in streams of all that may come: what the kernel makes of what is written is frame by frame
 * what was received, in the same order. Where something is joined that should not be, a frame comes out
 * that nobody sent.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GSO_TCPV4, GSO_UDP_L4, INNER_SIZE, VNET_SIZE, writeInner } from '../../src/core/wire/inner.js';
import {
  alone,
  assertSame,
  assertSameButIds,
  flip,
  isValid,
  join,
  onTheCable,
  type Plaintext,
  plaintext,
  plaintextOf,
  superFrame,
} from './split-join-frames.js';
import { cut } from './split-join-kernel.js';
import { ACK, build, headersArbitrary, type Packet, payloadOf, SEGMENT, segmentsOf } from './super-frame.js';

/** Frames of one sender, in order. */
const train = fc
  .record({
    whole: superFrame,
    count: fc.integer({ min: 1, max: 20 }),
    size: fc.integer({ min: 1, max: 200 }),
    standingId: fc.boolean(),
    partial: fc.integer({ min: 0, max: 8 }).map((n) => n > 0),
  })
  .map(({ whole: { packet }, count, size, standingId, partial }) => {
    const payload = payloadOf(Math.max(1, count * size - (size >> 1) * (count & 1)), size);
    return segmentsOf({ ...packet, payload }, size).map((one) =>
      plaintextOf(standingId ? { ...one, id: packet.id } : one, partial),
    );
  });

const ARP = Uint8Array.of(...Array<number>(6).fill(255), 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1);

/** Frames that no train is made of. */
const other: fc.Arbitrary<Plaintext[]> = fc
  .record({
    packet: headersArbitrary,
    payload: fc.integer({ min: 1, max: 100 }).map((n) => payloadOf(n, n)),
    kind: fc.nat(6),
    count: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ packet: headers, payload, kind, count }) => {
    const packet = { ...headers, flags: ACK, payload };
    const changed = (change: (frame: Uint8Array, l3: number, l4: number) => void) => {
      const { bytes, l3, l4, csumOffset } = build(packet);
      change(bytes, l3, l4);
      return plaintext(bytes, l4, csumOffset);
    };
    const sctp = (frame: Uint8Array, l3: number) => {
      frame[l3 + (packet.v6 ? 6 : 9)] = 132;
    };
    const one = [
      () => plaintext(ARP),
      () => plaintext(build({ ...packet, fragment: 0x2000 }).bytes),
      () => plaintextOf({ ...packet, v6: false, fragment: 0x00b9 }),
      () => plaintextOf({ ...packet, v6: true, extensions: [{ protocol: 60, bytes: [0, 0, 1, 4, 0, 0, 0, 0] }] }),
      () => changed(sctp),
      () => plaintext(build(packet).bytes.subarray(0, 14 + (payload.length % 40))),
      () => changed((frame, _, l4) => frame.set([0, payload.length], l4 + (packet.udp ? 4 : 12))),
    ][kind]!();
    return Array<Plaintext>(count).fill(one);
  });

/** What may happen to one frame of a stream; `at` picks a byte or a bit of it. */
const EVENTS: ((stream: Plaintext[], i: number, at: number) => void)[] = [
  (stream, i, at) => flip(stream, i, at),
  (stream, i, at) => flip(stream, i, at),
  (stream, i) => stream.splice(i, 1),
  (stream, i) => stream.splice(i, 0, stream[i]!),
  (stream, i) => stream.splice(i, 0, ...stream.splice(i + 1, 1)),
  (stream, i, at) => {
    stream[i] = stream[i]!.subarray(0, Math.max(INNER_SIZE + 14, stream[i]!.length - 1 - (at % 60)));
  },
  (stream, i, at) => {
    stream[i] = Uint8Array.from([...stream[i]!, ...new Array<number>(1 + (at % 20)).fill(0)]);
  },
];

test('streams of all kinds of frames, disturbed, come out as they are and in their order', () => {
  const stream = fc.record({
    parts: fc.array(fc.oneof({ arbitrary: train, weight: 5 }, { arbitrary: other, weight: 1 }), { maxLength: 6 }),
    riffled: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    events: fc.array(fc.tuple(fc.nat(EVENTS.length - 1), fc.nat(), fc.nat()), { maxLength: 4 }),
  });
  let [frames, writes] = [0, 0];
  fc.assert(
    fc.property(stream, fc.boolean(), ({ parts, riffled, events }, joinUdp) => {
      let frameList = parts.flat();
      if (riffled && parts.length > 1) {
        const [one, two] = [parts[0]!, parts.slice(1).flat()];
        frameList = two.flatMap((frame, i) => [frame, ...one.slice(i, i + 1)]).concat(one.slice(two.length));
      }
      for (const [event, i, at] of events)
        if (frameList.length > 0) EVENTS[event]!(frameList, i % frameList.length, at);
      frameList = frameList.filter(isValid);
      const written = join(frameList, joinUdp);
      assertSameButIds(onTheCable(written), frameList.map(alone));
      frames += frameList.length;
      writes += written.length;
    }),
    { numRuns: 600 },
  );
  assert.ok(writes < frames * 0.7, `${writes} writes for ${frames} frames`);
});

const SAMPLE: Packet = {
  ...SEGMENT,
  source: 1,
  id: 65_534,
  sequence: 0xffff_fff0,
  flags: ACK,
  payload: payloadOf(34, 1),
};

/** Trains of each kind: with ids that rise and wrap, with ids that stand still, with and without DF, tags, options. */
const SAMPLES: [name: string, packets: Packet[]][] = [false, true].flatMap((udp) => [
  ...[
    SAMPLE,
    { ...SAMPLE, fragment: 0 },
    { ...SAMPLE, tags: [5] },
    { ...SAMPLE, tags: [5, 6], ipOptions: [1, 1, 1, 0] },
  ]
    .map((packet) => segmentsOf({ ...packet, udp }, 10))
    .map((packets, i): [string, Packet[]] => [`${udp ? 'UDP' : 'TCP'} over IPv4, ${i}`, packets]),
  [`${udp ? 'UDP' : 'TCP'} over IPv4, the same id`, segmentsOf({ ...SAMPLE, udp }, 10).map((p) => ({ ...p, id: 0 }))],
  [`${udp ? 'UDP' : 'TCP'} over IPv6`, segmentsOf({ ...SAMPLE, v6: true, udp }, 10)],
  [`${udp ? 'UDP' : 'TCP'} over IPv6, tagged`, segmentsOf({ ...SAMPLE, v6: true, tags: [5], udp }, 10)],
]);

for (const [name, packets] of SAMPLES) {
  test(`${name}: every bit of the headers counts, in each frame and in all of them`, () => {
    const stream = packets.map((packet) => plaintextOf(packet));
    assert.equal(join(stream).length, 1);
    assertSameButIds(onTheCable(join(stream)), stream.map(alone));
    const { headers } = build(packets[0]!);
    for (let bit = 0; bit < (INNER_SIZE - 1 + headers) * 8; bit++) {
      for (let which = 0; which <= packets.length; which++) {
        const changed = [...stream];
        for (let i = 0; i < packets.length; i++) if (i === which || which === packets.length) flip(changed, i, bit);
        if (!changed.every(isValid)) continue;
        assertSameButIds(onTheCable(join(changed)), changed.map(alone));
      }
    }
  });
}

test('without DF the id has a meaning, and only ids that rise are joined', () => {
  for (const fragment of [0, 0x4000]) {
    for (const step of [0, 1, 2, 0xffff]) {
      const packets = segmentsOf({ ...SAMPLE, fragment, udp: true }, 10).map((packet, i) => ({
        ...packet,
        id: (SAMPLE.id + i * step) & 0xffff,
      }));
      const may = step === 1 || (step === 0 && fragment === 0x4000);
      assert.equal(join(packets.map((packet) => plaintextOf(packet))).length, may ? 1 : 4);
    }
  }
});

test('an id that stands still and then rises ends the train, and the other way round', () => {
  const rows = (ids: number[]) =>
    join(
      segmentsOf({ ...SAMPLE, payload: payloadOf(50, 1) }, 10).map((packet, i) =>
        plaintextOf({ ...packet, id: ids[i]! }),
      ),
    ).length;
  assert.equal(rows([7, 7, 7, 7, 7]), 1);
  assert.equal(rows([7, 8, 9, 10, 11]), 1);
  assert.equal(rows([7, 7, 7, 8, 9]), 2);
  assert.equal(rows([7, 7, 9, 10, 11]), 2);
  assert.equal(rows([7, 8, 8, 8, 8]), 2);
});

test('a super-frame that came whole, in fragments, is written as it came', () => {
  for (const udp of [false, true]) {
    const packet = { ...SAMPLE, udp };
    const { bytes, l4, csumOffset } = build(packet);
    const whole = plaintext(bytes, l4, csumOffset);
    writeInner(whole, INNER_SIZE, 1, udp ? GSO_UDP_L4 : GSO_TCPV4, l4, csumOffset, 10);
    const next = segmentsOf({ ...packet, payload: payloadOf(68, 1) }, 34)[1]!;
    const written = join([whole, plaintextOf({ ...next, id: 2 })]);
    assert.equal(written.length, 2);
    assert.ok(written[0]!.subarray(VNET_SIZE).equals(bytes));
    assertSame(
      cut(written[0]!),
      segmentsOf(packet, 10).map((one) => Buffer.from(build(one, 'complete').bytes)),
    );
  }
});
