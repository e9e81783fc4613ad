/** Figures of the benchmark: medians, percentiles, and the ratios to what is wanted. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Case } from '../../lab/bench-options.js';
import { percentile, type Row, ratios, render, row } from '../../lab/bench-rows.js';

describe('a row', () => {
  it('has the median, the least and the most of its values', () => {
    assert.deepEqual(row('veth', 'tcp', 'Mbit/s', [30, 10, 20]), {
      system: 'veth',
      case: 'tcp',
      unit: 'Mbit/s',
      median: 20,
      min: 10,
      max: 30,
      runs: 3,
    });
  });

  it('has the mean of the middle two, if there are two', () => {
    assert.equal(row('veth', 'tcp', 'Mbit/s', [40, 10, 20, 30]).median, 25);
  });

  it('has four digits', () => {
    assert.equal(row('veth', 'tcp', 'Mbit/s', [12_345.678]).median, 12_350);
    assert.equal(row('veth', 'idle-cpu', '%', [0.00123456]).median, 0.001235);
  });
});

describe('a percentile', () => {
  it('is the smallest value that so many do not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    assert.equal(percentile(hundred, 0.5), 50);
    assert.equal(percentile(hundred, 0.99), 99);
    assert.equal(percentile(hundred, 1), 100);
    assert.equal(percentile([7], 0.01), 7);
  });
});

function measured(figures: Record<string, Partial<Record<Case, number>>>): Row[] {
  return Object.entries(figures).flatMap(([system, cases]) =>
    Object.entries(cases).map(([name, value]) => row(system, name, '', [value])),
  );
}

describe('a ratio', () => {
  it('is kept at its bound and not beyond', () => {
    const at = (sennit: number) => ratios(measured({ sennit: { tcp: sennit }, 'openvpn-aes': { tcp: 500 } }));
    assert.deepEqual(at(3500), [{ what: 'tcp: sennit / openvpn-aes', measured: 7, wanted: '>= 7', kept: true }]);
    assert.equal(at(3499)[0]?.kept, false);
    const slow = (sennit: number) =>
      ratios(measured({ sennit: { 'ping-p50': sennit }, 'openvpn-aes': { 'ping-p50': 100 } }));
    assert.equal(slow(120)[0]?.kept, true);
    assert.equal(slow(121)[0]?.kept, false);
  });

  it('to several is to the best of them', () => {
    const [ratio] = ratios(measured({ sennit: { tcp: 3000 }, tinc: { tcp: 500 }, fastd: { tcp: 600 } }));
    assert.equal(ratio?.measured, 5);
  });

  it('is left out if anything that it needs was not measured', () => {
    assert.deepEqual(ratios(measured({ sennit: { tcp: 3000 }, fastd: { tcp: 600 } })), []);
    assert.deepEqual(ratios(measured({ 'openvpn-aes': { tcp: 3000 } })), []);
  });

  it('of ping under load is to ten times the idle one and 10 ms', () => {
    const [ratio] = ratios(measured({ sennit: { 'ping-p50': 100, 'ping-loaded-p50': 5500 } }));
    assert.deepEqual([ratio?.measured, ratio?.kept], [0.5, true]);
  });
});

describe('the tables', () => {
  it('are rows, then ratios', () => {
    const text = render(measured({ sennit: { tcp: 3000 }, 'sennit-active-2': { tcp: 1500 } }));
    assert.deepEqual(text.split('\n'), [
      'System           Case  Median   Min   Max  Unit  Runs',
      'sennit           tcp     3000  3000  3000           1',
      'sennit-active-2  tcp     1500  1500  1500           1',
      '',
      'Ratio                          Measured  Wanted  Kept',
      'tcp: sennit-active-2 / sennit      0.50  >= 0.6  no',
      '',
    ]);
  });

  it('are one if there is no ratio', () => {
    assert.doesNotMatch(render(measured({ veth: { tcp: 1 } })), /Ratio/);
  });
});
