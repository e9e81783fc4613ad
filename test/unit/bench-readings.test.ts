/** What the benchmark reads from the output of other programs: ping, iperf3, Node's trace of collections. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { laneCollections, logs } from '../../lab/bench-logs.js';
import { parseTimes } from '../../lab/bench-ping.js';
import { parseReport } from '../../lab/bench-traffic.js';

describe('the output of ping', () => {
  it('gives every round-trip time in microseconds', () => {
    const output = [
      'PING 10.99.0.2 (10.99.0.2) 56(84) bytes of data.',
      '64 bytes from 10.99.0.2: icmp_seq=1 ttl=64 time=0.042 ms',
      '64 bytes from 10.99.0.2: icmp_seq=2 ttl=64 time=12.3 ms',
      '',
      '--- 10.99.0.2 ping statistics ---',
      '2 packets transmitted, 2 received, 0% packet loss, time 3ms',
      'rtt min/avg/max/mdev = 0.042/6.171/12.300/6.129 ms',
    ].join('\n');
    assert.deepEqual(parseTimes(output), [42, 12_300]);
  });
});

describe('the report of iperf3', () => {
  it('is about what was received', () => {
    const sum_received = { bytes: 2e9, bits_per_second: 8e9, seconds: 2 };
    const end = { sum_sent: { bytes: 3e9, retransmits: 7 }, sum_received };
    assert.deepEqual(parseReport(JSON.stringify({ end })), { mbits: 8000, gigabytes: 2, seconds: 2, retransmits: 7 });
  });

  it('may be an error', () => {
    assert.throws(() => parseReport('{"error": "unable to connect"}'), /iperf3: unable to connect/);
    assert.throws(() => parseReport(''), /iperf3: no result/);
  });
});

const TRACE = [
  '[71:0xcbd9ca0]       90 ms: Scavenge 4.4 (4.5) -> 3.7 (5.5) MB, 1.63 / 0.00 ms  (average mu = 1.000)',
  '2026-01-01T00:00:00.000Z info ready',
  '[71:0x7f8b90000f00]       33 ms: Scavenge 3.2 (3.2) -> 2.8 (4.2) MB, 1.44 / 0.00 ms  (average mu = 1.000)',
  '[71:0x7f8b90000f00]       51 ms: Mark-Compact 3.6 (4.7) -> 3.4 (5.5) MB, 1.68 / 0.00 ms  (average mu = 1.000)',
  '[71:0xcbd9ca0]      120 ms: Scavenge 4.4 (4.5) -> 3.7 (5.5) MB, 1.63 / 0.00 ms  (average mu = 1.000)',
  '[71:0x7f8b90000f00]      333 ms: Scavenge 3.2 (3.2) -> 2.8 (4.2) MB, 1.44 / 0.00 ms  (average mu = 1.000)',
].join('\n');

describe('the trace of collections', () => {
  it('counts the minor ones of the lane, which is not the first to collect', () => {
    assert.equal(laneCollections(TRACE), 2);
    assert.equal(laneCollections(''), 0);
  });

  it('is left out of the log that is shown', () => {
    assert.equal(logs([{ name: 'h1', log: TRACE }]), '\n--- h1\n2026-01-01T00:00:00.000Z info ready');
  });

  it('is shown as nothing where there is nothing else', () => {
    assert.match(logs([{ name: 'h1', log: '' }]), /printed nothing/);
  });
});
