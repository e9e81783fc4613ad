/** A link's health on a clock that the test turns: coming up, silence, local signs, stalls of our own, nonsense. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DOWN, LinkHealth, PROBING, UP } from '../../src/core/link/health.js';

const TIMERS = { interval: 100, hold: 500, pongCount: 3 };
const START = 10_000;

/** Ticks on time up to `until`; pings are answered after `rtt` milliseconds, or not (`rtt` -1). */
function run(health: LinkHealth, from: number, until: number, rtt: number): number[] {
  const pongs: [at: number, sequence: number, sentAt: number][] = [];
  const down: number[] = [];
  for (let now = from; now <= until; now++) {
    for (let pong = pongs[0]; pong !== undefined && pong[0] <= now; pong = pongs[0]) {
      pongs.shift();
      health.pong(pong[1], pong[2], now);
    }
    if (now < health.deadline()) continue;
    if (health.silent(now) && health.fail(now)) down.push(now);
    const sequence = health.ping(now);
    if (sequence >= 0 && rtt >= 0) pongs.push([now + rtt, sequence, now]);
  }
  return down;
}

function upAt(now: number): LinkHealth {
  const health = new LinkHealth(TIMERS, START);
  run(health, START, now, 7);
  assert.equal(health.state, UP);
  return health;
}

test('comes up with the third pong in a row, and pings every interval from the first millisecond on', () => {
  const health = new LinkHealth(TIMERS, START);
  const sent: number[] = [];
  const states: number[] = [];
  for (let now = START; now <= START + 300; now++) {
    if (now >= health.deadline() && health.ping(now) > 0) sent.push(now - START);
    const waiting = sent.length;
    if (now - START === sent.at(-1)! + 7) {
      health.pong(waiting, START + sent.at(-1)!, now);
      states.push(health.state);
    }
  }
  assert.deepEqual(sent, [0, 100, 200, 300]);
  assert.deepEqual(states, [PROBING, PROBING, UP]);
  assert.equal(health.rtt.srtt, 7);
});

test('a pong that is missing starts the count anew', () => {
  const health = new LinkHealth(TIMERS, START);
  for (let sequence = 1; sequence <= 6; sequence++) {
    const now = START + sequence * 100;
    health.ping(now);
    if (sequence !== 3) health.pong(sequence, now, now);
    assert.equal(health.state, sequence < 6 ? PROBING : UP, `after ping ${sequence}`);
  }
});

test('sequence numbers wrap without a gap', () => {
  const health = new LinkHealth(TIMERS, START);
  health.sequence = 0xffff_fffd;
  const seen: number[] = [];
  for (let i = 0; i < 3; i++) {
    const sequence = health.ping(START + i * 100);
    seen.push(sequence);
    health.pong(sequence, START + i * 100, START + i * 100);
  }
  assert.deepEqual(seen, [0xffff_fffe, 0xffff_ffff, 0]);
  assert.equal(health.state, UP);
});

test('goes down when the hold time is over since the last pong, not before and not later', () => {
  const health = upAt(START + 1000);
  // The pong of the ping at 1000 is never seen: the last one was at 907.
  assert.deepEqual(run(health, START + 1001, START + 3000, -1), [START + 907 + 500]);
  assert.equal(health.state, DOWN);
  assert.ok(health.condemned);
});

test('a link that is only probing goes down the same way', () => {
  const health = new LinkHealth(TIMERS, START);
  health.ping(START);
  health.pong(1, START, START + 5);
  assert.equal(health.state, PROBING);
  assert.deepEqual(run(health, START + 6, START + 1000, -1), [START + 505]);
});

test('comes back by itself, with three pongs, and is not condemned any more', () => {
  const health = upAt(START + 1000);
  run(health, START + 1001, START + 3000, -1);
  run(health, START + 3001, START + 3190, 7);
  assert.equal(health.state, PROBING);
  assert.ok(!health.condemned);
  run(health, START + 3191, START + 3600, 7);
  assert.equal(health.state, UP);
});

test('does not come up while the peer holds it for down', () => {
  const health = new LinkHealth(TIMERS, START);
  health.peerCondemned = true;
  run(health, START, START + 2000, 7);
  assert.equal(health.state, PROBING);
  health.peerCondemned = false;
  run(health, START + 2001, START + 2350, 7);
  assert.equal(health.state, UP);
});

test('a local sign is a verdict at once, and only once', () => {
  const health = upAt(START + 1000);
  assert.ok(health.fail(START + 1000));
  assert.equal(health.state, DOWN);
  assert.ok(!health.fail(START + 1000));
});

test('hurry: a ping is due now, and the next one on the grid that all links share', () => {
  const health = upAt(START + 1010);
  health.hurry(START + 1042);
  assert.equal(health.deadline(), START + 1042);
  assert.ok(health.ping(START + 1042) > 0);
  assert.equal(health.ping(START + 1043), -1);
  health.pong(health.sequence, START + 1042, START + 1043);
  assert.equal(health.deadline(), START + 1100);
});

test("shorter timers count from now on: they don't condemn a link for the silence that was allowed", () => {
  for (const answered of [0, 60, 80]) {
    const health = upAt(START + 1000);
    const now = START + 907 + answered;
    health.setTimers({ interval: 10, hold: 50, pongCount: 1 }, now);
    assert.deepEqual(run(health, now, now + 300, 5), []);
    assert.equal(health.vetoes, 0);
    assert.deepEqual(run(health, now + 301, now + 400, -1).length, 1, 'but do for silence from now on');
  }
});

test('a change of the interval alone does not prolong the silence', () => {
  const health = upAt(START + 1000);
  health.setTimers({ interval: 50, hold: 500, pongCount: 3 }, START + 1001);
  assert.deepEqual(run(health, START + 1001, START + 3000, -1), [START + 907 + 500]);
});

test('a stall of our own longer than the hold time is no evidence: the link is up until a whole hold time later', () => {
  const health = upAt(START + 1000);
  const woke = START + 9000;
  assert.equal(health.silent(woke), false);
  assert.equal(health.vetoes, 1);
  assert.ok(health.ping(woke) > 0, 'one ping');
  assert.equal(health.ping(woke), -1, 'and not one for each that was missed');
  assert.deepEqual(run(health, woke + 1, woke + 3000, -1), [woke + 500]);
});

test('nor is one that ends shortly before the hold time does: no ping was sent that could have been answered', () => {
  const health = upAt(START + 1000); // the last pong was at 907, hold ends at 1407
  const woke = START + 1390;
  assert.equal(health.silent(woke), false);
  assert.ok(health.ping(woke) > 0);
  assert.deepEqual(run(health, woke + 1, START + 1450, -1), [], 'its answer has not had the time to come');
  assert.deepEqual(run(health, START + 1451, woke + 1000, -1), [woke + 500]);
});

test('a tick that is a little late is evidence', () => {
  const health = upAt(START + 1000);
  assert.deepEqual(run(health, START + 1001, START + 1406, -1), []);
  assert.equal(health.silent(START + 1407 + 29), true);
  assert.equal(health.vetoes, 0);
});

test('excuses are used up after three in a row, and renewed by a pong', () => {
  const health = upAt(START + 1000);
  let now = START + 1000;
  const stall = () => {
    now += 2000;
    const silent = health.silent(now);
    health.ping(now);
    return silent;
  };
  assert.deepEqual([stall(), stall(), stall(), stall()], [false, false, false, true]);
  health.pong(health.sequence, now, now);
  assert.deepEqual([stall(), stall(), stall(), stall()], [false, false, false, true]);
  assert.equal(health.vetoes, 6);
});

test('pongs with nonsense in them change nothing', () => {
  for (const sentAt of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1e300, START + 9e6]) {
    const health = new LinkHealth(TIMERS, START);
    health.ping(START);
    assert.equal(health.pong(1, sentAt, START + 5), false, `sent at ${sentAt}`);
    assert.equal(health.state, DOWN);
    assert.equal(health.rtt.srtt, -1);
  }
  const health = new LinkHealth(TIMERS, START);
  health.ping(START);
  assert.equal(health.pong(2, START, START + 5), false, 'a ping that was never sent');
  assert.equal(health.state, DOWN);
  assert.equal(health.pong(1, START, START + 5), true);
});

test('a doubted link that answers a new ping stays up; an answer to an older one proves nothing', () => {
  const health = upAt(START + 2000);
  const now = START + 2001;
  const old = { sequence: health.sequence, sentAt: now - 1 };
  health.doubt(now);
  assert.equal(health.deadline(), now, 'the ping is due at once');
  const sequence = health.ping(now);
  health.pong(old.sequence, old.sentAt, now + 1);
  assert.ok(health.deadline() <= now + 40);
  health.pong(sequence, now, now + 7);
  assert.equal(health.unanswered(now + 400), false);
  assert.equal(health.state, UP);
});

test('a doubted link that does not answer is known to be dead within its usual round-trip time', () => {
  const health = upAt(START + 2000);
  const now = START + 2001;
  health.doubt(now);
  health.ping(now);
  assert.equal(health.unanswered(now + 19), false);
  assert.equal(health.unanswered(now + 60), true);
  assert.equal(health.fail(now + 60), true);
  assert.equal(health.unanswered(now + 61), false);
});

test('doubts, however many, cost one ping in twenty milliseconds', () => {
  const health = upAt(START + 2000);
  let pings = 0;
  for (let now = START + 2001; now < START + 2101; now++) {
    for (let doubt = 0; doubt < 50; doubt++) health.doubt(now);
    const sequence = health.ping(now);
    if (sequence < 0) continue;
    pings += 1;
    health.pong(sequence, now, now);
  }
  assert.ok(pings <= 7, `${pings} pings`);
});
