/** Socket addresses as the kernel has them (struct sockaddr_in, sockaddr_in6) and as text. */
import assert from 'node:assert/strict';
import { isIPv6, SocketAddress } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { ADDRESS_STRIDE } from '../../src/core/limits.js';
import { addressOf, addressRecord } from '../../src/io/udp-socket.js';

const port = fc.oneof(fc.nat(65_535), fc.constantFrom(0, 1, 255, 256, 65_535));

test('an IPv4 address is 2 0, the port, the address, and zeros; and comes back', () => {
  fc.assert(
    fc.property(fc.ipV4(), port, (address, port) => {
      const record = addressRecord(address, port);
      assert.equal(record.length, ADDRESS_STRIDE);
      const bytes = address.split('.').map(Number);
      assert.deepEqual([...record], [2, 0, port >> 8, port & 255, ...bytes, ...new Array<number>(24).fill(0)]);
      assert.deepEqual(addressOf(record), { address, port });
    }),
  );
});

/** Sixteen bytes, often with the runs of zeros that text leaves out. */
const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });
const isMapped = (all: number[]) => all.slice(0, 5).every((group) => group === 0) && all[5] === 0xffff;

test('an IPv6 address is 10 0, the port, no flow, the address, no scope; whatever its spelling', () => {
  fc.assert(
    fc.property(groups, port, fc.boolean(), (groups, port, upper) => {
      fc.pre(!isMapped(groups));
      const long = groups.map((group) => group.toString(16)).join(':');
      const short = new SocketAddress({ family: 'ipv6', address: long }).address;
      const bytes = groups.flatMap((group) => [group >> 8, group & 255]);
      const record = addressRecord(upper ? long.toUpperCase() : long, port);
      assert.deepEqual(
        [...record],
        [10, 0, port >> 8, port & 255, 0, 0, 0, 0, ...bytes, ...new Array<number>(8).fill(0)],
      );
      assert.deepEqual(addressRecord(short, port), record);
      const back = addressOf(record)!;
      assert.ok(isIPv6(back.address) && back.port === port);
      assert.deepEqual(addressRecord(back.address, port), record);
    }),
    { numRuns: 500 },
  );
});

test('IPv6 is shown in its canonical form (RFC 5952)', () => {
  for (const [given, shown] of [
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['fe80::1', 'fe80::1'],
  ] as const) {
    assert.deepEqual(addressOf(addressRecord(given, 7)), { address: shown, port: 7 });
  }
});

test('an IPv4 address written as IPv6 is the IPv4 address', () => {
  assert.deepEqual(addressRecord('::ffff:192.0.2.1', 5), addressRecord('192.0.2.1', 5));
});

test('what is no address is refused, and a record without one has none', () => {
  for (const text of ['', 'host', '1.2.3', '1.2.3.256', '01.2.3.4', '1:2', '::1%eth0', '1.2.3.4:5', ' 1.2.3.4']) {
    assert.throws(() => addressRecord(text, 1), /not an IP address/, text);
  }
  assert.equal(addressOf(new Uint8Array(ADDRESS_STRIDE)), null);
  assert.equal(addressOf(new Uint8Array(ADDRESS_STRIDE).fill(1)), null);
});
