/** The fuzzer finds what is broken, names it so that it can be had again, and finds nothing in what is here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as broken from './broken-targets.js';
import { campaign, hex, type Outcome } from './campaign.js';
import { parseOptions } from './options.js';
import { runChild } from './parent.js';
import { data, findingText, table } from './report.js';
import type { Target } from './target.js';
import { targets } from './targets.js';
import { watch } from './watchdog.js';

const SEED = 2026;
const BROKEN = new URL('./broken-targets.js', import.meta.url).href;

for (const target of targets) {
  test(`${target.name}: ${target.quick} executions`, async () => {
    const { findings, executions } = await campaign(target, { seed: SEED, limit: { executions: target.quick } });
    assert.deepEqual(findings.map(findingText), []);
    assert.equal(executions, target.quick);
  });

  test(`${target.name}: the same seed, the same inputs`, async () => {
    const few = { executions: Math.min(20, target.quick) };
    const inputs = async (seed: number): Promise<string[]> => {
      const seen: string[] = [];
      await campaign(target, { seed, limit: few, onInput: (bytes) => seen.push(hex(bytes)) });
      return seen;
    };
    const first = await inputs(3);
    assert.ok(first.length > 0);
    assert.deepEqual(await inputs(3), first);
    assert.notDeepEqual(await inputs(4), first);
  });
}

function target(name: string): Target {
  return broken.targets.find((each) => each.name === name) ?? assert.fail(name);
}

function watched(name: string, milliseconds: number): Promise<Outcome> {
  return watch(target(name), { module: BROKEN, seed: SEED, milliseconds });
}

test('an exception is found, and its execution alone brings it back', async () => {
  const { findings } = await campaign(target('throws'), { seed: SEED, limit: { executions: 2000 } });
  assert.ok(findings.length >= 2);
  for (const finding of findings) {
    const again = await campaign(target('throws'), { seed: SEED, from: finding.at, limit: { executions: 1 } });
    assert.deepEqual(
      again.findings.map(({ at, input, what }) => [at, input, what.split('\n')[0]]),
      [[finding.at, finding.input, finding.what.split('\n')[0]]],
    );
    assert.match(findingText(finding), /--seed 2026 --only throws --at \d+$/);
  }
});

test('an execution that never ends is ended and named, with its input', async () => {
  const { findings } = await watched('hangs', 1000);
  const [finding] = findings;
  assert.match(finding?.what ?? '', /^hang/);
  assert.equal(finding?.input.length, 6);
});

test('a promise that never comes true is found', async () => {
  const { findings } = await watched('waits', 1000);
  assert.match(findings[0]?.what ?? '', /in the middle of an execution/);
  assert.equal(findings[0]?.at, 0);
});

test('a process that dies is found', async () => {
  const program = fileURLToPath(new URL('./dying-child.js', import.meta.url));
  const { findings } = await runChild({ target: 'sound', seed: SEED, milliseconds: 1000 }, program);
  assert.match(findings[0]?.what ?? '', /^the process died of SIGABRT/);
  assert.equal(findings[0]?.at, 41);
});

test('growth is found, and only that', async () => {
  const { findings, start, end } = await watched('grows', 2000);
  assert.match(findings[0]?.what ?? '', /^growth: heap/);
  assert.ok(end.heap > start.heap);
  const sound = await watched('sound', 300);
  assert.deepEqual(sound.findings, []);
  assert.ok(sound.executions > 10 && sound.start.heap > 0);
});

test('the report has a row for each target and one for all', async () => {
  const outcome = await campaign(target('throws'), { seed: SEED, limit: { executions: 2000 } });
  const rows = [{ target: 'throws', outcome }];
  assert.match(table(rows), /^throws +\d+ +\d+ +5 [\s\S]*^total +\d+ +\d+ +5$/m);
  const told = JSON.parse(JSON.stringify(data(rows, SEED))) as { total: { findings: unknown[] }; targets: unknown[] };
  assert.equal(told.total.findings.length, 5);
  assert.equal(told.targets.length, 1);
});

test('the command line', () => {
  const known = ['a', 'b'];
  const usual = { seconds: 60, seed: 1, targets: known, executions: null, at: null, json: false };
  assert.deepEqual(parseOptions([], known), usual);
  assert.deepEqual(parseOptions(['--only', 'b', '--at', '7', '--seed', '5', '--seconds', '120', '--json'], known), {
    seconds: 120,
    seed: 5,
    targets: ['b'],
    executions: null,
    at: 7,
    json: true,
  });
  assert.equal(parseOptions(['--help'], known), null);
  assert.throws(() => parseOptions(['--only', 'c'], known), /there is no target 'c'; there are a, b/);
  assert.throws(() => parseOptions(['--at', '7'], known), /needs --only/);
  assert.throws(() => parseOptions(['--executions', '7'], known), /needs --only/);
  assert.equal(parseOptions(['--executions', '7', '--only', 'a'], known)?.executions, 7);
  for (const wrong of ['x', '', '0', '-1', '1.5']) {
    assert.throws(() => parseOptions([`--seconds=${wrong}`], known), /--seconds takes a whole number/);
  }
});
