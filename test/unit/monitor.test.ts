import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { MonitorModel } from '../../src/cli/monitor/model.js';
import type { ScreenOptions } from '../../src/cli/monitor/screen.js';
import { monitorScreen } from '../../src/cli/monitor/screen.js';
import { spark } from '../../src/cli/monitor/spark.js';
import type { MonitorKey, View } from '../../src/cli/monitor/view.js';
import { FIRST_VIEW, pressed } from '../../src/cli/monitor/view.js';
import type { LinkStatus, PeerStatus } from '../../src/control/engine.js';
import type { FailoverEntry } from '../../src/control/failover.js';
import type { Snapshot } from '../../src/control/snapshot.js';

const OPTIONS: ScreenOptions = { width: 80, height: 24, colour: false, unicode: true, away: null };

function link(peer: string, id: number, change: Partial<LinkStatus> = {}): LinkStatus {
  const known = { rttMs: 0.312, jitterMs: 0.05, lossTx: 0, lossRx: 0, txBytes: 0, rxBytes: 0 };
  return { peer, link: id, state: 'up', ...known, ...change } as LinkStatus;
}

function peer(name: string, change: Partial<PeerStatus> = {}): PeerStatus {
  const counts = { linksUp: 2, linksTotal: 2, failovers: 0, resendLost: 0 };
  return { peer: name, state: 'connected', policy: 'passive', ...counts, ...change } as PeerStatus;
}

const FAILOVER: FailoverEntry = {
  time: '2026-02-03T04:05:06.789Z',
  peer: 'b',
  link: 1,
  verdict: 'down',
  cause: 'silence',
  doubt: 'late-pong',
  suspectMs: 30,
  decideMs: 612,
  resent: 41,
  lost: 0,
  backMs: null,
  drill: false,
};

function snapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    time: '2026-02-04T00:00:01.000Z',
    hostname: 'h1',
    pid: 1,
    uptimeSeconds: 3725,
    at: 0,
    interface: { name: 'sn0', state: 'up', mtu: 1420 } as Snapshot['interface'],
    peers: [peer('b', { linksUp: 1, failovers: 1 }), peer('zurich')],
    links: [
      link('b', 0),
      link('b', 1, { state: 'down', rttMs: null, jitterMs: null, lossTx: 0.25, lossRx: null }),
      link('zurich', 0, { state: 'suspect', rttMs: 12.34 }),
    ],
    failovers: [FAILOVER, { ...FAILOVER, cause: null, verdict: 'cleared', decideMs: 0, drill: true }],
    log: ['02-03 04:05:06.790 warning link-down peer=b link=1 cause=silence', '02-03 04:06:00.000 info log-line'],
    ...change,
  };
}

/** A minute of traffic: 1 Mbit/s toward b on its link 0, twice as much in the last half. */
function busy(): MonitorModel {
  const model = new MonitorModel();
  let txBytes = 0;
  for (let second = 0; second <= 60; second++) {
    const links = snapshot().links.map((each) => (each.peer === 'b' && each.link === 0 ? { ...each, txBytes } : each));
    model.update(snapshot({ at: second * 1000, links }));
    txBytes += second < 50 ? 125_000 : 250_000;
  }
  return model;
}

describe('the live screen', () => {
  it('leaves out the day where that is today', () => {
    const model = new MonitorModel();
    model.update(snapshot({ time: '2026-02-03T23:59:59.000Z' }));
    const lines = monitorScreen(model, FIRST_VIEW, OPTIONS);
    assert.ok(
      lines.includes('04:05:06  b link 1  down in 612ms: silence; again 41, lost 0; still down'),
      lines.join('\n'),
    );
    assert.ok(lines.includes('04:06:00.000 info log-line'));
  });

  it('is as it is, at 80x24', () => {
    assert.equal(
      monitorScreen(busy(), FIRST_VIEW, OPTIONS).join('\n'),
      ` sennit monitor  h1  sn0 up, mtu 1420  up 1h02m  every 1s
 peers 2/2 connected   links 1 up, 1 suspect, 1 down   failovers 1, lost 0

PEER/LINK   STATE       RTT ms JITTER   LOSS %     OUT    IN to 2.0Mb/s
b           connected 1/2 passive                 2.0M     0 ▄▄▄▄▄▄▄▄▄██████████
  0         up            0.31   0.05      0/0    2.0M     0 ▄▄▄▄▄▄▄▄▄██████████
  1         down             -      -     25/-       0     0
zurich      connected 2/2 passive                    0     0
  0         suspect       12.3   0.05      0/0       0     0








FAILOVERS
02-03 04:05:06  b link 1  down in 612ms: silence; again 41, lost 0; still down
02-03 04:05:06  b link 1  cleared: late-pong (drill); again 41, lost 0
LOG
02-03 04:05:06.790 warning link-down peer=b link=1 cause=silence
02-03 04:06:00.000 info log-line
 q leave  s sort: name  r reverse  / filter  p pause  i interval  ? help`,
    );
  });

  it('fits every size, with colours and without, and says when it is too small', () => {
    const sizes = fc.record({ width: fc.integer({ min: 1, max: 200 }), height: fc.integer({ min: 1, max: 60 }) });
    const views = fc.record({ scroll: fc.nat(50), help: fc.boolean(), typing: fc.boolean(), paused: fc.boolean() });
    const model = busy();
    fc.assert(
      fc.property(
        sizes,
        views,
        fc.boolean(),
        fc.option(fc.constant('the daemon is away')),
        (size, view, colour, away) => {
          const lines = monitorScreen(model, { ...FIRST_VIEW, ...view }, { ...OPTIONS, ...size, colour, away });
          assert.ok(lines.length <= size.height);
          for (const line of lines.map(stripVTControlCharacters)) {
            assert.ok(line.length <= size.width || size.width < 60, line);
          }
          if (size.width >= 60 && size.height >= 12) {
            assert.equal(lines.length, size.height);
            assert.match(stripVTControlCharacters(lines.at(-1) ?? ''), /^ q leave/);
          }
        },
      ),
    );
  });

  it('has escape sequences only for colours, each ended on its line', () => {
    const coloured = monitorScreen(busy(), FIRST_VIEW, { ...OPTIONS, colour: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
    for (const line of coloured) assert.equal(line.split(/\x1b\[[\d;]+m/).length % 2, 1, line);
    const plain = monitorScreen(busy(), FIRST_VIEW, OPTIONS).map((line) => line.trimEnd());
    assert.deepEqual(
      coloured.map((line) => stripVTControlCharacters(line).trimEnd()),
      plain,
    );
  });

  it('scrolls, sorts and filters', () => {
    const names = (view: Partial<View>): string[] =>
      monitorScreen(busy(), { ...FIRST_VIEW, ...view }, OPTIONS)
        .filter((line) => /^(b|zurich) /.test(line))
        .map((line) => line.split(' ')[0] ?? '');
    assert.deepEqual(names({}), ['b', 'zurich']);
    assert.deepEqual(names({ reverse: true }), ['zurich', 'b']);
    assert.deepEqual(names({ sort: 'rtt' }), ['zurich', 'b']);
    assert.deepEqual(names({ sort: 'state' }), ['b', 'zurich']);
    assert.deepEqual(names({ sort: 'rate', reverse: true }), ['zurich', 'b']);
    assert.deepEqual(names({ filter: 'ZUR' }), ['zurich']);
    const many = new MonitorModel();
    const peers = Array.from({ length: 40 }, (_, i) => peer(`p${i + 10}`));
    many.update(snapshot({ peers, links: [] }));
    const first = (scroll: number): string | undefined => monitorScreen(many, { ...FIRST_VIEW, scroll }, OPTIONS)[4];
    assert.match(first(0) ?? '', /^p10 /);
    assert.match(first(3) ?? '', /^p13 /);
    assert.match(first(1000) ?? '', /^p(3|4)\d /, 'not beyond the last');
  });
});

test('rates begin anew with another daemon, and are those of the time that passed', () => {
  const model = busy();
  const [before] = model.rows();
  assert.equal(before?.rates.out.at(-1), 2_000_000);
  model.update(snapshot({ pid: 2, at: 90_000 }));
  assert.deepEqual(model.rows()[0]?.rates.out, []);
  const links = [link('b', 0, { rxBytes: 2500 })];
  model.update(snapshot({ pid: 2, at: 92_000, links }));
  assert.deepEqual(model.rows()[0]?.rates.in, [10_000]);
});

test('bars: the newest right, nothing for zero, something for little', () => {
  assert.equal(spark([0, 1, 500, 1000], 1000, 6, true), '   ▁▄█');
  assert.equal(spark([0, 1, 500, 1000], 1000, 2, false), '=#');
  assert.equal(spark([5], 0, 3, true), '   ');
  assert.equal(spark([5], 5, 0, true), '');
});

test('keys', () => {
  const press = (view: View, ...keys: (string | Partial<MonitorKey>)[]): View | null =>
    keys.reduce<View | null>((now, key) => {
      const given = typeof key === 'string' ? { text: key, name: key } : key;
      return now === null ? null : pressed(now, { text: undefined, name: undefined, ctrl: false, ...given });
    }, view);
  assert.equal(press(FIRST_VIEW, 'q'), null);
  assert.equal(press(FIRST_VIEW, { name: 'c', ctrl: true }), null);
  assert.equal(press(FIRST_VIEW, '?', 'q')?.help, false);
  assert.deepEqual(press(FIRST_VIEW, '/', 'q', 'x'), { ...FIRST_VIEW, typing: true, filter: 'qx' });
  assert.equal(press(FIRST_VIEW, '/', 'a', { name: 'backspace' }, 'b', { name: 'return' }, 's')?.filter, 'b');
  assert.equal(press(FIRST_VIEW, 's', 's')?.sort, 'rtt');
  assert.equal(press(FIRST_VIEW, 'i', 'i', 'i', 'i')?.interval, 1);
  assert.equal(press(FIRST_VIEW, ' ')?.paused, true);
  assert.equal(press(FIRST_VIEW, { name: 'down' }, { name: 'pagedown' }, { name: 'up' })?.scroll, 10);
  assert.deepEqual(press(FIRST_VIEW, { name: 'f5' }), FIRST_VIEW);
});
