import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hex, parseAddress, parseMac, parsePrefix } from '../../src/io/netlink/address-text.js';
import * as k from '../../src/io/netlink/constants.js';
import {
  type AddressFields,
  decodeMessages,
  encodeAddress,
  encodeLink,
  type LinkFields,
  type MessageHeader,
} from '../../src/io/netlink/messages.js';
import { decodeKind } from '../../src/io/netlink/tun-info.js';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const index = fc.integer({ min: 0, max: 0x7fffffff });
const plain = { noNullPrototype: true };
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const header = (...types: number[]): fc.Arbitrary<MessageHeader> =>
  fc.record({ type: fc.constantFrom(...types), flags: fc.integer({ min: 0, max: 0xffff }), seq: u32, pid: u32 }, plain);

const link: fc.Arbitrary<LinkFields> = fc.record(
  {
    family: fc.integer({ min: 0, max: 255 }),
    index,
    flags: u32,
    change: u32,
    name: fc.option(fc.stringMatching(/^[a-z][a-z0-9.-]{0,14}$/)),
    mtu: fc.option(u32),
    address: fc.option(fc.uint8Array({ maxLength: 20 })),
    master: fc.option(u32),
    queue: fc.option(u32),
    linkInfo: fc.option(fc.uint8Array({ maxLength: 80 })),
  },
  plain,
);

const address: fc.Arbitrary<AddressFields> = fc.constantFrom(4, 16).chain((size) =>
  fc.record(
    {
      family: fc.constant(size === 4 ? k.AF_INET : k.AF_INET6),
      prefixLength: fc.integer({ min: 0, max: size * 8 }),
      flags: u32,
      scope: fc.integer({ min: 0, max: 255 }),
      index,
      local: fc.option(bytes(size)),
      address: fc.option(bytes(size)),
    },
    plain,
  ),
);

test('what was encoded is decoded as it was, several messages in one datagram', () => {
  const one = fc.oneof(
    fc.tuple(header(k.RTM_NEWLINK, k.RTM_DELLINK, k.RTM_SETLINK), link).map(([head, fields]) => ({
      wanted: { ...head, kind: 'link' as const, link: fields },
      encoded: encodeLink(head, fields),
    })),
    fc.tuple(header(k.RTM_NEWADDR, k.RTM_DELADDR), address).map(([head, fields]) => ({
      wanted: { ...head, kind: 'address' as const, address: fields },
      encoded: encodeAddress(head, fields),
    })),
  );
  fc.assert(
    fc.property(fc.array(one, { maxLength: 5 }), (all) => {
      const decoded = decodeMessages(Buffer.concat(all.map((m) => m.encoded)));
      assert.equal(decoded.refusal, null);
      assert.deepEqual(
        decoded.messages,
        all.map((m) => m.wanted),
      );
    }),
  );
});

test('random bytes, cut and changed messages never throw, and are refused where they do not fit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (datagram) => {
      decodeMessages(datagram);
    }),
  );
  const sound = fc.tuple(header(k.RTM_NEWLINK), link).map(([head, fields]) => encodeLink(head, fields));
  fc.assert(
    fc.property(sound, fc.nat(), (datagram, seed) => {
      const cut = decodeMessages(datagram.subarray(0, 1 + (seed % (datagram.length - 1))));
      assert.deepEqual(cut, { messages: [], refusal: 'header' });
    }),
  );
  fc.assert(
    fc.property(sound, fc.nat(), fc.nat({ max: 255 }), (datagram, at, value) => {
      datagram[at % datagram.length] = value;
      decodeMessages(datagram);
    }),
  );
});

test('one malformed message does not hide the next', () => {
  const head = { type: k.RTM_NEWLINK, flags: 0, seq: 1, pid: 0 };
  const bad = encodeLink(head, { index: 1, name: 'eth0' });
  bad[32] = 200; // length of the first attribute, beyond the message
  const wrongSize = encodeAddress({ ...head, type: k.RTM_NEWADDR }, { family: k.AF_INET6, local: new Uint8Array(4) });
  const good = encodeLink(head, { index: 2, name: 'eth1' });
  const decoded = decodeMessages(Buffer.concat([bad, wrongSize, good]));
  assert.equal(decoded.refusal, 'attribute');
  assert.deepEqual(
    decoded.messages.map((m) => m.kind === 'link' && m.link.name),
    ['eth1'],
  );
});

test('a message too short for its structure is refused', () => {
  const short = Buffer.alloc(20);
  short.writeUInt32LE(20, 0);
  for (const type of [k.RTM_NEWLINK, k.RTM_NEWADDR, k.NLMSG_ERROR]) {
    short.writeUInt16LE(type, 4);
    assert.deepEqual(decodeMessages(short), { messages: [], refusal: 'structure' });
  }
});

test("an address's flags are the 32-bit attribute, not the 8 bits of the structure", () => {
  const head = { type: k.RTM_NEWADDR, flags: 0, seq: 1, pid: 0 };
  const decoded = decodeMessages(encodeAddress(head, { family: k.AF_INET, flags: 0x12345678 }));
  const message = decoded.messages[0];
  assert.equal(message?.kind === 'address' && message.address.flags, 0x12345678);
});

/** As the kernel builds it: errno, header of the request (and its body unless capped), attributes. */
function kernelError(errno: number, flags: number, body: number, text: string): Buffer {
  const string = Buffer.from(`${text}\0`);
  const attribute = Buffer.alloc(4 + ((string.length + 3) & ~3));
  attribute.writeUInt16LE(4 + string.length, 0);
  attribute.writeUInt16LE(k.NLMSGERR_ATTR_MSG, 2);
  string.copy(attribute, 4);
  const echoed = Buffer.alloc(16 + ((flags & k.NLM_F_CAPPED) !== 0 ? 0 : body));
  echoed.writeUInt32LE(16 + body, 0);
  const head = Buffer.alloc(20);
  head.writeUInt32LE(20 + echoed.length + attribute.length, 0);
  head.writeUInt16LE(k.NLMSG_ERROR, 4);
  head.writeUInt16LE(flags, 6);
  head.writeUInt32LE(77, 8);
  head.writeInt32LE(-errno, 16);
  return Buffer.concat([head, echoed, attribute]);
}

test("the kernel's explanation is found, with the request sent back whole or capped", () => {
  for (const capped of [0, k.NLM_F_CAPPED]) {
    const datagram = kernelError(22, k.NLM_F_ACK_TLVS | capped, 24, 'mtu less than device minimum');
    const message = decodeMessages(datagram).messages[0];
    assert.ok(message?.kind === 'error');
    assert.deepEqual([message.seq, message.errno, message.text], [77, 22, 'mtu less than device minimum']);
  }
});

test('addresses in every spelling', () => {
  const cases: [string, string | null][] = [
    ['192.0.2.1', 'c0000201'],
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['2001:DB8::a:0', '20010db80000000000000000000a0000'],
    ['2001:db8:0:0:0:0:a:0', '20010db80000000000000000000a0000'],
    ['fe80::', `fe80${'0'.repeat(28)}`],
    ['64:ff9b::192.0.2.1', '0064ff9b0000000000000000c0000201'],
    ['::ffff:192.0.2.1', 'c0000201'],
    ['::ffff:c000:201', 'c0000201'],
    ['fe80::1%eth0', null],
    ['192.0.2', null],
    ['1:2:3', null],
    ['', null],
  ];
  for (const [text, wanted] of cases) {
    const parsed = parseAddress(text);
    assert.equal(parsed && hex(parsed.bytes), wanted, text);
    if (parsed) assert.equal(parsed.family, parsed.bytes.length === 4 ? k.AF_INET : k.AF_INET6);
  }
});

test('every IPv6 address reads back from its eight groups', () => {
  fc.assert(
    fc.property(bytes(16), (raw) => {
      raw[0] = (raw[0] ?? 0) | 1; // never IPv4-mapped
      const groups = Array.from({ length: 8 }, (_, i) => hex(raw.subarray(2 * i, 2 * i + 2)));
      assert.deepEqual(parseAddress(groups.join(':'))?.bytes, raw);
    }),
  );
});

test('prefixes and MAC addresses', () => {
  assert.deepEqual(parsePrefix('10.0.0.1/24'), {
    family: k.AF_INET,
    bytes: Uint8Array.of(10, 0, 0, 1),
    prefixLength: 24,
  });
  assert.equal(parsePrefix('2001:db8::1/128')?.prefixLength, 128);
  for (const wrong of ['10.0.0.1', '10.0.0.1/33', '::1/129', '10.0.0.1/', '/24', '10.0.0.1/-1', '10.0.0.1/1e1']) {
    assert.equal(parsePrefix(wrong), null, wrong);
  }
  assert.deepEqual(parseMac('02:00:5e:10:FF:0a'), Uint8Array.of(2, 0, 0x5e, 0x10, 0xff, 0x0a));
  for (const wrong of ['02:00:5e:10:ff', '02:00:5e:10:ff:0a:01', '2:0:5e:10:ff:a', '02-00-5e-10-ff-0a']) {
    assert.equal(parseMac(wrong), null, wrong);
  }
});

/** An attribute with its padding. */
function attribute(type: number, ...value: number[]): number[] {
  const length = 4 + value.length;
  return [length, 0, type, 0, ...value, ...Array<number>((4 - (length % 4)) % 4).fill(0)];
}

test('the kind of an interface, and whose a TAP is, are read; what is malformed is left out', () => {
  const tun = [...Buffer.from('tun\0')];
  const data = [
    ...attribute(k.IFLA_TUN_TYPE, 2),
    ...attribute(k.IFLA_TUN_OWNER, 0xe9, 3, 0, 0),
    ...attribute(k.IFLA_TUN_PERSIST, 1),
    ...attribute(k.IFLA_TUN_GROUP, 1, 2),
    ...attribute(200, 9),
  ];
  const info = Uint8Array.from([...attribute(k.IFLA_INFO_KIND, ...tun), ...attribute(k.IFLA_INFO_DATA, ...data)]);
  const wanted = { tap: true, owner: 1001, group: null, persistent: true, multiQueue: false };
  assert.deepEqual(decodeKind(info), { kind: 'tun', tun: wanted });
  const dummy = Uint8Array.from(attribute(k.IFLA_INFO_KIND, ...Buffer.from('dummy\0')));
  assert.deepEqual(decodeKind(dummy), { kind: 'dummy', tun: null });
  assert.deepEqual(decodeKind(null), { kind: '', tun: null });
  for (let end = 0; end < info.length; end++) decodeKind(info.subarray(0, end));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void decodeKind(bytes)));
});
