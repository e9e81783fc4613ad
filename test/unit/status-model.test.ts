/** What the status page makes of the answers that it gets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

/** The page's own source: a browser runs it as it is. */
const { Model } = await import(new URL('../../../src/status/page/model.js', import.meta.url).href);

/** An answer with one link. */
function answer(fields: { pid: number; at: number; state: string }): unknown {
  const { pid, at, state } = fields;
  return {
    pid,
    at,
    interface: { txBytes: 0, rxBytes: 0 },
    peers: { columns: ['peer', 'state', 'txBytes', 'rxBytes'], rows: [['b', 'connected', 0, 0]] },
    links: { columns: ['peer', 'link', 'state', 'txBytes', 'rxBytes'], rows: [['b', 0, state, 0, 0]] },
  };
}

test('a daemon that was started anew is believed at once, also in a container, where it has the number of the last', () => {
  const model = new Model();
  const shown = (): string => model.peers[0].links[0].state;
  model.take(answer({ pid: 1, at: 86_400_000, state: 'up' }), new Set());
  model.take(answer({ pid: 1, at: 86_400_000, state: 'down' }), new Set());
  assert.equal(shown(), 'up', 'the same moment once more tells nothing');
  model.take(answer({ pid: 1, at: 500, state: 'down' }), new Set());
  assert.equal(shown(), 'down');
  assert.equal(model.peers[0].out, null, 'there is nothing to compare with');
});
