/** The alert rules, by Prometheus' own tool where it is installed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../etc/prometheus/', import.meta.url));
const rules = readFileSync(`${FOLDER}sennit.rules.yml`, 'utf8');
const cases = readFileSync(`${FOLDER}sennit.rules.test.yml`, 'utf8');

for (const [title, args] of [
  ['are right', ['check', 'rules', 'sennit.rules.yml']],
  ['fire when they must', ['test', 'rules', 'sennit.rules.test.yml']],
  ['belong to a configuration that is right', ['check', 'config', 'scrape.yml']],
] as const) {
  test(`the alert rules ${title}`, (context) => {
    const { error, status, stdout, stderr } = spawnSync('promtool', args, { cwd: FOLDER, encoding: 'utf8' });
    if (error !== undefined) return context.skip('no promtool here');
    assert.equal(status, 0, `${stdout}${stderr}`);
  });
}

test('each alert rule has a test in which it fires, and one in which it does not', () => {
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name as string);
  assert.ok(alerts.length >= 9);
  for (const name of alerts) {
    const tests = cases.split('eval_time:').filter((each) => each.includes(`alertname: ${name}`));
    assert.ok(
      tests.some((each) => each.includes('exp_labels')),
      `${name} fires in no test`,
    );
    assert.ok(
      tests.some((each) => each.includes('exp_alerts: []')),
      `${name} is silent in no test`,
    );
  }
});
