import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  headersLengthOf,
  ipPacketLength,
  ipv4HeaderLength,
  PROTOCOL_FRAGMENT,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  protocolOf,
  tcpHeaderLength,
  transport,
} from '../../src/core/wire/ip.js';

/** IPv6: nothing follows (RFC 8200, 4.7). */
const PROTOCOL_NONE = 59;

interface Four {
  version?: number;
  words?: number;
  total?: number;
  fragment?: number;
  protocol?: number;
}

function ipv4({
  version = 4,
  words = 5,
  total = words * 4 + 20,
  fragment = 0,
  protocol = PROTOCOL_TCP,
}: Four): Uint8Array {
  const bytes = new Uint8Array(100);
  bytes.set([version * 16 + words, 0, total >> 8, total & 255, 0, 1, fragment >> 8, fragment & 255, 64, protocol]);
  return bytes;
}

function ipv6(next: number, ...payload: number[]): Uint8Array {
  const bytes = new Uint8Array(40 + payload.length);
  bytes.set([0x60, 0, 0, 0, payload.length >> 8, payload.length & 255, next, 64]);
  bytes.set(payload, 40);
  return bytes;
}

/** An extension header of `units` times 8 bytes. */
function extension(next: number, units = 1): number[] {
  return [next, units - 1, ...new Array<number>(units * 8 - 2).fill(0xee)];
}

function found(bytes: Uint8Array): [number, number] | -1 {
  const result = transport(bytes, 0, bytes.length);
  return result < 0 ? -1 : [protocolOf(result), headersLengthOf(result)];
}

test('IPv4 header lengths', () => {
  assert.equal(ipv4HeaderLength(ipv4({}), 0, 40), 20);
  assert.equal(ipv4HeaderLength(ipv4({ words: 15 }), 0, 80), 60);
  assert.equal(ipv4HeaderLength(ipv4({ total: 20 }), 0, 20), 20, 'nothing behind the header');
  assert.equal(ipv4HeaderLength(ipv4({}), 0, 100), 20, 'padding behind the packet');
});

test('malformed IPv4 headers', () => {
  assert.equal(ipv4HeaderLength(ipv4({}), 0, 19), -1, 'cut short');
  assert.equal(ipv4HeaderLength(ipv4({}), 0, 39), -1, 'total length above what is there');
  assert.equal(ipv4HeaderLength(ipv4({ version: 5 }), 0, 100), -1, 'version');
  assert.equal(ipv4HeaderLength(ipv4({ words: 4 }), 0, 100), -1, 'header length below 20');
  assert.equal(ipv4HeaderLength(ipv4({ words: 6, total: 23 }), 0, 100), -1, 'header longer than the packet');
});

test('packet lengths leave padding out', () => {
  assert.equal(ipPacketLength(ipv4({ total: 33 }), 0, 100), 33);
  const six = ipv6(PROTOCOL_UDP, 1, 2, 3);
  assert.equal(ipPacketLength(six, 0, 43), 43);
  assert.equal(ipPacketLength(six, 0, 60), 43);
  assert.equal(ipPacketLength(six, 0, 42), -1);
  assert.equal(ipPacketLength(six, 0, 39), -1);
  assert.equal(ipPacketLength(new Uint8Array(60), 0, 60), -1, 'version 0');
});

test('the transport header of IPv4', () => {
  assert.deepEqual(found(ipv4({ protocol: PROTOCOL_UDP })), [PROTOCOL_UDP, 20]);
  assert.deepEqual(found(ipv4({ words: 7, fragment: 0x4000 })), [PROTOCOL_TCP, 28], "don't fragment is no fragment");
  assert.deepEqual(found(ipv4({ fragment: 0x2000 })), [PROTOCOL_FRAGMENT, 20], 'the first fragment');
  assert.deepEqual(found(ipv4({ fragment: 1 })), [PROTOCOL_FRAGMENT, 20], 'a later fragment');
  assert.equal(found(ipv4({ words: 2 })), -1);
});

test('the transport header of IPv6, behind hop-by-hop, routing and destination headers', () => {
  assert.deepEqual(found(ipv6(PROTOCOL_TCP, 1, 2, 3)), [PROTOCOL_TCP, 40]);
  assert.deepEqual(found(ipv6(PROTOCOL_NONE)), [PROTOCOL_NONE, 40]);
  assert.deepEqual(found(ipv6(0, ...extension(43), ...extension(60, 3), ...extension(PROTOCOL_UDP), 1)), [
    PROTOCOL_UDP,
    80,
  ]);
  assert.deepEqual(
    found(ipv6(PROTOCOL_FRAGMENT, ...extension(PROTOCOL_UDP))),
    [PROTOCOL_FRAGMENT, 40],
    'fragments are not looked into',
  );
});

test('IPv6 extension headers that run out of the packet are malformed', () => {
  assert.equal(found(ipv6(0)), -1);
  assert.equal(found(ipv6(0, ...extension(PROTOCOL_TCP).slice(0, 7))), -1);
  assert.equal(found(ipv6(60, ...extension(PROTOCOL_TCP, 2).slice(0, 15))), -1);
  assert.deepEqual(found(ipv6(60, ...extension(PROTOCOL_TCP, 2))), [PROTOCOL_TCP, 56]);
  const padded = new Uint8Array(80);
  padded.set(ipv6(60, ...extension(PROTOCOL_TCP, 2).slice(0, 8)));
  assert.equal(found(padded), -1, 'padding is not part of the packet');
});

test('a packet of more than eight extension headers is malformed', () => {
  const chain = (length: number) =>
    Array.from({ length }, (_, i) => extension(i === length - 1 ? PROTOCOL_TCP : 60)).flat();
  assert.deepEqual(found(ipv6(60, ...chain(8))), [PROTOCOL_TCP, 104]);
  assert.equal(found(ipv6(60, ...chain(9))), -1);
});

test('TCP header lengths', () => {
  const tcp = (words: number) => new Uint8Array(60).fill(words * 16 + 15, 12, 13);
  assert.equal(tcpHeaderLength(tcp(5), 0, 20), 20);
  assert.equal(tcpHeaderLength(tcp(15), 0, 60), 60);
  assert.equal(tcpHeaderLength(tcp(5), 0, 19), -1);
  assert.equal(tcpHeaderLength(tcp(15), 0, 59), -1);
  assert.equal(tcpHeaderLength(tcp(4), 0, 60), -1);
});
