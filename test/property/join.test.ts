/**
 * The joiner against a plain model that works on packets instead of bytes: streams of segments with
 * everything in between that must not be joined.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arenaOver } from '../../src/core/arena.js';
import { FrameBatch, MAX_FRAME_PIECES } from '../../src/core/frame-batch.js';
import { Joiner } from '../../src/core/segment/join.js';
import {
  GSO_NONE,
  GSO_TCPV4,
  GSO_TCPV6,
  GSO_UDP_L4,
  INNER_SIZE,
  VNET_SIZE,
  writeInner,
} from '../../src/core/wire/inner.js';
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
  joiner.joinUdp = true;
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
  const gsoType = joined ? gsoTypeOf(packet) : 0;
  const size = joined ? packet.payload.length : 0;
  const header = partial
    ? [1, gsoType, 0, 0, size & 255, size >> 8, l4 & 255, l4 >> 8, csumOffset, 0]
    : new Array<number>(VNET_SIZE).fill(0);
  return Buffer.concat([Buffer.from(header), bytes, Buffer.alloc(padding)]);
}

function gsoTypeOf({ udp, v6 }: Packet): number {
  return udp ? GSO_UDP_L4 : v6 ? GSO_TCPV6 : GSO_TCPV4;
}

function mayJoin({ packet, partial, padding }: Incoming): boolean {
  const flags = packet.udp ? ACK : packet.flags & ~(FIN | PSH);
  const whole = packet.v6 ? packet.extensions.length === 0 : (packet.fragment & 0x3fff) === 0;
  return partial && padding === 0 && flags === ACK && packet.payload.length > 0 && whole;
}

/** Everything of a segment that must be the same in the next. */
function flow(packet: Packet): string {
  const absent = {
    ...(packet.v6 ? { fragment: 0, ipOptions: [] } : { extensions: [] }),
    ...(packet.udp ? { acknowledgement: 0, window: 0, tcpOptions: [] } : {}),
  };
  return JSON.stringify({ ...packet, ...absent, sequence: 0, id: 0, flags: 0, payload: null });
}

/** Whether the train ends with this packet, even if all that follows fits it. */
function ends(packet: Packet, first: Packet): boolean {
  return packet.payload.length < first.payload.length || (!packet.udp && (packet.flags & (FIN | PSH)) !== 0);
}

function sequenceFollows({ udp, sequence }: Packet, last: Packet): boolean {
  return udp || sequence === (last.sequence + last.payload.length) >>> 0;
}

/** Ids rise by one, all along; with DF they may also be all the same. */
function idFollows({ v6, id, fragment }: Packet, open: readonly Incoming[]): boolean {
  const ids = [...open.map(({ packet }) => packet.id), id];
  const rise = ids.every((one, i) => one === ((ids[0]! + i) & 0xffff));
  return v6 || rise || (fragment === 0x4000 && ids.every((one) => one === id));
}

/** Packets grouped as they should be written, by the rules of tcp_gro_receive and udp_gro_receive. */
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
      sequenceFollows(packet, last) &&
      idFollows(packet, open) &&
      packet.payload.length <= first.payload.length &&
      open.length < MAX_FRAME_PIECES &&
      ipLength([...open, one]) <= MOST_IP
    ) {
      open.push(one);
      if (ends(packet, first)) open = null;
      continue;
    }
    made.push([one]);
    open = mayJoin(one) && !ends(packet, packet) ? made.at(-1)! : null;
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

const stream = headersArbitrary.map((packet) => ({ ...packet, flags: ACK }));

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
  (packet) => ({ ...packet, udp: !packet.udp }),
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

const sizes = fc.integer({ min: 1, max: 60 });

test('streams with everything that ends a train', () => {
  fc.assert(
    fc.property(
      fc.tuple(stream, fc.boolean()),
      sizes,
      fc.array(step, { maxLength: 80 }),
      ([start, still], size, steps) => {
        let next: Packet = start;
        const incoming: Incoming[] = [];
        steps.forEach(({ event, random, lasting, partial, padding }, i) => {
          const plain = { ...next, payload: payloadOf(size, i) };
          const packet = EVENTS[event]?.(plain, random) ?? plain;
          incoming.push({ packet, partial, padding });
          const base = lasting ? { ...packet, flags: ACK } : next;
          const id = still ? base.id : (base.id + 1) & 0xffff;
          next = { ...base, sequence: (base.sequence + packet.payload.length) >>> 0, id };
        });
        check(incoming);
      },
    ),
    { numRuns: 1500 },
  );
});

/** TCP and UDP over both versions of IP. */
const KINDS = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

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
  for (const [v6, udp] of KINDS) {
    const segments = segmentsOf({ ...base, v6, udp, payload: payloadOf(100, 3) }, 20);
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

for (const udp of [false, true])
  test(`a super-frame of ${udp ? 'UDP' : 'TCP'} has at most so many pieces and bytes`, () => {
    const packet = { ...fc.sample(stream, { seed: 4, numRuns: 1 })[0]!, tags: [1, 2], v6: false, udp };
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
  for (const [v6, udp] of KINDS) {
    const packet = { ...fc.sample(stream, { seed: 5, numRuns: 1 })[0]!, v6, udp, ipOptions: [], tcpOptions: [] };
    const room = MOST_IP - (v6 ? 40 : 20) - (udp ? 8 : 20);
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

test('nonsense goes through unchanged, and is never read or written outside of its own bytes', () => {
  const junk = fc.record({
    frame: fc.uint8Array({ minLength: 14, maxLength: 100 }),
    inner: fc.uint8Array({ minLength: INNER_SIZE, maxLength: INNER_SIZE }),
    l3: fc.oneof(fc.constant(-1), fc.integer({ min: 14, max: 22 })),
    plausible: fc.constantFrom('', 'TCP', 'UDP'),
  });
  fc.assert(
    fc.property(fc.array(junk, { maxLength: 10 }), (frames) => {
      const batch = new FrameBatch();
      const joiner = new Joiner(arena, batch);
      joiner.joinUdp = true;
      let at = 4096;
      const expected = frames.map(({ frame, inner, l3, plausible }) => {
        const header = Uint8Array.from(inner);
        if (plausible) header.set([1, 1, 0, plausible === 'UDP' ? 6 : 16, l3 < 0 ? 34 : l3 + 20, 0], 0);
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
