/** One cell of the failover matrix of each kind of traffic, as `npm run failover` plays it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runMatrix } from '../../lab/failover-matrix.js';
import { parseOptions } from '../../lab/failover-options.js';
import { NEEDS_ROOT } from './harness.js';

test(
  'policy active loses and doubles nothing at a silent cut, in frames, a stream and a burst',
  NEEDS_ROOT,
  async () => {
    const options = parseOptions(['--quick', '--only', 'active,silent both ways']);
    assert.ok(options);
    const said: string[] = [];
    const rows = await runMatrix(options, (text) => said.push(text));
    assert.deepEqual(
      rows.map(({ traffic }) => traffic),
      ['udp', 'tcp', 'burst'],
    );
    for (const row of rows) {
      // A row whose equipment was at fault twice counts nothing; how long a gap was is the machine's affair here.
      if (row.repetitions === 0) continue;
      const { lost, duplicated, corrupt } = row;
      assert.ok(row.sent > 1000, JSON.stringify(row));
      assert.deepEqual(
        [lost - row.tapDropped > 0, duplicated ?? 0, corrupt],
        [false, 0, 0],
        JSON.stringify({ row, said }),
      );
    }
  },
);
