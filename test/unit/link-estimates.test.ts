/** Round-trip time and loss against worked examples and the formulas written out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LossEstimator } from '../../src/core/link/loss.js';
import { RttEstimator } from '../../src/core/link/rtt.js';

test('RFC 6298: the first sample, and those after it, worked by hand', () => {
  const rtt = new RttEstimator();
  assert.equal(rtt.srtt, -1);
  rtt.sample(100); // SRTT = R, RTTVAR = R / 2
  assert.deepEqual([rtt.srtt, rtt.rttvar], [100, 50]);
  rtt.sample(180); // RTTVAR = 3/4 * 50 + 1/4 * |100 - 180|, SRTT = 7/8 * 100 + 1/8 * 180
  assert.deepEqual([rtt.srtt, rtt.rttvar], [110, 57.5]);
  rtt.sample(30);
  assert.deepEqual([rtt.srtt, rtt.rttvar], [100, 63.125]);
});

test('RFC 6298 in the words of its section 2, where no path becomes much shorter', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 5000, max: 20_000, noNaN: true }), { minLength: 1 }), (samples) => {
      const rtt = new RttEstimator();
      let srtt = samples[0]!;
      let rttvar = srtt / 2;
      rtt.sample(srtt);
      for (const r of samples.slice(1)) {
        rttvar = (1 - 1 / 4) * rttvar + (1 / 4) * Math.abs(srtt - r);
        srtt = (1 - 1 / 8) * srtt + (1 / 8) * r;
        rtt.sample(r);
      }
      assert.ok(Math.abs(rtt.srtt - srtt) < 1e-6);
      assert.ok(Math.abs(rtt.rttvar - rttvar) < 1e-6);
      assert.ok(rtt.srtt >= Math.min(...samples) - 1e-9 && rtt.srtt <= Math.max(...samples) + 1e-9);
    }),
  );
});

test('a path that becomes much shorter is believed with the third sample, an odd one is not', () => {
  const rtt = new RttEstimator();
  for (let i = 0; i < 20; i++) rtt.sample(300);
  for (const one of [1, 1, 300, 1, 1, 290]) rtt.sample(one);
  assert.ok(rtt.srtt > 150, String(rtt.srtt));
  for (const one of [1, 1.2, 1]) rtt.sample(one);
  assert.deepEqual([rtt.srtt, rtt.rttvar], [1, 0.5]);
});

test('loss is unknown until 20 were sent, then a share, then smoothed by a quarter', () => {
  const loss = new LossEstimator();
  loss.update(1000, 900);
  loss.update(1019, 905);
  assert.equal(loss.loss, -1);
  loss.update(1020, 915);
  assert.equal(loss.loss, 0.25);
  loss.update(1120, 1015);
  assert.equal(loss.loss, 0.1875);
  loss.update(1220, 1015);
  assert.equal(loss.loss, 0.1875 + (1 - 0.1875) / 4);
});

test('copies that came twice are no negative loss', () => {
  const loss = new LossEstimator();
  loss.update(0, 0);
  loss.update(100, 150);
  assert.equal(loss.loss, 0);
});

test('a count that went back is a new beginning, not a loss', () => {
  for (const [sent, received] of [
    [5, 100_500],
    [100_500, 5],
    [3, 2],
  ] as const) {
    const loss = new LossEstimator();
    loss.update(100_000, 100_000);
    loss.update(sent, received);
    assert.equal(loss.loss, -1);
    loss.update(sent + 100, received + 90);
    assert.ok(Math.abs(loss.loss - 0.1) < 1e-12);
  }
});

test('counts that wrap at 2^32 give what counts without an end would give', () => {
  const step = fc.record({ sent: fc.nat(200), lost: fc.nat(100) });
  const start = fc.oneof(fc.nat(0xffff_ffff), fc.integer({ min: 0xffff_ff00, max: 0xffff_ffff }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1 }), start, start, (steps, sentStart, receivedStart) => {
      const wrapping = new LossEstimator();
      const endless = new LossEstimator();
      let sent = 0;
      let received = 0;
      for (const { sent: more, lost } of [{ sent: 0, lost: 0 }, ...steps]) {
        sent += more;
        received += Math.max(0, more - lost);
        wrapping.update((sentStart + sent) >>> 0, (receivedStart + received) >>> 0);
        endless.update(sent, received);
        assert.equal(wrapping.loss, endless.loss);
        assert.ok(wrapping.loss === -1 || (wrapping.loss >= 0 && wrapping.loss <= 1));
      }
    }),
  );
});

test('long-run loss comes out near the truth', () => {
  const loss = new LossEstimator();
  let received = 0;
  for (let sent = 0; sent <= 40_000; sent++) {
    if (sent % 5 !== 0) received++;
    if (sent % 100 === 0) loss.update(sent, received);
  }
  assert.ok(Math.abs(loss.loss - 0.2) < 0.001);
});
