/** Real daemons on links with paths of 1500, 1400 and 9000 bytes, one of which shrinks to 1300 under traffic. */
import assert from 'node:assert/strict';
import { complaints } from '../../lab/path-mtu.js';
import { runPathMtu } from '../../lab/path-mtu-run.js';
import { labTest } from './harness.js';

labTest('path MTUs are found, followed when they shrink, and nothing is lost meanwhile', async (lab) => {
  const result = await runPathMtu(lab, {
    policies: ['passive'],
    rate: 200,
    warmUpMs: 200,
    beforeMs: 200,
    afterMs: 800,
    patienceMs: 20_000,
  });
  assert.deepEqual(complaints(result), []);
});
