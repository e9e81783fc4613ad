/** The failover matrix: its options, what a cell must reach, and what is made of its repetitions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderRows } from '../../lab/failover.js';
import { CUT_NAMES, cutsOf } from '../../lab/failover-cuts.js';
import { limitOf, type Repetition, rowOf, whyVoid } from '../../lab/failover-limits.js';
import { parseOptions } from '../../lab/failover-options.js';

const CLEAN: Repetition = {
  sent: 40_000,
  lost: 0,
  duplicated: 0,
  reordered: 3,
  corrupt: 0,
  gapMs: 20,
  stallMs: null,
  lateMs: 2,
  overrun: 0,
  tapDropped: 0,
  downs: 1,
};
const CELL = { policy: 'passive', cut: 'silent both ways', traffic: 'udp' } as const;
const STREAM: Repetition = { ...CLEAN, duplicated: null, reordered: null, gapMs: null, stallMs: 30 };

describe('a cell of the matrix', () => {
  it('passes when nothing is lost or doubled and the gap is short', () => {
    const row = rowOf(CELL, 60, [CLEAN, { ...CLEAN, gapMs: 30 }, { ...CLEAN, gapMs: 900 }], 1);
    assert.equal(row.verdict, 'pass');
    assert.deepEqual(
      [row.sent, row.lost, row.duplicated, row.reordered, row.gapMs, row.worstMs, row.stallMs],
      [120_000, 0, 0, 9, 30, 900, null],
    );
    assert.deepEqual([row.repetitions, row.void, row.unit], [3, 1, 'frames']);
  });

  for (const [change, complaint] of [
    [{ lost: 1 }, 'FAIL: 2 frames lost'],
    [{ lost: 5, tapDropped: 2 }, 'FAIL: 10 frames lost (4 of them before the daemon read them)'],
    [{ duplicated: 1 }, 'FAIL: 2 duplicated'],
    [{ corrupt: 1 }, 'FAIL: 2 with wrong bytes'],
    [{ gapMs: 60.5 }, 'FAIL: gap 60.5 > 60 ms'],
    [{ sent: 0 }, 'FAIL: nothing sent'],
    [{ lost: 1, gapMs: 61 }, 'FAIL: 2 frames lost; gap 61 > 60 ms'],
  ] as [Partial<Repetition>, string][]) {
    it(`with ${JSON.stringify(change)} does not`, () => {
      const changed = { ...CLEAN, ...change };
      assert.equal(rowOf(CELL, 60, [changed, changed], 0).verdict, complaint);
    });
  }

  it('of a stream is judged by its bytes, checksum and stall', () => {
    const cell = { ...CELL, traffic: 'tcp' } as const;
    const row = rowOf(cell, 260, [STREAM], 0);
    assert.deepEqual(
      [row.verdict, row.unit, row.duplicated, row.stallMs, row.gapMs],
      ['pass', 'bytes', null, 30, null],
    );
    assert.equal(rowOf(cell, 260, [{ ...STREAM, corrupt: 1 }], 0).verdict, 'FAIL: wrong checksum');
    assert.equal(rowOf(cell, 260, [{ ...STREAM, stallMs: 261 }], 0).verdict, 'FAIL: stall 261 > 260 ms');
  });

  it('with a stopped daemon fails when a link goes down, others do not', () => {
    const cell = { ...CELL, cut: 'stopped' } as const;
    assert.equal(rowOf(cell, 360, [CLEAN], 0).verdict, 'FAIL: links went down 1 times');
    assert.equal(rowOf(cell, 360, [{ ...CLEAN, downs: 0 }], 0).verdict, 'pass');
  });

  it('without a repetition that counts is void', () => {
    assert.match(rowOf(CELL, 60, [], 2).verdict, /^void/);
  });

  it('is printed in columns', () => {
    const [titles, line] = renderRows([rowOf(CELL, 60, [CLEAN], 0)]).split('\n');
    assert.match(titles ?? '', /^policy +cut +traffic +runs +void +sent +lost .* verdict$/);
    assert.match(line ?? '', /^passive +silent both ways +udp +1 +0 +40000 +0 +0 +3 +20 +- +20 +60 +pass$/);
  });
});

describe('a repetition', () => {
  it('is void when the equipment had no room', () => {
    assert.match(whyVoid({ ...CLEAN, overrun: 1 }, 60) ?? '', /no room for 1/);
  });

  it('is void when a gap too long may be the equipment itself', () => {
    assert.equal(whyVoid({ ...CLEAN, gapMs: 100, lateMs: 39 }, 60), null);
    assert.match(whyVoid({ ...CLEAN, gapMs: 100, lateMs: 40 }, 60) ?? '', /40.0 ms are its own/);
    assert.match(whyVoid({ ...STREAM, stallMs: 300, lateMs: 50 }, 260) ?? '', /busy/);
  });

  it('is void when a late sender filled the queue of a TAP', () => {
    assert.match(whyVoid({ ...CLEAN, lost: 9, tapDropped: 9, lateMs: 50 }, 60) ?? '', /busy/);
    assert.equal(whyVoid({ ...CLEAN, lost: 9, tapDropped: 9, lateMs: 5 }, 60), null);
  });

  it('counts, however late the sender was, when it kept to the limit or lost what nothing excuses', () => {
    assert.equal(whyVoid({ ...CLEAN, lateMs: 500 }, 60), null);
    assert.equal(whyVoid({ ...CLEAN, lost: 3, lateMs: 500 }, 60), null);
  });
});

describe('the limit of a gap', () => {
  it('is that of how the sender learns of the cut', () => {
    assert.equal(limitOf('passive', 'interface down here', 'udp', false), 10);
    assert.equal(limitOf('passive', 'interface down there', 'udp', false), 60);
    assert.equal(limitOf('round-robin', 'silent out', 'udp', true), 30);
    assert.equal(limitOf('round-robin', 'stopped', 'udp', false), 360);
  });

  it('is 5 ms under policy active, whatever is cut', () => {
    for (const cut of CUT_NAMES) {
      if (cut !== 'stopped') assert.equal(limitOf('active', cut, 'udp', false), 5);
    }
  });

  it('leaves TCP one timer, and a burst has none', () => {
    assert.equal(limitOf('passive', 'silent in', 'tcp', false), 260);
    assert.equal(limitOf('passive', 'silent in', 'burst', false), null);
  });
});

describe('the options of the matrix', () => {
  it('are everything once, if none is given', () => {
    const options = parseOptions([]);
    assert.deepEqual(options?.policies, ['passive', 'active', 'round-robin']);
    assert.deepEqual(options?.cuts, CUT_NAMES);
    assert.deepEqual([options?.repeat, options?.seed, options?.json, options?.flapMs], [1, 1, false, 30_000]);
    assert.deepEqual(Object.keys(cutsOf(1)), [...CUT_NAMES]);
  });

  it('narrow each kind of which something is named', () => {
    const options = parseOptions(['--only', 'tcp,silent out, flap', '--repeat', '20', '--quick']);
    assert.deepEqual(
      [options?.policies.length, options?.cuts, options?.traffics],
      [3, ['silent out', 'flap'], ['tcp']],
    );
    assert.equal(options?.repeat, 20);
    assert.ok((options?.flapMs ?? Infinity) < 30_000);
  });

  it('are null for --help', () => {
    assert.equal(parseOptions(['--help']), null);
  });

  for (const [args, complaint] of [
    [['--only', 'silent'], /there is no 'silent'; there are passive, /],
    [['--only', ''], /there is no ''/],
    [['--repeat', '0'], /--repeat takes a whole number from 1 to 100/],
    [['--seed', 'x'], /--seed takes a whole number/],
    [['--unknown'], /--unknown/],
  ] as [string[], RegExp][]) {
    it(`are refused: ${args.join(' ')}`, () => {
      assert.throws(() => parseOptions(args), complaint);
    });
  }
});
