/** What is shipped for Prometheus and Grafana asks only for metrics that the daemon has. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LANE_COUNTERS } from '../../src/core/counters.js';
import { DROPS, HOST_FAMILIES } from '../../src/metrics/host.js';
import { LINK_FAMILIES } from '../../src/metrics/links.js';
import { PEER_FAMILIES } from '../../src/metrics/peers.js';
import { PEER_QUEUE_FAMILIES, SOCKET_FAMILIES } from '../../src/metrics/queues.js';

const known = new Set([
  'sennit_build_info',
  ...[...HOST_FAMILIES, ...PEER_FAMILIES, ...LINK_FAMILIES, ...DROPS, ...PEER_QUEUE_FAMILIES, ...SOCKET_FAMILIES].map(
    ({ name }) => name,
  ),
]);

for (const file of ['prometheus/sennit.rules.yml', 'prometheus/sennit.rules.test.yml', 'grafana/sennit.json']) {
  test(`etc/${file} names no metric that there is not`, () => {
    const text = readFileSync(new URL(`../../../etc/${file}`, import.meta.url), 'utf8');
    const named = new Set(text.match(/\bsennit_[a-z_]+/g));
    assert.ok(named.size > 5);
    assert.deepEqual(
      [...named].filter((name) => !known.has(name)),
      [],
    );
  });
}

test('the documents name no metric that there is not', () => {
  const folder = new URL('../../../docs/', import.meta.url);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.md'))) {
    const text = readFileSync(new URL(file, folder), 'utf8');
    for (const [name] of text.matchAll(/\bsennit_[a-z]\w+/g)) assert.ok(known.has(name), `${file}: ${name}`);
  }
});

test('docs/counters.md has every counter of `show counters`, every metric and every reason', () => {
  const text = readFileSync(new URL('../../../docs/counters.md', import.meta.url), 'utf8');
  const said = new Set([...text.matchAll(/`([A-Za-z_]+)[^`]*`/g)].map(([, name]) => name));
  const drops = DROPS.flatMap(({ of, family = [] }) => [Object.keys(of), Object.values(of), family].flat());
  const names = [...LANE_COUNTERS, ...known, ...drops];
  assert.deepEqual(
    names.filter((name) => !said.has(name)),
    [],
    'each needs a row in docs/counters.md',
  );
});

test('the dashboard is one that Grafana can import', () => {
  const text = readFileSync(new URL('../../../etc/grafana/sennit.json', import.meta.url), 'utf8');
  const { panels } = JSON.parse(text) as { panels: { id: number; title: string; gridPos: { x: number; w: number } }[] };
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const { title, gridPos } of panels) assert.ok(gridPos.x + gridPos.w <= 24, title);
});
