import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyConfig, newInterface, newPeer, newPeerLink } from '../../src/config/model.js';
import type { Ping, PingOptions, PingReply } from '../../src/control/ping.js';
import { MOST_PINGS, MOST_READER_PINGS } from '../../src/control/ping.js';
import { COUNTERS_LENGTH, LINK, linkBlock } from '../../src/core/counters.js';
import type { PingOutcome } from '../../src/core/pings.js';
import { PING_NUMBERS } from '../../src/core/pings.js';
import type { FromLane, ToLane } from '../../src/daemon/lane-messages.js';
import { Pinger } from '../../src/daemon/pinger.js';

/** A lane that answers pings as `outcomes` says by link, at once; those that are null never. */
function stage(outcomes: (PingOutcome | null)[]) {
  const config = emptyConfig();
  const tap = newInterface('t0');
  const peer = newPeer('b', 2);
  for (const link of outcomes.keys()) peer.links.set(link, newPeerLink());
  tap.peers.set('b', peer);
  config.interface = tap;
  const posted: Extract<ToLane, { type: 'ping' }>[] = [];
  let listener: (message: FromLane) => void = () => undefined;
  const counters = new Float64Array(COUNTERS_LENGTH);
  const lane = {
    counters,
    onMessage: (given: typeof listener): void => {
      listener = given;
    },
    post: (message: ToLane): void => {
      assert.ok(message.type === 'ping');
      posted.push(message);
      const outcome = outcomes[message.link] ?? null;
      if (outcome === null) return;
      queueMicrotask(() => listener({ type: 'pinged', number: message.number, outcome, ms: message.link + 0.5 }));
    },
  };
  const pinger = new Pinger({ lane, running: () => config, indexOf: (name) => (name === 'b' ? 4 : null) });
  return { pinger, posted, counters, peer };
}

const OPTIONS: PingOptions = { peer: 'b', link: null, size: 100, df: false, count: 2, intervalMs: 1, reader: false };

async function all(ping: Ping): Promise<PingReply[]> {
  const replies: PingReply[] = [];
  for (let some = await ping.next(); some !== null; some = await ping.next()) replies.push(...some);
  return replies;
}

test('every link is pinged in every round, and what comes is summed up', async () => {
  const { pinger, posted, counters } = stage(['answered', 'answered', 'too-large']);
  counters[linkBlock(4, 2) + LINK.pathMtu] = 1400;
  const ping = pinger.start({ ...OPTIONS, size: 1500, df: true });
  const replies = await all(ping);
  assert.deepEqual(ping.links, [0, 1, 2]);
  assert.deepEqual(
    replies.filter(({ link }) => link === 1).map(({ sequence, outcome, ms }) => [sequence, outcome, ms]),
    [
      [1, 'answered', 1.5],
      [2, 'answered', 1.5],
    ],
  );
  assert.deepEqual(replies.find(({ link }) => link === 2)?.mtu, 1400);
  assert.deepEqual(ping.totals()[0], { link: 0, sent: 2, received: 2, minMs: 0.5, avgMs: 0.5, maxMs: 0.5 });
  assert.deepEqual(ping.totals()[2], { link: 2, sent: 2, received: 0, minMs: null, avgMs: null, maxMs: null });
  assert.ok(
    posted.every(({ peer, size, whole, number }) => peer === 4 && size === 1500 && whole && number >= PING_NUMBERS),
  );
  assert.equal(new Set(posted.map(({ number }) => number)).size, 6);
});

test('what is not answered is lost, in bounded time', async () => {
  const { pinger } = stage([null]);
  const ping = pinger.start({ ...OPTIONS, count: 1 });
  assert.deepEqual(await all(ping), [{ link: 0, sequence: 1, outcome: 'lost', ms: null, mtu: null }]);
  assert.deepEqual(ping.totals()[0]?.sent, 1);
});

test('those who may only look leave room for admins', () => {
  const { pinger } = stage([null, null]);
  const slow = { ...OPTIONS, count: 9, intervalMs: 60_000 };
  for (let n = 0; n < MOST_READER_PINGS; n++) pinger.start({ ...slow, reader: true });
  assert.throws(() => pinger.start({ ...slow, reader: true }), /8 pings go on already/);
  for (let n = MOST_READER_PINGS; n < MOST_PINGS; n++) pinger.start(slow);
  assert.throws(() => pinger.start(slow), /16 pings go on already/);
  pinger.close();
});

test('it can be stopped, and is refused where it makes no sense', async () => {
  const { pinger, peer } = stage([null, null]);
  const ping = pinger.start({ ...OPTIONS, count: 1000, intervalMs: 60_000 });
  ping.stop();
  assert.equal(await ping.next(), null);
  assert.throws(() => pinger.start({ ...OPTIONS, peer: 'c' }), /peer c takes no part/);
  assert.throws(() => pinger.start({ ...OPTIONS, link: 5 }), /no link 5/);
  const many = Array.from({ length: MOST_PINGS }, () => pinger.start({ ...OPTIONS, count: 9, intervalMs: 60_000 }));
  assert.throws(() => pinger.start(OPTIONS), /16 pings go on already/);
  pinger.close();
  for (const one of many) assert.equal(await one.next(), null);
  peer.links.clear();
  assert.throws(() => pinger.start(OPTIONS), /peer b has no link/);
});
