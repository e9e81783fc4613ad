/** The command line of the benchmark, and which case is measured of which system. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CASES, hasCase, PEERS, parseOptions } from '../../lab/bench-options.js';

describe('the options of the benchmark', () => {
  it('are five rounds of all cases of its own systems, if none is given', () => {
    const options = parseOptions([]);
    assert.equal(options?.rounds, 5);
    assert.deepEqual(options?.cases, CASES);
    assert.ok(options?.systems.includes('sennit-offloads-off'));
    assert.ok(PEERS.every((peer) => !options?.systems.includes(peer)));
  });

  it('include the peers with --peers', () => {
    const options = parseOptions(['--peers']);
    assert.ok(PEERS.every((peer) => options?.systems.includes(peer)));
  });

  it('are shorter with --quick, except what is said explicitly', () => {
    const quick = parseOptions(['--quick', '--rounds', '7']);
    assert.equal(quick?.rounds, 7);
    assert.ok((quick?.trialMs ?? Infinity) < (parseOptions([])?.trialMs ?? 0));
  });

  it('keep the order of the table', () => {
    const options = parseOptions(['--only', 'sennit,veth', '--cases', 'ping-p50,tcp']);
    assert.deepEqual(options?.systems, ['veth', 'sennit']);
    assert.deepEqual(options?.cases, ['tcp', 'ping-p50']);
  });

  it('are null for --help', () => {
    assert.equal(parseOptions(['--help']), null);
  });

  for (const [args, complaint] of [
    [['--only', 'sennit,wireguard'], /there is no system 'wireguard'/],
    [['--only', 'tinc'], /'tinc' needs --peers/],
    [['--cases', 'tpc'], /there is no case 'tpc'/],
    [['--rounds', '0'], /--rounds takes a whole number from 1 to 50/],
    [['--seconds', '1.5'], /--seconds takes a whole number/],
    [['--unknown'], /--unknown/],
  ] as [string[], RegExp][]) {
    it(`are refused: ${args.join(' ')}`, () => {
      assert.throws(() => parseOptions(args), complaint);
    });
  }
});

describe('a case', () => {
  it('about daemons is not measured where there are none', () => {
    for (const name of ['cpu-s-per-gb', 'minor-gc', 'rss-mb', 'idle-cpu'] as const) {
      assert.equal(hasCase('vxlan', name), false);
      assert.equal(hasCase('sennit', name), true);
    }
  });

  it('about collections is measured of Sennit only', () => {
    assert.equal(hasCase('openvpn-aes', 'minor-gc'), false);
  });

  it('is measured with the offloads off only where they matter', () => {
    assert.equal(hasCase('sennit-offloads-off', 'tcp'), true);
    assert.equal(hasCase('sennit-offloads-off', 'udp-64'), false);
    assert.equal(hasCase('vxlan-offloads-off', 'cpu-s-per-gb'), false);
  });
});
