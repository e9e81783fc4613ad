/** Which rows of the demo are not as they must be, and how they are printed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderTable } from '../../lab/demo-table.js';
import { complaint, type Row } from '../../lab/experiment.js';

const CLEAN: Row = {
  policy: 'active',
  cut: 'silent both ways',
  sent: 1000,
  lost: 0,
  duplicated: 0,
  reordered: 0,
  gapMs: 4,
  reverseLost: 0,
  reverseDuplicated: 0,
  elsewhereLost: 0,
  elsewhereDuplicated: 0,
  probeOverrun: 0,
  pingSent: 180,
  pingLost: 0,
  pingDuplicated: 0,
  corrupt: 0,
};

describe('a row', () => {
  it('without a fault is as it must be', () => {
    assert.equal(complaint(CLEAN), null);
  });

  for (const field of [
    'lost',
    'duplicated',
    'reverseLost',
    'reverseDuplicated',
    'elsewhereLost',
    'elsewhereDuplicated',
    'pingLost',
    'pingDuplicated',
    'corrupt',
  ] as const) {
    it(`with ${field} 1 is not`, () => {
      assert.match(complaint({ ...CLEAN, [field]: 1 }) ?? '', /^active, silent both ways: .*1/);
    });
  }

  it('is printed in columns', () => {
    assert.equal(
      renderTable([CLEAN]),
      [
        'policy  cut               sent  lost  duplicated  gap ms  pings  pings lost',
        'active  silent both ways  1000     0           0       4    180           0',
      ].join('\n'),
    );
  });
});
