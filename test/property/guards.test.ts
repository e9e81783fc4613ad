/** The guards of peers and the buckets of storm control against naive ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readVlans, vlanText } from '../../src/cli/grammar/vlans.js';
import { Guard, MAX_PERMITTED_MACS, VLAN_WORDS } from '../../src/core/switch/guard.js';
import { type Mac, MacSet } from '../../src/core/switch/mac-set.js';
import { FROM_TAP, StormControl } from '../../src/core/switch/storm.js';
import { ETHERNET_HEADER_SIZE, vlanId } from '../../src/core/wire/ethernet.js';

const int32 = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
const anyMac: fc.Arbitrary<Mac> = fc.record({ hi: fc.oneof(fc.nat(3), fc.nat(0xffff)), lo: int32 });
const key = ({ hi, lo }: Mac) => `${hi} ${lo}`;

test('a set of addresses holds what is in it and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(anyMac, { maxLength: MAX_PERMITTED_MACS, size: 'max' }),
      fc.array(anyMac, { maxLength: 50, size: 'max' }),
      (members, others) => {
        const set = new MacSet(members);
        const naive = new Set(members.map(key));
        for (const mac of [...members, ...others]) assert.equal(set.has(mac.hi, mac.lo), naive.has(key(mac)));
      },
    ),
    { numRuns: 300 },
  );
});

/** Tags by type and content, and what is behind them. */
const tags = fc.array(
  fc.record({
    type: fc.constantFrom(0x8100, 0x88a8),
    vlan: fc.oneof(fc.constantFrom(0, 0, 0, 1, 4094, 4095), fc.nat(4095)),
    priority: fc.nat(15),
  }),
  { maxLength: 6 },
);

function frameOf(list: { type: number; vlan: number; priority: number }[], cut: number): Uint8Array {
  const words = [...list.flatMap(({ type, vlan, priority }) => [type, (priority << 12) | vlan]), 0x0800, 0x4500];
  const bytes = Uint8Array.from([
    ...new Array<number>(12).fill(0x02),
    ...words.flatMap((word) => [word >> 8, word & 255]),
  ]);
  return bytes.subarray(0, Math.max(ETHERNET_HEADER_SIZE, bytes.length - cut));
}

/** Reads the frame as the standard describes it: tags one after the other, the first that names a VLAN counts. */
function naiveVlan(frame: Uint8Array): number {
  let rest = [...frame.subarray(12)];
  for (let looked = 0; looked < 4; looked++) {
    const type = rest[0]! * 256 + rest[1]!;
    if (type !== 0x8100 && type !== 0x88a8) return 0;
    if (rest.length < 6) return -1;
    const vlan = (rest[2]! % 16) * 256 + rest[3]!;
    if (vlan !== 0) return vlan;
    rest = rest.slice(4);
  }
  return -1;
}

test('a guard lets in what its lists name, read from the frame alone', () => {
  fc.assert(
    fc.property(
      tags,
      fc.nat(12),
      fc.option(fc.uniqueArray(fc.oneof(fc.constantFrom(0, 1, 4094), fc.nat(4094)), { maxLength: 40 }), { nil: null }),
      fc.array(anyMac, { maxLength: 3 }),
      anyMac,
      fc.nat(3),
      (list, cut, permitted, macs, source, off) => {
        const frame = frameOf(list, cut);
        // What lies behind the frame is not looked at: here it would be a tag.
        const bytes = Uint8Array.from([
          ...new Array<number>(off).fill(9),
          ...frame,
          0x81,
          0x00,
          0x00,
          0x05,
          0x81,
          0x00,
        ]);
        let vlans: Int32Array | null = null;
        if (permitted !== null) {
          vlans = new Int32Array(VLAN_WORDS);
          for (const vlan of permitted) vlans[vlan >> 5]! |= 1 << (vlan & 31);
        }
        const guard = new Guard({ macs, vlans, macLimit: 0 });
        assert.equal(vlanId(bytes, off, frame.length), naiveVlan(frame));
        const permits = permitted === null || permitted.includes(naiveVlan(frame));
        assert.equal(guard.permitsVlan(bytes, off, frame.length), permits);
        const known = macs.length === 0 || macs.some((mac) => key(mac) === key(source));
        assert.equal(guard.permitsSource(source.hi, source.lo), known);
        for (const mac of macs) assert.ok(guard.permitsSource(mac.hi, mac.lo));
      },
    ),
    { numRuns: 2000 },
  );
});

test('a list of VLANs has one text, which is no longer than what it was read from', () => {
  const part = fc.oneof(
    fc.constant('untagged'),
    fc.integer({ min: 1, max: 4094 }).map(String),
    fc.tuple(fc.integer({ min: 1, max: 4094 }), fc.nat(30)).map(([a, n]) => `${a}-${Math.min(4094, a + n)}`),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 30 }), (parts) => {
      const vlans = readVlans(parts.join(','));
      assert.ok(vlans !== null);
      const text = vlanText(vlans);
      assert.ok(text.length <= parts.join(',').length);
      assert.deepEqual(readVlans(text), new Set([...vlans].sort((a, b) => a - b)));
      assert.equal(vlanText(readVlans([...parts].reverse().join(',')) ?? new Set()), text);
    }),
  );
});

test('in any time no more passes than a burst and the rate, and whoever keeps to the rate loses nothing', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.array(fc.record({ wait: fc.nat(40), frames: fc.integer({ min: 1, max: 60 }) }), {
        maxLength: 200,
        size: 'max',
      }),
      (rate, list) => {
        const storm = new StormControl();
        storm.setRates({ broadcast: rate, multicast: 0, unknownUnicast: 0 });
        const burst = Math.max(32, rate / 10);
        let now = 1000;
        let tokens = burst;
        for (const { wait, frames } of list) {
          now += wait;
          tokens = Math.min(burst, tokens + (wait * rate) / 1000);
          if (Math.abs(tokens - 1) < 1e-6) return; // where rounding decides
          assert.equal(storm.passes(0, 5, frames, now), tokens >= 1);
          if (tokens >= 1) tokens -= frames;
          assert.ok(storm.passes(1, 5, frames, now), 'the other kinds have no bound');
        }
        assert.ok(storm.passes(0, FROM_TAP, 1, now), 'nor has another source spent anything');
        assert.ok(storm.passes(0, 1023, 1, now));
        storm.fill(5);
        assert.ok(storm.passes(0, 5, 1, now));
      },
    ),
    { numRuns: 300 },
  );
});

test('a clock that steps back gives no tokens', () => {
  const storm = new StormControl();
  storm.setRates({ broadcast: 10, multicast: 0, unknownUnicast: 0 });
  for (let i = 0; i < 32; i++) assert.ok(storm.passes(0, 0, 1, 1000));
  for (const now of [1000, 500, 900, 1000]) assert.ok(!storm.passes(0, 0, 1, now));
  assert.ok(storm.passes(0, 0, 1, 1100));
});
