/** What of a flood reaches the handshakes, and what it can't keep out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ADDRESS_STRIDE, LINKS, MAX_PEERS } from '../../src/core/limits.js';
import { HandshakeGate } from '../../src/core/session/handshake-gate.js';
import { SourceHash } from '../../src/core/session/source-hash.js';
import { TokenBuckets } from '../../src/core/session/token-buckets.js';
import { addressRecord } from '../../src/io/udp-socket.js';

/** Records of the peers' links, then that of the source. */
const SOURCE_AT = MAX_PEERS * LINKS * ADDRESS_STRIDE;

class Gate {
  readonly bytes = new Uint8Array(SOURCE_AT + ADDRESS_STRIDE);
  readonly members: { index: number; links: (object | null)[] }[] = [];
  readonly gate = new HandshakeGate(this.bytes, (peer, link) => (peer * LINKS + link) * ADDRESS_STRIDE, 77);

  /** Peer `index` is reached at this endpoint on a link. */
  knows(index: number, link: number, address: string, port: number): this {
    let member = this.members.find((each) => each.index === index);
    if (member === undefined) {
      member = { index, links: new Array(LINKS).fill(null) };
      this.members.push(member);
    }
    member.links[link] = {};
    this.bytes.set(addressRecord(address, port), (index * LINKS + link) * ADDRESS_STRIDE);
    this.gate.endpointsChanged();
    return this;
  }

  /** How many of `count` datagrams pass; the source of each by its number. */
  passes(count: number, source: (n: number) => [string, number], now: number, link = 0): number {
    let passed = 0;
    for (let n = 0; n < count; n++) {
      this.bytes.set(addressRecord(...source(n)), SOURCE_AT);
      if (this.gate.passes(link, SOURCE_AT, this.members, now)) passed++;
    }
    return passed;
  }
}

const LOUD = (): [string, number] => ['198.51.100.1', 5000];
const PORTS = (n: number): [string, number] => ['198.51.100.1', 1 + (n % 60_000)];
const FORGED = (n: number): [string, number] => [
  `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
  1 + (n % 60_000),
];
const FORGED6 = (n: number): [string, number] => [`2001:db8:${n.toString(16)}::1`, 9];
const PEER = (): [string, number] => ['192.0.2.2', 20700];

describe('the gate', () => {
  it('lets 20 a second of one address pass, whatever the port', () => {
    for (const source of [LOUD, PORTS]) {
      const gate = new Gate();
      assert.equal(gate.passes(1000, source, 0), 20);
      assert.equal(gate.passes(1000, source, 500), 10);
    }
  });

  it('takes an IPv6 network of 64 bits for one source', () => {
    const gate = new Gate();
    assert.equal(
      gate.passes(1000, (n) => [`2001:db8::${n.toString(16)}`, 9], 0),
      20,
    );
    assert.equal(
      gate.passes(1000, () => ['2001:db8:0:1::1', 9], 0),
      10,
      'what is left for all at once',
    );
  });

  it('lets no more than 30 strangers pass at once, evenly 150 a second on one link and 300 on all', () => {
    for (const source of [FORGED, FORGED6]) {
      const gate = new Gate();
      assert.equal(gate.passes(1000, source, 0), 30);
      let [one, all, most] = [0, 0, 0];
      for (let ms = 1; ms <= 1000; ms++) {
        const passed = gate.passes(10, (n) => source(ms * 10 + n), ms, 0);
        one += passed;
        most = Math.max(most, passed);
        for (const link of [1, 2]) all += gate.passes(10, (n) => source(ms * 10 + n), ms, link);
      }
      assert.ok(one >= 99 && one <= 151, `${one} on the first link`);
      assert.ok(one + all >= 299 && one + all <= 301, `${one + all} on all`);
      assert.equal(most, 1, 'evenly');
    }
  });

  it('lets a configured peer pass while strangers flood, also by its own address on another link', () => {
    const gate = new Gate().knows(3, 0, ...PEER()).knows(3, 1, '192.0.2.3', 20700);
    gate.passes(20_000, FORGED, 0);
    assert.equal(gate.passes(100, FORGED, 0), 0);
    assert.equal(gate.passes(10, PEER, 0), 10);
    assert.equal(gate.passes(100, PEER, 0), 10, 'up to a bound');
    assert.equal(gate.passes(100, PEER, 1000), 10);
    assert.equal(
      gate.passes(10, () => ['192.0.2.3', 20700], 1000, 1),
      10,
      'the flood in its name on one link does not reach the other',
    );
    assert.equal(
      gate.passes(1, () => ['192.0.2.2', 20701], 0),
      0,
      'another port is another',
    );
  });

  it('knows the peers of one link on that link only', () => {
    const gate = new Gate().knows(0, 1, ...PEER());
    gate.passes(20_000, FORGED, 0);
    assert.equal(gate.passes(10, PEER, 0, 0), 0);
    assert.equal(gate.passes(10, PEER, 0, 1), 10);
  });

  it('follows endpoints that change, at most ten times a second', () => {
    const gate = new Gate().knows(0, 0, ...PEER());
    gate.passes(20_000, FORGED, 0);
    assert.equal(gate.passes(1, PEER, 0), 1);
    gate.knows(0, 0, '203.0.113.9', 7);
    gate.passes(20_000, FORGED, 50);
    assert.equal(
      gate.passes(1, () => ['203.0.113.9', 7], 50),
      0,
    );
    assert.equal(gate.passes(1, PEER, 50), 0, 'what the table still says is held against the present record');
    assert.equal(
      gate.passes(1, () => ['203.0.113.9', 7], 100),
      1,
    );
  });

  it('has room for every link of every peer', () => {
    const gate = new Gate();
    for (let index = 0; index < MAX_PEERS; index++) {
      for (let link = 0; link < LINKS; link++)
        gate.knows(index, link, `10.9.${index >> 8}.${index & 255}`, 1000 + link);
    }
    for (let link = 0; link < LINKS; link++) gate.passes(20_000, FORGED, 0, link);
    let passed = 0;
    for (let index = 0; index < MAX_PEERS; index += 50) {
      passed += gate.passes(1, () => [`10.9.${index >> 8}.${index & 255}`, 1003], 0, 3);
    }
    assert.equal(passed, 21);
  });
});

describe('token buckets', () => {
  it('fill at their rate up to their depth, each by itself, and keep what is to be kept', () => {
    const buckets = new TokenBuckets(2, 10, 4);
    const take = (bucket: number, now: number, keep = 0) => {
      let taken = 0;
      while (buckets.take(bucket, now, keep)) taken++;
      return taken;
    };
    assert.deepEqual([take(0, 0, 2), take(0, 0), take(0, 0)], [2, 2, 0]);
    assert.deepEqual([take(0, 99), take(0, 100), take(0, 50), take(0, 310)], [0, 1, 0, 2]);
    assert.deepEqual([take(0, 1e9), take(1, 1e9)], [4, 4]);
  });
});

describe('the hash of sources', () => {
  it('differs with the seed, spreads, and looks at what it is to look at', () => {
    const [one, two] = [new SourceHash(1), new SourceHash(2)];
    const records = Array.from({ length: 1000 }, (_, n) => addressRecord(`10.0.${n >> 8}.${n & 255}`, 80));
    assert.equal(new Set(records.map((record) => one.source(record, 0))).size, 1000);
    assert.ok(new Set(records.map((record) => one.source(record, 0) % 1000)).size > 550);
    const [a, b] = [addressRecord('10.0.0.1', 80), addressRecord('10.0.0.1', 81)];
    assert.notEqual(one.source(a, 0), two.source(a, 0));
    assert.equal(one.source(a, 0), one.source(b, 0));
    assert.notEqual(one.endpoint(0, a, 0), one.endpoint(0, b, 0));
    assert.notEqual(one.endpoint(0, a, 0), one.endpoint(1, a, 0));
  });
});
