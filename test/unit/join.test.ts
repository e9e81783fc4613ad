/** The joiner by examples: frames that look like neighbours in a train, but for one thing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arenaOver } from '../../src/core/arena.js';
import { FrameBatch } from '../../src/core/frame-batch.js';
import { Joiner } from '../../src/core/segment/join.js';
import { GSO_NONE, VNET_SIZE, writeInner } from '../../src/core/wire/inner.js';
import { ACK, build, type Packet, PSH, payloadOf, SEGMENT, segmentsOf, sum16 } from '../property/super-frame.js';

const arena = arenaOver(new ArrayBuffer(16_384));
const { bytes, view } = arena;
const PACKET: Packet = {
  ...SEGMENT,
  id: 65_535,
  sequence: 0x7fff_fff0,
  flags: ACK,
  tcpOptions: [],
  payload: payloadOf(200, 1),
};
const L3 = 14;

/** Where the headers of a frame are in the arena; `l4` may be set to another place than they say. */
interface Place {
  at: number;
  ip: number;
  l4: number;
  length: number;
}

/** Numbers of pieces of the frames that are written when each of these segments is changed so. */
function rows(segments: Packet[], change: (place: Place, i: number) => void = () => {}): number[] {
  const batch = new FrameBatch();
  const joiner = new Joiner(arena, batch);
  joiner.joinUdp = true;
  segments.forEach((segment, i) => {
    const built = build(segment);
    const at = 4096 + i * 512;
    const place = { at, ip: at + L3, l4: built.l4, length: built.bytes.length };
    bytes.set(built.bytes, at);
    change(place, i);
    writeInner(bytes, at, 1, GSO_NONE, place.l4, built.csumOffset, 0);
    joiner.add(at, place.length, L3);
  });
  joiner.finish();
  assert.equal(batch.pieceOffset[0], 4096 - VNET_SIZE);
  return Array.from(batch.pieces.subarray(0, batch.count));
}

/** Both segments of a train of two, in all kinds. */
function pairs(): Packet[][] {
  return [0, 1, 2, 3].map((kind) =>
    segmentsOf({ ...PACKET, v6: (kind & 1) !== 0, udp: (kind & 2) !== 0, payload: payloadOf(200, 1) }, 100),
  );
}

const TCP_PAIR = segmentsOf(PACKET, 100);

/** Makes the checksum of IPv4 right again. */
function mend({ at, ip, l4 }: Place): void {
  view.setUint16(ip + 10, 0);
  view.setUint16(ip + 10, 0xffff - sum16(bytes.subarray(ip, at + l4)));
}

test('two neighbours are joined, of both protocols and both versions', () => {
  for (const pair of pairs()) assert.deepEqual(rows(pair), [2]);
});

test('only IP is joined, by its EtherType', () => {
  for (const pair of pairs()) {
    for (const type of [0x0806, 0x8847, 0x8864, 0x8100, 0x88a8, pair[0]!.v6 ? 0x0800 : 0x86dd]) {
      const changed = rows(pair, ({ ip }) => view.setUint16(ip - 2, type));
      assert.deepEqual(changed, [1, 1], `type ${type.toString(16)}`);
    }
  }
});

test('not another version, with all sums right', () => {
  for (const pair of pairs()) {
    const changed = rows(pair, (place) => {
      bytes[place.ip]! ^= 0x10;
      if (!pair[0]!.v6) mend(place);
    });
    assert.deepEqual(changed, [1, 1]);
  }
});

test('not another protocol, with all sums right', () => {
  for (const pair of pairs()) {
    const changed = rows(pair, (place) => {
      bytes[place.ip + (pair[0]!.v6 ? 6 : 9)] = 136; // UDP-Lite
      if (!pair[0]!.v6) mend(place);
    });
    assert.deepEqual(changed, [1, 1]);
  }
});

/** Moves where the checksum starts, and puts a TCP header in order there. */
function move(place: Place, i: number, by: number): void {
  place.l4 += by;
  const tcp = place.at + place.l4;
  const size = place.length - place.l4 - 20;
  view.setInt32(tcp, 0x01020304);
  view.setInt32(tcp + 4, i * size);
  view.setInt32(tcp + 8, 0);
  view.setInt32(tcp + 12, (0x50 << 24) | (ACK << 16));
  view.setInt32(tcp + 16, 0);
}

test('the transport header is where the IP header ends, not where the checksum is said to start', () => {
  for (const v6 of [false, true]) {
    const pair = segmentsOf({ ...PACKET, v6 }, 100);
    for (const by of [-4, 4, 20]) {
      const changed = rows(pair, (place, i) => {
        move(place, i, by);
        if (!v6) mend(place);
      });
      assert.deepEqual(changed, [1, 1], `${by} bytes`);
    }
  }
});

test('an IPv4 header has at least 20 bytes', () => {
  const changed = rows(TCP_PAIR, (place, i) => {
    bytes[place.ip] = 0x44;
    move(place, i, -4);
    mend(place);
  });
  assert.deepEqual(changed, [1, 1]);
});

test('a TCP header has at least 20 bytes', () => {
  const changed = rows(TCP_PAIR, ({ at, l4 }, i) => {
    bytes[at + l4 + 12] = 0x40;
    view.setInt32(at + l4 + 4, i * 104);
    view.setInt32(at + l4 + 16, 0x11112222); // would be payload
  });
  assert.deepEqual(changed, [1, 1]);
});

test('padding is not payload, even if the next segment seems to follow it', () => {
  const lost = (before: Packet[]) => [before[0]!, { ...before[1]!, sequence: before[0]!.sequence + 104 }];
  for (const v6 of [false, true]) {
    const pair = lost(segmentsOf({ ...PACKET, v6, sequence: 0, payload: payloadOf(204, 1) }, 100));
    const padded = rows(pair, (place, i) => {
      if (i > 0) return;
      bytes.fill(0, place.at + place.length, place.at + place.length + 4);
      place.length += 4;
    });
    assert.deepEqual(padded, [1, 1]);
  }
});

test('what ended one train does not end the next', () => {
  const tcp = segmentsOf({ ...PACKET, flags: ACK | PSH }, 100);
  const udp = segmentsOf({ ...PACKET, udp: true, payload: payloadOf(400, 1) }, 100);
  assert.deepEqual(rows([...tcp, ...udp]), [2, 4]);
  assert.deepEqual(rows([...udp, ...tcp, ...udp, ...tcp]), [4, 2, 4, 2]);
});

test('a train of one segment is written as it came', () => {
  const before = build(TCP_PAIR[0]!).bytes;
  assert.deepEqual(rows([TCP_PAIR[0]!]), [1]);
  assert.deepEqual(bytes.slice(4096, 4096 + before.length), before);
  assert.deepEqual([...bytes.subarray(4096 - VNET_SIZE, 4096)], [1, 0, 0, 0, 0, 0, 34, 0, 16, 0]);
});
