/** Super-frames through two lanes and back: split, sealed, opened and joined, or carried whole in fragments. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LANE, PEER } from '../../src/core/counters.js';
import { GSO_NONE, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4 } from '../../src/core/wire/inner.js';
import { ACK, build, CWR, type Packet, payloadOf, SEGMENT, segmentsOf } from '../property/super-frame.js';
import { type Host, LaneNetwork, type TapFrame } from './lane-network.js';

/** The frame as the kernel hands it over, or takes it, with the virtio-net header for this GSO type. */
function tapFrame(packet: Packet, gsoType: number, gsoSize: number): TapFrame {
  const { bytes, l4, csumOffset } = build(packet);
  const size = [gsoSize & 255, gsoSize >> 8];
  return { vnet: Uint8Array.of(1, gsoType, 0, 0, ...size, l4 & 255, l4 >> 8, csumOffset, 0), frame: bytes };
}

/** What arrives at every other host when host 0 gets these frames from its TAP. */
function carried(network: LaneNetwork, ...frames: TapFrame[]): TapFrame[][] {
  const [a, ...others] = network.hosts as [Host, ...Host[]];
  a.send(...frames);
  network.pump();
  return others.map((host) => {
    const { delivered } = host;
    host.take();
    return delivered;
  });
}

for (const v6 of [false, true]) {
  for (const tags of [[], [5], [5, 6]]) {
    test(`TCP over IPv${v6 ? 6 : 4} with ${tags.length} VLAN tags: what went in comes out, to two peers`, () => {
      const network = new LaneNetwork(3);
      const gsoType = v6 ? GSO_TCPV6 : GSO_TCPV4;
      for (const [length, size] of [
        [1331, 1330],
        [64_000, 1320],
        [60_000, 1000],
        [5000, 536],
      ] as const) {
        const sent = tapFrame({ ...SEGMENT, v6, tags, payload: payloadOf(length, size) }, gsoType, size);
        for (const received of carried(network, sent)) assert.deepEqual(received, [sent]);
      }
    });
  }
}

test('a segment size too large for the link: cut finer, and joined with that size', () => {
  const network = new LaneNetwork(2, 1300);
  const packet = { ...SEGMENT, payload: payloadOf(20_000, 1) };
  const [received] = carried(network, tapFrame(packet, GSO_TCPV4, 1448));
  const size = 1300 - 28 - 32 - 8 - build({ ...packet, payload: new Uint8Array(0) }).bytes.length;
  assert.deepEqual(received, [tapFrame(packet, GSO_TCPV4, size)]);
  for (const { bytes } of network.sent) assert.equal(bytes.length <= 1300 - 28, true);
});

test('a super-frame with CWR: its first segment stands alone, the rest is joined', () => {
  const network = new LaneNetwork(2);
  const packet = { ...SEGMENT, flags: ACK | CWR, payload: payloadOf(5000, 1) };
  const [first, ...rest] = segmentsOf(packet, 1000) as [Packet, ...Packet[]];
  const [received] = carried(network, tapFrame(packet, GSO_TCPV4 | 0x80, 1000));
  const joined = { ...rest[0]!, payload: payloadOf(5000, 1).slice(1000) };
  assert.deepEqual(received, [tapFrame(first, GSO_NONE, 0), tapFrame(joined, GSO_TCPV4, 1000)]);
});

test('a train of UDP datagrams comes as the datagrams it was, none cut at a place of ours', () => {
  const network = new LaneNetwork(3, 1300);
  for (const size of [1000, 1400]) {
    const packet = { ...SEGMENT, udp: true, payload: payloadOf(6500, size) };
    const expected = segmentsOf(packet, size).map((segment) => tapFrame(segment, GSO_NONE, 0));
    for (const received of carried(network, tapFrame(packet, GSO_UDP_L4, size))) assert.deepEqual(received, expected);
  }
});

test('what the splitter refuses travels whole in fragments, and the receiving kernel splits it', () => {
  const network = new LaneNetwork(3);
  const extensions = [{ protocol: 43, bytes: [0, 0, 4, 1, 0, 0, 0, 0, ...new Array<number>(16).fill(9)] }];
  const packet = { ...SEGMENT, v6: true, extensions, payload: payloadOf(40_000, 3) };
  const sent = tapFrame(packet, GSO_TCPV6, 1400);
  for (const received of carried(network, sent)) assert.deepEqual(received, [sent]);
  const { counters, lane } = network.hosts[1]!;
  assert.ok(counters[lane.state.peers[0]!.block + PEER.fragmentsRx]! > 20);
});

test('a virtio-net header that contradicts its frame is dropped at the latest by the receiver', () => {
  const network = new LaneNetwork(2);
  const good = tapFrame({ ...SEGMENT, payload: payloadOf(100, 1) }, GSO_NONE, 0);
  const bad: Uint8Array[] = [
    Uint8Array.of(1, 0, 0, 0, 0, 0, 250, 0, 16, 0), // checksum behind the end
    Uint8Array.of(1, 0, 0, 0, 0, 0, 2, 0, 16, 0), // checksum in the Ethernet header
    Uint8Array.of(0, GSO_TCPV4, 0, 0, 50, 0, 0, 0, 0, 0), // a train without a checksum to complete
    Uint8Array.of(1, 3, 0, 0, 50, 0, 34, 0, 16, 0), // UFO, which nobody offered
    Uint8Array.of(1, GSO_TCPV6, 0, 0, 255, 255, 34, 0, 16, 0), // segments larger than the frame
  ];
  const [received] = carried(network, ...bad.map((vnet) => ({ ...good, vnet })), good);
  assert.deepEqual(received, [good]);
  assert.equal(network.hosts[1]!.counters[LANE.rxMalformed], bad.length);
});

test('two streams in one batch, and small frames between them', () => {
  const network = new LaneNetwork(2);
  const one = tapFrame({ ...SEGMENT, payload: payloadOf(30_000, 1) }, GSO_TCPV4, 1340);
  const two = tapFrame({ ...SEGMENT, ports: 7, v6: true, payload: payloadOf(20_000, 2) }, GSO_TCPV6, 1330);
  const alone = tapFrame({ ...SEGMENT, ports: 8, payload: payloadOf(1, 2) }, GSO_NONE, 0);
  const [received] = carried(network, one, alone, two, alone, alone);
  assert.deepEqual(received, [one, alone, two, alone, alone]);
});
