/** What begins a drill, and what ends it: each time the link is put back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Config, emptyConfig, newInterface, newPeer, newPeerLink } from '../../src/config/model.js';
import { EngineError } from '../../src/control/engine.js';
import type { DrillResult } from '../../src/control/failover.js';
import { COUNTERS_LENGTH, LINK, linkBlock, PEER, peerBlock } from '../../src/core/counters.js';
import { DOWN, SUSPECT, UP } from '../../src/core/link/health.js';
import { Drill } from '../../src/daemon/drill.js';
import { FailoverLedger } from '../../src/daemon/failover-ledger.js';
import type { ToLane } from '../../src/daemon/lane-messages.js';

const OPTIONS = { peer: 'b', link: 0, seconds: 1 };

/** A lane with peer `b` and two links that are up, whose clock goes on whenever it is looked at. */
class Bench {
  readonly counters = new Float64Array(COUNTERS_LENGTH);
  readonly ledger = new FailoverLedger(() => 'b');
  readonly config: Config = emptyConfig();
  readonly gone = new AbortController();
  readonly drill: Drill;
  /** Whether the link is muted, as the messages have it, and how often that changed. */
  muted = false;
  mutes = 0;
  index: number | null = 0;
  private time = 5000;

  constructor() {
    const tap = newInterface('t0');
    const peer = newPeer('b', 2);
    for (const id of [0, 1]) {
      peer.links.set(id, newPeerLink());
      this.state(id, UP);
    }
    tap.peers.set('b', peer);
    this.config.interface = tap;
    const lane = { counters: this.counters, now: () => this.now(), post: (message: ToLane) => this.take(message) };
    const indexOf = (name: string): number | null => (name === 'b' ? this.index : null);
    this.drill = new Drill({ lane, ledger: this.ledger, running: () => this.config, indexOf });
  }

  /** So much later each time that somebody looks. */
  now(): number {
    this.time += 100;
    return this.time;
  }

  state(link: number, state: number): void {
    this.counters[linkBlock(0, link) + LINK.state] = state;
  }

  count(name: 'resendLost' | 'txFrames', by: number): void {
    this.counters[peerBlock(0) + PEER[name]]! += by;
  }

  run(): Promise<DrillResult> {
    return this.drill.run(OPTIONS, this.gone.signal);
  }

  /** The failover of the link, as the lane would tell of it. */
  fail(changes: { lost?: number; kept?: boolean } = {}): void {
    const at = this.now();
    const { lost = 0, kept = true } = changes;
    const times = { at, decidedAt: at, suspectMs: 30, decideMs: 500 };
    this.ledger.add({ peer: 0, link: 0, doubt: 'late-ack', cause: 'silence', resent: 9, lost, kept, ...times }, 0);
  }

  private take(message: ToLane): void {
    if (message.type !== 'mute') throw new Error(`the drill sent ${message.type}`);
    const { peer, link, ms } = message;
    assert.deepEqual([peer, link], [0, 0]);
    assert.ok(ms === 0 || ms === 2000, `${ms}`);
    if (this.muted !== ms > 0) this.mutes += 1;
    this.muted = ms > 0;
    if (this.muted) this.begun();
    else this.lifted();
  }

  /** What happens once the link is muted, and once it is not. */
  begun: () => void = () => undefined;
  lifted: () => void = () => this.ledger.up(0, 0, this.now());
}

test('it lasts as long as was said, and says what was found', async () => {
  const bench = new Bench();
  bench.begun = () => {
    bench.fail();
    bench.count('txFrames', 70);
  };
  const result = await bench.run();
  assert.deepEqual([result.end, result.lost, result.back, result.frames], ['time', 0, true, 70]);
  assert.equal(result.verdict, 'no frame was lost');
  assert.ok(result.mutedMs >= 1000);
  assert.deepEqual([result.failover?.drill, result.failover?.cause], [true, 'silence']);
  assert.deepEqual([bench.muted, bench.mutes], [false, 2]);
});

test('it ends at the first datagram that is lost', async () => {
  const bench = new Bench();
  bench.begun = () => {
    bench.fail({ lost: 2 });
    bench.count('resendLost', 2);
  };
  const result = await bench.run();
  assert.deepEqual([result.end, result.lost, result.verdict, bench.muted], ['loss', 2, '2 datagrams lost', false]);
  assert.ok(result.mutedMs < 1000);
});

test('it ends when nobody waits for it, when no other link is up, and with the daemon', async () => {
  const ends: [string, (bench: Bench) => void][] = [
    ['shell', (bench) => bench.gone.abort()],
    ['alone', (bench) => bench.state(1, DOWN)],
    ['changed', (bench) => bench.config.interface?.peers.get('b')?.links.delete(0)],
    ['changed', (bench) => (bench.index = null)],
    ['closing', (bench) => bench.drill.close()],
  ];
  for (const [end, happens] of ends) {
    const bench = new Bench();
    bench.begun = () => {
      bench.fail();
      queueMicrotask(() => happens(bench));
    };
    const result = await bench.run();
    assert.equal(result.end, end);
    assert.deepEqual([bench.muted, bench.mutes], [false, 2], end);
  }
});

test('another link that is in doubt still carries', async () => {
  const bench = new Bench();
  bench.begun = () => {
    bench.fail();
    bench.state(1, SUSPECT);
  };
  assert.equal((await bench.run()).end, 'time');
});

test('it claims nothing that is not known', async () => {
  const unknown = new Bench();
  unknown.begun = () => unknown.fail({ kept: false });
  const result = await unknown.run();
  assert.equal(result.lost, null);
  assert.match(result.verdict, /^not known: the peer acknowledges nothing/);
  const unmoved = await new Bench().run();
  assert.deepEqual([unmoved.failover, unmoved.lost], [null, null]);
  assert.match(unmoved.verdict, /did not fail: its timers are slower/);
});

test('it is refused where it would cut the peer off, or can find nothing, and then does nothing', async () => {
  const refusals: [RegExp, (bench: Bench) => void][] = [
    [/no other link of peer b is up/, (bench) => bench.state(1, DOWN)],
    [/no other link of peer b is up/, (bench) => bench.state(1, SUSPECT)],
    [/no other link of peer b is up/, (bench) => bench.config.interface?.peers.get('b')?.links.delete(1)],
    [/link 0 of peer b is not up/, (bench) => bench.state(0, DOWN)],
    [/has no link 0/, (bench) => bench.config.interface?.peers.get('b')?.links.delete(0)],
    [/takes no part/, (bench) => (bench.index = null)],
  ];
  for (const [why, prepare] of refusals) {
    const bench = new Bench();
    prepare(bench);
    await assert.rejects(bench.run(), (error) => error instanceof EngineError && why.test(error.message));
    assert.equal(bench.mutes, 0);
  }
});

test('one at a time; the next begins when it is over', async () => {
  const bench = new Bench();
  bench.begun = () => bench.fail();
  const first = bench.run();
  await assert.rejects(bench.run(), /a drill of peer b link 0 goes on: wait for its end/);
  assert.equal((await first).end, 'time');
  assert.equal((await bench.run()).end, 'time');
});
