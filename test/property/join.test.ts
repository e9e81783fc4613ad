/**
 * The joiner against a plain model that works on packets instead of bytes: streams of segments with
 * everything in between that must not be joined, and the splitter's own output, which must come back.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arenaOver } from '../../src/core/arena.js';
import { FrameBatch, MAX_FRAME_PIECES } from '../../src/core/frame-batch.js';
import { Joiner } from '../../src/core/segment/join.js';
import { GSO_NONE, GSO_TCPV4, GSO_TCPV6, INNER_SIZE, VNET_SIZE, writeInner } from '../../src/core/wire/inner.js';
import {
  ACK,
  build,
  CWR,
  ECE,
  FIN,
  headersArbitrary,
  type Packet,
  PSH,
  payloadOf,
  SYN,
  segmentsOf,
  URG,
} from './super-frame.js';

const arena = arenaOver(new ArrayBuffer(8 << 20));
const MOST_IP = 65_535;

/** A frame as it comes in: a packet, and whether its checksum is left to be completed. */
interface Incoming {
  packet: Packet;
  partial: boolean;
  /** Bytes behind the IP packet, as short Ethernet frames have. */
  padding: number;
}

/** What was written to the TAP: each frame's pieces put together, virtio-net header in front. */
function join(incoming: readonly Incoming[]): Buffer[] {
  const batch = new FrameBatch();
  const joiner = new Joiner(arena, batch);
  let at = 4096;
  for (const { packet, partial, padding } of incoming) {
    const { bytes, l3, l4, csumOffset } = build(packet);
    at += 32;
    arena.bytes.set(bytes, at);
    arena.bytes.fill(0, at + bytes.length, at + bytes.length + padding);
    writeInner(arena.bytes, at, partial ? 1 : 0, GSO_NONE, partial ? l4 : 0, partial ? csumOffset : 0, 0);
    assert.ok(batch.hasRoom());
    joiner.add(at, bytes.length + padding, l3);
    at += bytes.length + padding;
  }
  joiner.finish();
  const written: Buffer[] = [];
  for (let i = 0; i < batch.count; i++) {
    assert.ok(batch.pieces[i]! <= MAX_FRAME_PIECES);
    const pieces: Uint8Array[] = [];
    for (let piece = batch.firstPiece[i]!; piece < batch.firstPiece[i]! + batch.pieces[i]!; piece++) {
      pieces.push(arena.bytes.slice(batch.pieceOffset[piece]!, batch.pieceOffset[piece]! + batch.pieceLength[piece]!));
    }
    const frame = Buffer.concat(pieces);
    assert.equal(frame.length, batch.bytes[i]);
    written.push(frame);
  }
  return written;
}

/** The virtio-net header (all little endian) and frame that a kernel takes for these segments of one flow. */
function frameOf(segments: readonly Incoming[]): Buffer {
  const [{ packet, partial, padding }] = segments as [Incoming];
  const payload = Buffer.concat(segments.map((segment) => segment.packet.payload));
  const flags = segments.reduce((all, segment) => all | (segment.packet.flags & (FIN | PSH)), packet.flags);
  const { bytes, l4, csumOffset } = build({ ...packet, flags, payload });
  const joined = segments.length > 1;
  const gsoType = joined ? (packet.v6 ? GSO_TCPV6 : GSO_TCPV4) : 0;
  const size = joined ? packet.payload.length : 0;
  const header = partial
    ? [1, gsoType, 0, 0, size & 255, size >> 8, l4 & 255, l4 >> 8, csumOffset, 0]
    : new Array<number>(VNET_SIZE).fill(0);
  return Buffer.concat([Buffer.from(header), bytes, Buffer.alloc(padding)]);
}

function mayJoin({ packet, partial, padding }: Incoming): boolean {
  const flags = packet.flags & ~(FIN | PSH);
  const whole = packet.v6 ? packet.extensions.length === 0 : (packet.fragment & 0x3fff) === 0;
  return partial && padding === 0 && !packet.udp && flags === ACK && packet.payload.length > 0 && whole;
}

/** Everything of a segment that must be the same in the next. */
function flow(packet: Packet): string {
  const { v6 } = packet;
  const absent = v6 ? { fragment: 0, ipOptions: [] } : { extensions: [] };
  return JSON.stringify({ ...packet, ...absent, sequence: 0, id: 0, flags: 0, payload: null });
}

/** Packets grouped as they should be written, by the rules of tcp_gro_receive. */
function groups(incoming: readonly Incoming[]): Incoming[][] {
  const made: Incoming[][] = [];
  let open: Incoming[] | null = null;
  for (const one of incoming) {
    const { packet } = one;
    const first = open?.[0]?.packet;
    const last = open?.at(-1)?.packet;
    if (
      open !== null &&
      first !== undefined &&
      last !== undefined &&
      mayJoin(one) &&
      flow(packet) === flow(first) &&
      packet.sequence === (last.sequence + last.payload.length) >>> 0 &&
      (packet.v6 || packet.id === ((last.id + 1) & 0xffff)) &&
      packet.payload.length <= first.payload.length &&
      open.length < MAX_FRAME_PIECES &&
      ipLength([...open, one]) <= MOST_IP
    ) {
      open.push(one);
      if (packet.payload.length < first.payload.length || (packet.flags & (FIN | PSH)) !== 0) open = null;
      continue;
    }
    made.push([one]);
    open = mayJoin(one) && (packet.flags & (FIN | PSH)) === 0 ? made.at(-1)! : null;
  }
  return made;
}

function ipLength(segments: readonly Incoming[]): number {
  const { bytes, l3, headers } = build({ ...segments[0]!.packet, payload: new Uint8Array(0) });
  assert.equal(bytes.length, headers);
  return headers - l3 + segments.reduce((sum, { packet }) => sum + packet.payload.length, 0);
}

function check(incoming: readonly Incoming[]): void {
  assert.deepEqual(join(incoming), groups(incoming).map(frameOf));
}

const stream = headersArbitrary.map((packet) => ({ ...packet, udp: false, flags: ACK }));

/** How a segment differs from the one that should come next; most don't. */
const EVENTS: ((packet: Packet, random: number) => Packet)[] = [
  (packet) => ({ ...packet, flags: packet.flags | PSH }),
  (packet) => ({ ...packet, flags: packet.flags | FIN }),
  (packet, random) => ({ ...packet, flags: [SYN, URG, ECE, CWR, ACK, 4][random % 6]! ^ packet.flags }),
  (packet, random) => ({ ...packet, payload: packet.payload.slice(0, random % (packet.payload.length + 1)) }),
  (packet) => ({ ...packet, payload: new Uint8Array(0) }),
  (packet, random) => ({ ...packet, payload: payloadOf(packet.payload.length + 1 + (random % 9), random) }),
  (packet, random) => ({ ...packet, sequence: (packet.sequence + (random % 3) - 1) >>> 0 }),
  (packet) => ({ ...packet, sequence: (packet.sequence - packet.payload.length) >>> 0 }),
  (packet, random) => ({ ...packet, id: (packet.id + 1 + (random % 3)) & 0xffff }),
  (packet) => ({ ...packet, window: packet.window ^ 1 }),
  (packet) => ({ ...packet, acknowledgement: (packet.acknowledgement ^ 0x100) >>> 0 }),
  (packet) => ({ ...packet, ports: (packet.ports ^ 1) >>> 0 }),
  (packet) => ({ ...packet, ports: (packet.ports ^ 0x10000) >>> 0 }),
  (packet) => ({ ...packet, ttl: packet.ttl ^ 1 }),
  (packet) => ({ ...packet, trafficClass: packet.trafficClass ^ 1 }),
  (packet) => ({ ...packet, trafficClass: packet.trafficClass ^ 0x80 }),
  (packet) => ({ ...packet, source: packet.source ^ 1 }),
  (packet) => ({ ...packet, tags: packet.tags.map((tag) => tag ^ 1) }),
  (packet) => ({ ...packet, tags: packet.tags.length > 0 ? packet.tags.slice(1) : [7] }),
  (packet) => ({ ...packet, fragment: packet.fragment ^ 0x4000 }),
  (packet) => ({ ...packet, fragment: 0x2000 }),
  (packet) => ({ ...packet, v6: !packet.v6 }),
  (packet) => ({ ...packet, udp: true }),
  (packet, random) => ({
    ...packet,
    tcpOptions: packet.tcpOptions.map((byte, i) => byte ^ (i === random % 20 ? 1 : 0)),
  }),
  (packet) => ({ ...packet, tcpOptions: packet.tcpOptions.slice(4) }),
  (packet, random) => ({ ...packet, ipOptions: packet.ipOptions.map((byte, i) => byte ^ (i === random % 20 ? 1 : 0)) }),
  (packet) => ({ ...packet, ipOptions: packet.ipOptions.slice(4) }),
  (packet) => ({ ...packet, extensions: [{ protocol: 60, bytes: [0, 0, 1, 4, 0, 0, 0, 0] }] }),
];

/** A step of the sender: which event (many numbers mean none), whether the change stays, and chance for it. */
const step = fc.record({
  event: fc.nat(EVENTS.length * 5),
  random: fc.nat(1000),
  lasting: fc.boolean(),
  partial: fc.nat(30).map((n) => n > 0),
  padding: fc.nat(30).map((n) => (n === 0 ? 3 : 0)),
});

test('streams with everything that ends a train', () => {
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 60 }), fc.array(step, { maxLength: 80 }), (start, size, steps) => {
      let next: Packet = start;
      const incoming: Incoming[] = [];
      steps.forEach(({ event, random, lasting, partial, padding }, i) => {
        const plain = { ...next, payload: payloadOf(size, i) };
        const packet = EVENTS[event]?.(plain, random) ?? plain;
        incoming.push({ packet, partial, padding });
        const base = lasting ? { ...packet, flags: ACK } : next;
        next = { ...base, sequence: (base.sequence + packet.payload.length) >>> 0, id: (base.id + 1) & 0xffff };
      });
      check(incoming);
    }),
    { numRuns: 1500 },
  );
});

test('each event alone, between segments that would be joined', () => {
  const base: Packet = {
    ...fc.sample(stream, { seed: 1, numRuns: 1 })[0]!,
    v6: false,
    tags: [5],
    id: 0xfffe,
    sequence: 0xffff_fff0,
    fragment: 0x4000,
    ipOptions: [1, 1, 1, 1],
    tcpOptions: [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2],
    payload: payloadOf(20, 7),
  };
  for (const v6 of [false, true]) {
    const segments = segmentsOf({ ...base, v6, payload: payloadOf(100, 3) }, 20);
    EVENTS.forEach((event, i) => {
      const changed = segments.map((packet, at) => (at === 2 ? event(packet, 2) : packet));
      const incoming = changed.map((packet) => ({ packet, partial: true, padding: 0 }));
      check(incoming);
      const visible = Buffer.compare(build(changed[2]!).bytes, build(segments[2]!).bytes) !== 0;
      assert.equal(join(incoming).length > 1, visible, `event ${i} ends the train`);
    });
  }
});

test('flows that alternate stay apart and in order', () => {
  const [one, two] = [1, 2].map((ports) =>
    segmentsOf({ ...fc.sample(stream, { seed: 3, numRuns: 1 })[0]!, ports, payload: payloadOf(400, ports) }, 100),
  ) as [Packet[], Packet[]];
  const incoming = one
    .flatMap((packet, i) => [packet, two[i]!])
    .map((packet) => ({ packet, partial: true, padding: 0 }));
  check(incoming);
  assert.equal(join(incoming).length, 8);
});

test('reordered and repeated segments are not joined to what they do not follow', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(9), { maxLength: 40 }), (packet, order) => {
      const segments = segmentsOf({ ...packet, payload: payloadOf(1000, 5) }, 100);
      check(order.map((i) => ({ packet: segments[i]!, partial: true, padding: 0 })));
    }),
    { numRuns: 500 },
  );
});

test('what the splitter makes of a super-frame comes back as it was', () => {
  const whole = fc.record({
    packet: headersArbitrary.map((packet) => ({ ...packet, udp: false })),
    end: fc.constantFrom(0, PSH, FIN, PSH | FIN),
    size: fc.integer({ min: 1, max: 9000 }),
    length: fc.integer({ min: 2, max: 65_000 }),
  });
  fc.assert(
    fc.property(whole, ({ packet, end, size, length }) => {
      const most = Math.min(length, size * MAX_FRAME_PIECES);
      const complete = { ...packet, flags: ACK | end, payload: payloadOf(most, size) };
      const parts = segmentsOf(complete, size).map((part) => ({ packet: part, partial: true, padding: 0 }));
      const [written, ...more] = join(parts);
      assert.equal(more.length, 0);
      assert.deepEqual(written!.subarray(VNET_SIZE), Buffer.from(build(complete).bytes));
      assert.equal(written![1], parts.length === 1 ? 0 : packet.v6 ? GSO_TCPV6 : GSO_TCPV4);
    }),
    { numRuns: 200 },
  );
});

test('a super-frame has at most so many pieces and so many bytes', () => {
  const packet = { ...fc.sample(stream, { seed: 4, numRuns: 1 })[0]!, tags: [1, 2], v6: false };
  const split = (size: number, count: number) =>
    segmentsOf({ ...packet, payload: payloadOf(size * count, 1) }, size).map((part) => ({
      packet: part,
      partial: true,
      padding: 0,
    }));
  const small = split(10, 3 * MAX_FRAME_PIECES + 1);
  check(small);
  assert.equal(join(small).length, 4);
  for (const size of [1448, 8948, 20_000]) {
    const large = split(size, 60);
    check(large);
    const limit = MOST_IP + 14 + 8 + VNET_SIZE;
    for (const frame of join(large)) assert.ok(frame.length <= limit);
    assert.ok(join(large)[0]!.length > limit - size, 'and is as full as it can be');
  }
});

test('a super-frame may be of just 65,535 bytes of IP, and not of one more', () => {
  for (const v6 of [false, true]) {
    const packet = { ...fc.sample(stream, { seed: 5, numRuns: 1 })[0]!, v6, ipOptions: [], tcpOptions: [] };
    const room = MOST_IP - (v6 ? 60 : 40);
    for (const [length, frames] of [
      [room, 1],
      [room + 1, 2],
    ] as const) {
      const parts = segmentsOf({ ...packet, payload: payloadOf(length, 1) }, 1448);
      const incoming = parts.map((part) => ({ packet: part, partial: true, padding: 0 }));
      check(incoming);
      assert.equal(join(incoming).length, frames);
    }
  }
});

/** Number of frames written when both of two consecutive segments are changed alike. */
function writtenAfter(v6: boolean, change: (frame: Uint8Array, at: number, l3: number) => void): number {
  const packet = { ...fc.sample(stream, { seed: 6, numRuns: 1 })[0]!, v6, tags: [], ipOptions: [], tcpOptions: [] };
  const batch = new FrameBatch();
  const joiner = new Joiner(arena, batch);
  segmentsOf({ ...packet, payload: payloadOf(200, 1) }, 100).forEach((segment, i) => {
    const { bytes, l3, l4 } = build(segment);
    const at = 4096 + i * 512;
    arena.bytes.set(bytes, at);
    writeInner(arena.bytes, at, 1, GSO_NONE, l4, 16, 0);
    change(arena.bytes, at, l3);
    joiner.add(at, bytes.length, l3);
  });
  joiner.finish();
  return batch.count;
}

test('only IP is joined, by its EtherType and with a whole header', () => {
  for (const v6 of [false, true]) {
    assert.equal(
      writtenAfter(v6, () => {}),
      1,
    );
    for (const type of [0x0806, 0x8847, 0x8864, 0x8100, 0x88a8, v6 ? 0x0800 : 0x86dd]) {
      const changed = writtenAfter(v6, (frame, at, l3) => frame.set([type >> 8, type & 255], at + l3 - 2));
      assert.equal(changed, 2, `type ${type.toString(16)}`);
    }
  }
  let sequence = 0;
  const short = writtenAfter(false, (frame, at, l3) => {
    // An IPv4 header of 16 bytes, and a TCP header right behind it that is in order.
    frame[at + l3] = 0x44;
    frame.set([0, 0, 0, sequence, 0, 0, 0, 0, 0x50, ACK], at + l3 + 20);
    sequence += 104;
    writeInner(frame, at, 1, GSO_NONE, l3 + 16, 16, 0);
  });
  assert.equal(short, 2);
});

test('nonsense goes through unchanged, and is never read or written outside of its own bytes', () => {
  const junk = fc.record({
    frame: fc.uint8Array({ minLength: 14, maxLength: 100 }),
    inner: fc.uint8Array({ minLength: INNER_SIZE, maxLength: INNER_SIZE }),
    l3: fc.oneof(fc.constant(-1), fc.integer({ min: 14, max: 22 })),
    plausible: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(junk, { maxLength: 10 }), (frames) => {
      const batch = new FrameBatch();
      const joiner = new Joiner(arena, batch);
      let at = 4096;
      const expected = frames.map(({ frame, inner, l3, plausible }) => {
        const header = Uint8Array.from(inner);
        if (plausible) header.set([1, 1, 0, 16, l3 < 0 ? 34 : l3 + 20, 0], 0);
        if (plausible && l3 > 0 && frame.length > l3 + 10) frame.set([0x45], l3);
        at += 64;
        arena.bytes.set(header, at - INNER_SIZE);
        arena.bytes.set(frame, at);
        joiner.add(at, frame.length, l3 > frame.length ? -1 : l3);
        at += frame.length;
        return Buffer.from(frame);
      });
      joiner.finish();
      assert.equal(batch.count, frames.length);
      expected.forEach((frame, i) => {
        const from = batch.pieceOffset[i]! + VNET_SIZE;
        assert.deepEqual(Buffer.from(arena.bytes.slice(from, from + frame.length)), frame);
      });
    }),
    { numRuns: 1000 },
  );
});
