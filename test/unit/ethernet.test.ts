import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ETHERNET_SOURCE,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_VLAN,
  etherType,
  isGroup,
  macHi,
  macLo,
  networkOffset,
} from '../../src/core/wire/ethernet.js';

const ETHERTYPE_ARP = 0x0806;
const MACS = [0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54];

function frame(...types: number[]): Uint8Array {
  const tail = types.flatMap((type, i) => [type >> 8, type & 255, ...(i < types.length - 1 ? [0x20, i + 1] : [])]);
  return Uint8Array.from([9, 9, 9, ...MACS, ...tail]);
}

test('reads addresses as 16 bits and a signed 32', () => {
  const bytes = frame(ETHERTYPE_ARP);
  assert.equal(macHi(bytes, 3), 0x0211);
  assert.equal(macLo(bytes, 3), 0x22334455);
  assert.equal(macHi(bytes, 3 + ETHERNET_SOURCE), 0xfedc);
  assert.equal(macLo(bytes, 3 + ETHERNET_SOURCE), 0xba987654 | 0);
});

test('tells group addresses', () => {
  assert.equal(isGroup(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 0), true);
  assert.equal(isGroup(Uint8Array.of(0x01, 0, 0x5e, 0, 0, 1), 0), true);
  assert.equal(isGroup(Uint8Array.of(0x33, 0x33, 0, 0, 0, 1), 0), true);
  assert.equal(isGroup(Uint8Array.of(0x02, 0xff, 0xff, 0xff, 0xff, 0xff), 0), false);
});

test('finds the network header past no, one and two VLAN tags', () => {
  for (const [types, at, type] of [
    [[ETHERTYPE_IPV4], 14, ETHERTYPE_IPV4],
    [[0x8100, ETHERTYPE_IPV6], 18, ETHERTYPE_IPV6],
    [[0x88a8, ETHERTYPE_ARP], 18, ETHERTYPE_ARP],
    [[0x88a8, 0x8100, ETHERTYPE_IPV4], 22, ETHERTYPE_IPV4],
    [[0x8100, 0x8100, ETHERTYPE_IPV4], 22, ETHERTYPE_IPV4],
    [[0x8100, 0x8100, 0x8100, ETHERTYPE_IPV4], 22, ETHERTYPE_VLAN],
  ] as const) {
    const bytes = frame(...types);
    const found = networkOffset(bytes, 3, bytes.length - 3);
    assert.equal(found, 3 + at);
    assert.equal(etherType(bytes, found), type);
  }
});

test('a frame that ends within its header or a tag is malformed', () => {
  const bytes = frame(0x88a8, 0x8100, ETHERTYPE_IPV4);
  for (let len = 0; len < 22; len++) assert.equal(networkOffset(bytes, 3, len), -1, `${len} bytes`);
  assert.equal(networkOffset(frame(ETHERTYPE_IPV4), 3, 13), -1);
  assert.equal(networkOffset(frame(ETHERTYPE_IPV4), 3, 14), 17);
});
