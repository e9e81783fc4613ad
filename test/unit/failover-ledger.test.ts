/** The ledger of failovers: what is kept of each, for how long, and when a link is back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailoverReport } from '../../src/core/failover/failovers.js';
import { FailoverLedger, KEPT } from '../../src/daemon/failover-ledger.js';
import { failoverEvent } from '../../src/daemon/failovers.js';

/** The wall clock minus the lane's. */
const CLOCK = Date.UTC(2030, 0, 1);

function report(changes: Partial<FailoverReport> = {}): FailoverReport {
  return {
    peer: 3,
    link: 1,
    at: 5010,
    decidedAt: 5000,
    doubt: 'late-pong',
    cause: 'silence',
    suspectMs: 31.4,
    decideMs: 512.6,
    resent: 70,
    lost: 0,
    kept: true,
    ...changes,
  };
}

const ledgerOf = (names: string[] = ['p0', 'p1', 'p2', 'p3']) => new FailoverLedger((peer) => names[peer] ?? '');

test('a row says what was, in whole milliseconds', () => {
  const ledger = ledgerOf();
  ledger.add(report(), CLOCK);
  assert.deepEqual(ledger.list(), [
    {
      time: '2030-01-01T00:00:05.000Z',
      peer: 'p3',
      link: 1,
      verdict: 'down',
      cause: 'silence',
      doubt: 'late-pong',
      suspectMs: 31,
      decideMs: 513,
      resent: 70,
      lost: 0,
      backMs: null,
      drill: false,
    },
  ]);
});

test('a doubt that was taken back has no cause and is never back', () => {
  const ledger = ledgerOf();
  ledger.add(report({ cause: 'none' }), CLOCK);
  ledger.up(3, 1, 6000);
  const [row] = ledger.list();
  assert.deepEqual([row?.verdict, row?.cause, row?.doubt, row?.backMs], ['cleared', null, 'late-pong', null]);
});

test('the log says the same of it as the ledger, and nothing of losses that nobody knows', () => {
  const told = (changes: Partial<FailoverReport>) => failoverEvent(report(changes), () => 'p3');
  const times = { suspectMs: 31, decideMs: 513, resent: 70 };
  assert.deepEqual(told({ lost: 2 }), {
    event: 'failover',
    level: 'warning',
    fields: { peer: 'p3', link: 1, verdict: 'down', cause: 'silence', doubt: 'late-pong', ...times, lost: 2 },
  });
  assert.deepEqual(told({ cause: 'none', kept: false }), {
    event: 'failover',
    level: 'info',
    fields: { peer: 'p3', link: 1, verdict: 'cleared', cause: 'late-pong', doubt: 'late-pong', ...times },
  });
});

test('without a doubt there is no time to it; without acknowledgements nothing is known of losses', () => {
  const ledger = ledgerOf();
  ledger.add(report({ doubt: null, suspectMs: 0, decideMs: 0, cause: 'carrier', kept: false }), CLOCK);
  const [row] = ledger.list();
  assert.deepEqual([row?.suspectMs, row?.decideMs, row?.lost], [null, 0, null]);
});

test('a link is back when it is up, even before its failover was told of; once, and no other link', () => {
  const ledger = ledgerOf();
  ledger.add(report({ link: 0 }), CLOCK);
  ledger.add(report(), CLOCK);
  ledger.up(3, 1, 7500);
  ledger.up(3, 1, 9000);
  ledger.up(2, 1, 9100);
  assert.deepEqual(
    ledger.list().map(({ backMs }) => backMs),
    [null, 2500],
  );
  ledger.add(report({ decidedAt: 8900 }), CLOCK);
  assert.equal(ledger.list().at(-1)?.backMs, 100);
  ledger.add(report({ decidedAt: 9900 }), CLOCK);
  assert.equal(ledger.list().at(-1)?.backMs, null, 'it was up before that');
});

test("a place that is another peer's now is not the old peer's link coming back", () => {
  const names = ['', '', '', 'before'];
  const ledger = ledgerOf(names);
  ledger.add(report(), CLOCK);
  names[3] = 'after';
  ledger.up(3, 1, 7500);
  assert.equal(ledger.list()[0]?.backMs, null);
});

test('rows of the link of a drill are marked, and found', () => {
  const ledger = ledgerOf();
  ledger.add(report(), CLOCK);
  ledger.drill({ peer: 3, link: 1 });
  assert.equal(ledger.last(3, 1, 6000), null, 'that was before');
  ledger.add(report({ decidedAt: 6100 }), CLOCK);
  ledger.add(report({ decidedAt: 6200, cause: 'none' }), CLOCK);
  ledger.add(report({ decidedAt: 6300, link: 0 }), CLOCK);
  assert.equal(ledger.last(3, 1, 6000)?.verdict, 'down', 'rather than the doubt that came after');
  ledger.drill(null);
  ledger.add(report(), CLOCK);
  assert.deepEqual(
    ledger.list().map(({ drill }) => drill),
    [false, true, true, false, false],
  );
});

test('the last 1,000 are kept, newest last, and callers get copies', () => {
  const ledger = ledgerOf();
  for (let n = 0; n < KEPT + 50; n++) ledger.add(report({ resent: n }), CLOCK);
  const rows = ledger.list();
  assert.deepEqual([rows.length, rows[0]?.resent, rows.at(-1)?.resent], [1000, 50, 1049]);
  (rows[0] as { resent: number }).resent = -1;
  assert.equal(ledger.list()[0]?.resent, 50);
});
