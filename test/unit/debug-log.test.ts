import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TraceEvent } from '../../src/core/trace.js';
import { DebugLog } from '../../src/daemon/debug-log.js';
import type { TracedEvent } from '../../src/daemon/debug-tap.js';
import { debugTap } from '../../src/daemon/debug-tap.js';
import type { FromLane, ToLane } from '../../src/daemon/lane-messages.js';
import { formatEvent } from '../../src/log/log.js';

function stage() {
  const posted: ToLane[] = [];
  const lines: string[] = [];
  let listener: (message: FromLane) => void = () => undefined;
  const clock = { time: 0 };
  const debug = new DebugLog({
    lane: {
      now: () => clock.time,
      post: (message) => void posted.push(message),
      onMessage: (given) => {
        listener = given;
      },
    },
    log: (level, event, fields) => void lines.push(formatEvent(level, event, fields)),
    nameOf: (index) => `h${index}`,
  });
  const trace = (topic: TraceEvent['topic'], peer: number, missed = 0): void =>
    listener({ type: 'traced', event: { topic, event: 'pong', peer, link: 1, fields: { ms: 0.5 }, missed } });
  return { debug, lines, posted, clock, trace };
}

test('only what is wanted, of whom it is wanted, is told', () => {
  const { debug, lines, posted, trace } = stage();
  trace('links', 2);
  debug.on('links', 'h2');
  assert.deepEqual(posted.at(-1), { type: 'debug', topics: ['links'] });
  trace('links', 2);
  trace('links', 3);
  trace('links', -1);
  trace('switch', 2);
  debug.on('links', 'h3');
  trace('links', 3);
  debug.on('links', null);
  trace('links', 4);
  debug.off('links', null);
  trace('links', 2);
  const line = (peer: string): string => `debug trace topic=links step=pong peer=${peer} link=1 ms=0.5`;
  assert.deepEqual(lines, [line('h2'), line('h3'), line('h4')]);
  assert.deepEqual(posted.at(-1), { type: 'debug', topics: [] });
  debug.on('handshake', null);
  assert.deepEqual(posted.at(-1), { type: 'debug', topics: [] }, 'handshakes are no affair of the lane');
  debug.tell('handshake', 'send', 2, { message: 'initiation' });
  assert.equal(lines.at(-1), 'debug trace topic=handshake step=send peer=h2 message=initiation');
});

test('too many lines are counted, and the next line says how many', () => {
  const { debug, lines, clock, trace } = stage();
  debug.on('links', null);
  for (let i = 0; i < 150; i++) trace('links', 2);
  assert.equal(lines.length, 100);
  clock.time = 1000;
  trace('links', 2);
  assert.match(lines.at(-1) ?? '', /suppressed=50$/);
  clock.time = 2000;
  trace('links', 2, 7);
  assert.doesNotMatch(lines.at(-1) ?? '', /suppressed/);
  assert.deepEqual(debug.status(), [{ topic: 'links', peers: [], lines: 102, suppressed: 57 }]);
  debug.off('links', 'h2');
  assert.deepEqual(debug.status(), [], 'nobody is left');
});

test('the lane tells nothing when nothing is wanted, and a bounded number a second', () => {
  const told: TracedEvent[] = [];
  let now = 0;
  assert.equal(
    debugTap(
      [],
      () => now,
      (event) => told.push(event),
    ),
    null,
  );
  const tap = debugTap(
    ['links'],
    () => now,
    (event) => told.push(event),
  );
  const event: TraceEvent = { topic: 'links', event: 'pong', peer: 0, link: 0, fields: {} };
  for (let i = 0; i < 600; i++) tap?.(event);
  tap?.({ ...event, topic: 'switch' });
  assert.equal(told.length, 500);
  now = 100;
  tap?.(event);
  assert.equal(told.at(-1)?.missed, 100);
});
