/** Doubts about a link on a clock that the test turns: what is late, what excuses it, and how a doubt ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RttEstimator } from '../../src/core/link/rtt.js';
import { Suspicion } from '../../src/core/link/suspicion.js';

const START = 10_000;
const RTT = 8;
/** The usual time, and the least patience: the deviation of a steady path is nothing. */
const LATE = RTT + 20;
const ACK_LATE = LATE + 5;

/** A link whose pings were answered in RTT for a while; the next ping has the number 51. */
function steady(): Suspicion {
  const rtt = new RttEstimator();
  const suspicion = new Suspicion(rtt);
  for (let sequence = 1; sequence <= 50; sequence++) {
    suspicion.pinged(sequence, START - 5000 + sequence * 100);
    rtt.sample(RTT);
    suspicion.ponged(sequence, sequence, START - 5000 + sequence * 100 + RTT);
  }
  return suspicion;
}

/** Asks at every millisecond of its deadline; the time of the first doubt, or -1. */
function doubted(suspicion: Suspicion, from: number, until: number): [number, string | null] {
  for (let now = from; now <= until; now++) {
    if (now < suspicion.deadline()) continue;
    const doubt = suspicion.due(now);
    if (doubt !== null) return [now, doubt];
  }
  return [-1, null];
}

test('nothing waits: nothing is late', () => {
  assert.equal(steady().deadline(), Number.POSITIVE_INFINITY);
  assert.deepEqual(doubted(steady(), START, START + 1000), [-1, null]);
});

test('a pong is late after the usual time and 20 ms', () => {
  const suspicion = steady();
  suspicion.pinged(51, START + 100);
  assert.deepEqual(doubted(suspicion, START + 100, START + 1000), [START + 100 + LATE, 'late-pong']);
});

test('on a path that varies, four deviations', () => {
  const rtt = new RttEstimator();
  const suspicion = new Suspicion(rtt);
  for (let i = 0; i < 200; i++) rtt.sample(i % 2 === 0 ? 80 : 120);
  suspicion.pinged(1, START);
  const [at] = doubted(suspicion, START, START + 1000);
  assert.ok(at >= START + 170 && at <= START + 190, `${at - START}`);
});

test('while several pings are under way, each has its own time', () => {
  const rtt = new RttEstimator();
  const suspicion = new Suspicion(rtt);
  for (let i = 0; i < 50; i++) rtt.sample(250);
  for (let sequence = 1; sequence <= 3; sequence++) suspicion.pinged(sequence, START + sequence * 100);
  assert.equal(suspicion.deadline(), START + 100 + 270);
  suspicion.ponged(1, 3, START + 350);
  assert.equal(suspicion.deadline(), START + 200 + 270);
  suspicion.ponged(1, 3, START + 360);
  assert.equal(suspicion.deadline(), START + 200 + 270, 'a second copy proves nothing more');
  suspicion.ponged(3, 3, START + 440);
  assert.equal(suspicion.deadline(), Number.POSITIVE_INFINITY, 'the one before was overtaken or lost: no matter');
});

test('data that is not acknowledged is late 5 ms after a pong would be', () => {
  const suspicion = steady();
  assert.equal(suspicion.sent(START), true);
  for (let now = START + 1; now < START + 20; now++) assert.equal(suspicion.sent(now), false);
  assert.deepEqual(doubted(suspicion, START, START + 1000), [START + ACK_LATE, 'late-ack']);
});

test('each acknowledgement gives what was sent later its whole time; the last one ends the wait', () => {
  const suspicion = steady();
  for (let now = START; now <= START + 100; now++) {
    suspicion.sent(now);
    if (now >= START + 30 && now % 4 === 0) suspicion.acked(now - 30, now);
    assert.equal(doubted(suspicion, now, now)[1], null, 'the queue is 30 ms long, but it moves');
  }
  for (let now = START + 101; now <= START + 130; now++) {
    if (now % 4 === 0) suspicion.acked(now - 30, now);
  }
  suspicion.acked(START + 100, START + 131);
  assert.equal(suspicion.deadline(), Number.POSITIVE_INFINITY);
});

test('acknowledgements that always take long are not late for that', () => {
  const suspicion = steady();
  for (let i = 0; i < 100; i++) {
    suspicion.sent(START + i * 200);
    // The first few times it is a doubt.
    suspicion.acked(START + i * 200, START + i * 200 + 60);
  }
  suspicion.sent(START + 30_000);
  const [at] = doubted(suspicion, START + 30_000, START + 31_000);
  assert.ok(at >= START + 30_000 + 80, `${at}`);
});

test('a tick of our own that is late vetoes the doubt, and what waits has its whole time again', () => {
  const suspicion = steady();
  suspicion.pinged(51, START);
  suspicion.sent(START + 5);
  const woke = START + 300;
  assert.equal(suspicion.due(woke), null);
  assert.equal(suspicion.vetoes, 1);
  assert.deepEqual(doubted(suspicion, woke, woke + 1000), [woke + LATE, 'late-pong']);
});

test('a little late is no excuse; nor is it a fourth time in a row; proof that the link lives renews it', () => {
  const suspicion = steady();
  suspicion.pinged(51, START);
  assert.equal(suspicion.due(START + LATE + 9), 'late-pong');
  assert.equal(suspicion.vetoes, 0);
  let now = START;
  const late = () => {
    now += 300;
    return suspicion.due(now);
  };
  assert.deepEqual([late(), late(), late(), late()], [null, null, null, 'late-pong']);
  suspicion.ponged(51, 51, now);
  suspicion.pinged(52, now);
  assert.deepEqual([late(), late(), late(), late()], [null, null, null, 'late-pong']);
});

test('a doubt ends with the pong of a ping that was sent since, and with no other', () => {
  const suspicion = steady();
  suspicion.raise(START);
  assert.equal(suspicion.clears(START - 1, START + 5), false);
  assert.equal(suspicion.clears(START, START + 5), true);
});

test('a doubt that comes again and again lasts longer each time, up to 5 s; after a quiet time it is as the first', () => {
  const suspicion = steady();
  const lasts: number[] = [];
  let now = START;
  for (let i = 0; i < 9; i++) {
    suspicion.raise(now);
    const raised = now;
    while (!suspicion.clears(now, now)) now += 10;
    lasts.push(now - raised);
    suspicion.clear(now);
    now += 300;
  }
  assert.deepEqual(lasts, [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  now += 20_000;
  suspicion.raise(now);
  assert.equal(suspicion.clears(now, now), true);
});

test('losses: sixteen, and a tenth of what was sent, are a doubt; it is raised once', () => {
  for (const [lost, sent, doubt] of [
    [15, 20, null],
    [16, 160, 'loss'],
    [16, 161, null],
    [500, 1000, 'loss'],
    [0, 0, null],
  ] as const) {
    const suspicion = steady();
    suspicion.lost(lost, sent);
    assert.equal(suspicion.due(START), doubt, `${lost} of ${sent}`);
    suspicion.raise(START);
    assert.equal(suspicion.due(START), null);
  }
  const alone = steady();
  alone.lost(100, 100);
  alone.restart(START);
  assert.equal(alone.due(START), null, 'a link that has no other beside it is believed');
});

test('lost is only what did not come in the 25 ms after something that was sent later had come', () => {
  const suspicion = steady();
  suspicion.acked(START, START + 8);
  suspicion.acked(START - 50, START + 9);
  assert.ok(suspicion.lostBefore < START);
  assert.equal(suspicion.provedAt, START);
  suspicion.settle(START + 32);
  assert.ok(suspicion.lostBefore < START, 'it has 25 ms');
  suspicion.settle(START + 33);
  suspicion.settle(START + 58);
  assert.equal(suspicion.lostBefore, START);
});
