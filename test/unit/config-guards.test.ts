/** Configuration of the guards of layer 2: what a line does, what prints, what the lane is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatError, load } from '../../src/config/load.js';
import type { InterfaceConfig, PeerConfig } from '../../src/config/model.js';
import { render } from '../../src/config/render.js';
import { MAX_PERMITTED_MACS } from '../../src/core/switch/guard.js';
import { alarmEvent, guardOf, macText, moveLimitOf, stormRatesOf } from '../../src/daemon/guards.js';
import { formatEvent } from '../../src/log/log.js';

function loaded(lines: readonly string[]): { tap: InterfaceConfig; peer: PeerConfig; text: string } {
  const result = load(['interface t', ...lines, 'peer b id 2'].join('\n'), 'test.conf');
  assert.ok(result.ok, result.ok ? '' : result.errors.map(formatError).join('\n'));
  const tap = result.config.interface as InterfaceConfig;
  return { tap, peer: tap.peers.get('b') as PeerConfig, text: render(result.config) };
}

function ofPeer(...lines: string[]) {
  return loaded(['peer b id 2', ...lines, 'exit']);
}

function refusal(...lines: string[]): string {
  const result = load(['interface t', ...lines].join('\n'), 'test.conf');
  assert.ok(!result.ok, 'it loaded');
  return result.errors[0]?.message ?? '';
}

const mac = (n: number) =>
  `02:00:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;

test('permitted addresses are a sorted set; one or all are taken out', () => {
  const lines = [3, 1, 2, 1].map((n) => `permit mac ${mac(n)}`);
  const { peer, text } = ofPeer(...lines);
  assert.deepEqual(peer.permitMacs, [1, 2, 3].map(mac));
  assert.match(text, new RegExp([1, 2, 3].map((n) => ` {2}permit mac ${mac(n)}\n`).join('')));
  assert.deepEqual(ofPeer(...lines, `no permit mac ${mac(2)}`).peer.permitMacs, [1, 3].map(mac));
  assert.deepEqual(ofPeer(...lines, 'no permit mac').peer.permitMacs, []);
  assert.match(refusal('peer b id 2', `no permit mac ${mac(2)}`), /peer b has no 'permit mac 02:/);
  assert.match(refusal('peer b id 2', 'permit mac 01:00:5e:00:00:01'), /group address/);
});

test('a peer has room for so many permitted addresses', () => {
  const lines = Array.from({ length: MAX_PERMITTED_MACS }, (_, n) => `permit mac ${mac(n + 1)}`);
  assert.equal(ofPeer(...lines, `permit mac ${mac(1)}`).peer.permitMacs.length, MAX_PERMITTED_MACS);
  assert.match(
    refusal('peer b id 2', ...lines, `permit mac ${mac(9999)}`),
    /has 256 permitted addresses, which is the most/,
  );
});

test('a later list of VLANs takes the place of the one before, in canonical text', () => {
  const { peer, text } = ofPeer('permit vlan 5', 'permit vlan 29,20-28,10,untagged');
  assert.equal(peer.permitVlans, 'untagged,10,20-29');
  assert.match(text, / {2}permit vlan untagged,10,20-29\n/);
  assert.equal(ofPeer('permit vlan 5', 'no permit vlan').peer.permitVlans, null);
  assert.match(refusal('peer b id 2', 'permit vlan 0-5'), /no list of VLANs/);
});

test('moves are damped unless told otherwise, and what was told is printed', () => {
  assert.deepEqual(moveLimitOf(loaded([]).tap), { moves: 5, windowMs: 180_000, holdMs: 60_000 });
  for (const [line, printed, limit] of [
    ['mac-table move-limit 5 seconds 180 hold-off 60', null, [5, 180_000, 60_000]],
    ['mac-table move-limit 7', 'mac-table move-limit 7', [7, 180_000, 60_000]],
    ['mac-table move-limit 5 hold-off 9', 'mac-table move-limit 5 hold-off 9', [5, 180_000, 9000]],
    ['mac-table move-limit 5 seconds 10', 'mac-table move-limit 5 seconds 10', [5, 10_000, 60_000]],
    ['mac-table move-limit off', 'mac-table move-limit off', [0, 0, 0]],
  ] as const) {
    const { tap, text } = loaded([line]);
    assert.deepEqual(Object.values(moveLimitOf(tap)), limit, line);
    assert.equal(/mac-table .*/.exec(text)?.[0] ?? null, printed);
  }
  assert.equal(moveLimitOf(loaded(['mac-table move-limit off', 'no mac-table move-limit']).tap).moves, 5);
  assert.match(refusal('mac-table move-limit off hold-off 5'), /has no window and no hold-off/);
});

test('storm control is off until rates are set', () => {
  assert.deepEqual(stormRatesOf(loaded([]).tap), { broadcast: 0, multicast: 0, unknownUnicast: 0 });
  const lines = ['storm-control broadcast 100', 'storm-control multicast 200', 'storm-control unknown-unicast 300'];
  const { tap, text } = loaded(lines);
  assert.deepEqual(stormRatesOf(tap), { broadcast: 100, multicast: 200, unknownUnicast: 300 });
  assert.ok(text.includes(lines.map((line) => ` ${line}\n`).join('')));
  assert.equal(stormRatesOf(loaded([...lines, 'no storm-control multicast']).tap).multicast, 0);
});

test('the lane is told numbers', () => {
  assert.deepEqual(guardOf(ofPeer().peer), { macs: [], vlans: null, macLimit: 0 });
  const { peer } = ofPeer('permit mac 02:ab:ff:00:00:01', 'permit vlan untagged,33,4094', 'mac-table limit 7');
  const guard = guardOf(peer);
  assert.deepEqual(guard.macs, [{ hi: 0x02ab, lo: 0xff000001 | 0 }]);
  assert.deepEqual(guard.macs.map(macText), peer.permitMacs);
  const set = [...Array(4096).keys()].filter((vlan) => ((guard.vlans ?? [])[vlan >> 5]! & (1 << (vlan & 31))) !== 0);
  assert.deepEqual(set, [0, 33, 4094]);
  assert.equal(guard.macLimit, 7);
});

test('what the guards report becomes a line of the log', () => {
  const line = (alarm: Parameters<typeof alarmEvent>[0]) => {
    const { event, fields } = alarmEvent(alarm, (peer) => `h${peer}`);
    return formatEvent('warning', event, fields);
  };
  const station = { hi: 0x0200, lo: 0x80000001 | 0 };
  assert.equal(
    line({ kind: 'move', mac: station, peer: 3, other: 2, stays: 2 }),
    'warning mac-moves mac=02:00:80:00:00:01 peers="h2,h3" held=h2 ' +
      'advice="two stations with one address, a loop, or a forged one"',
  );
  assert.equal(
    line({ kind: 'storm', traffic: 2, source: -1 }),
    'warning storm traffic=unknown-unicast from="this host"',
  );
  assert.equal(line({ kind: 'storm', traffic: 1, source: 4 }), 'warning storm traffic=multicast peer=h4');
  assert.equal(
    line({ kind: 'not-permitted', what: 'vlan', peer: 2, mac: station, vlan: -1 }),
    'warning not-permitted peer=h2 what=vlan mac=02:00:80:00:00:01 vlan=unclear',
  );
});
