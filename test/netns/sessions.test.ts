/** Sessions between real daemons, as the shell lists them and ends them; and counters that begin anew. */
import assert from 'node:assert/strict';
import type { Daemon } from '../../lab/daemon.js';
import { tunnelAddress } from '../../lab/network.js';
import type { SessionStatus } from '../../src/control/sessions.js';
import { networkTest } from './harness.js';
import { mustAnswer } from './traffic.js';

async function session(daemon: Daemon): Promise<SessionStatus> {
  const [row] = JSON.parse(await daemon.must('show sessions | json')) as SessionStatus[];
  assert.ok(row !== undefined);
  return row;
}

networkTest('a session has two ends, and is followed by another when it is cleared', { hosts: 2 }, async (t) => {
  const [h1, h2] = [t.network.daemon(1), t.network.daemon(2)];
  const before = [await session(h1), await session(h2)];
  assert.deepEqual(
    before.map(({ state }) => state),
    ['established', 'established'],
  );
  assert.deepEqual(before.map(({ role }) => role).sort(), ['initiator', 'responder']);
  for (const { held, expiresInMs } of before) assert.ok(held >= 1 && (expiresInMs as number) > 0);

  for (const daemon of [h1, h2]) {
    const { handshakes } = await session(daemon);
    await daemon.must('clear session');
    await daemon.waitFor('another session', async () => {
      const now = await session(daemon);
      return now.state === 'established' && now.handshakes > handshakes;
    });
    // The session of one end is not yet a link that carries at both.
    await t.network.waitLinksUp();
    await mustAnswer(t.lab, t.network.host(1), tunnelAddress(2));
  }

  const frames = async () =>
    (JSON.parse(await h1.must('show peers | json')) as { txFrames: number }[])[0]?.txFrames ?? 0;
  const counted = await frames();
  await h1.must('clear counters');
  assert.ok(counted > 0 && (await frames()) < counted);
});
