/**
 * `npm run prometheus-lab`: four hosts with two links each, scraped by a real Prometheus with the files of
 * etc/prometheus. A link of host 1 is cut silently and repaired; what Prometheus made of it, and when.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Column, table } from '../src/cli/show/table.js';
import { Cuts } from './cuts.js';
import { Lab } from './namespaces.js';
import { Network } from './network.js';
import { runProgram } from './program.js';
import { type AlertRow, CUT, cutAndRepair } from './prometheus-cut.js';
import { makeManagement, metricsEndpoint, Prometheus, prometheusVersion, promtool } from './prometheus-server.js';
import { makeMesh } from './topology.js';

const HOSTS = 4;
const DASHBOARD = new URL('../../etc/grafana/sennit.json', import.meta.url);

const USAGE = `usage: npm run -s prometheus-lab -- [options]

Four hosts in network namespaces, a Prometheus that scrapes them with etc/prometheus, a link that is cut and repaired.

  --json   one JSON object on standard output
`;

const ALERTS: readonly Column<AlertRow>[] = [
  { title: 'alert', cell: (row) => row.alert },
  { title: 'series', cell: (row) => row.series, align: 'right' },
  { title: 'pending after s', cell: (row) => seconds(row.pending), align: 'right' },
  { title: 'firing after s', cell: (row) => seconds(row.firing), align: 'right' },
  { title: 'resolved after s', cell: (row) => seconds(row.resolved), align: 'right' },
];

/** Runs it; returns the exit code. */
export function main(args: string[]): Promise<number> {
  return runProgram(args, {
    name: 'prometheus-lab',
    usage: USAGE,
    parse(given) {
      const { values } = parseArgs({ args: given, options: { json: { type: 'boolean' }, help: { type: 'boolean' } } });
      return values.help ? null : { json: values.json ?? false };
    },
    async work({ json }) {
      const lab = new Lab();
      try {
        const result = await run(lab, json ? () => {} : (line) => process.stdout.write(`${line}\n`));
        if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
        return true;
      } finally {
        lab.close();
      }
    },
  });
}

/** @throws Error with what is not as it must be */
async function run(lab: Lab, tell: (line: string) => void): Promise<object> {
  const mesh = makeMesh(lab, { hosts: HOSTS, links: 2 });
  const network = new Network(lab, mesh);
  const centre = makeManagement(lab, mesh.hosts);
  await network.start();
  for (const host of mesh.hosts)
    await network.daemon(host.id).must('configure terminal', `metrics listen ${metricsEndpoint(host)}`);

  const prometheus = new Prometheus(lab, centre, mesh.hosts);
  for (const command of [
    ['check', 'config', prometheus.config],
    ['check', 'rules', 'sennit.rules.yml'],
    ['test', 'rules', 'sennit.rules.test.yml'],
  ]) {
    tell(`promtool ${command.slice(0, 2).join(' ')}: ${lastLine(promtool(command))}`);
  }
  await prometheus.ready(HOSTS);
  tell(`Prometheus ${prometheusVersion()} scrapes ${(await prometheus.targets()).length} hosts`);
  for (const host of mesh.hosts) {
    const { status, text } = await prometheus.page(`http://${metricsEndpoint(host)}/metrics`);
    if (status !== 200) throw new Error(`${host.name} answers a scrape with ${status}: ${text}`);
    const said = promtool(['check', 'metrics'], text);
    if (said !== '') throw new Error(`promtool check metrics, ${host.name}:\n${said}`);
    tell(`promtool check metrics, ${host.name}: nothing to say of ${samples(text)} samples`);
  }
  await prometheus.waitFor(
    'a second scrape',
    async () => (await prometheus.query('up{job="sennit"} offset 5s')).length === HOSTS,
  );
  const slowest = Math.max(
    ...(await prometheus.query('scrape_duration_seconds{job="sennit"}')).map(({ value }) => value),
  );
  tell(`longest scrape: ${Math.round(1000 * slowest)} ms`);
  const panels = await dashboard(prometheus);
  tell(`expressions of the dashboard: ${panels.asked}, with samples ${panels.answered}`);
  await prometheus.waitFor('all alerts to be silent', async () => (await prometheus.alerts()).length === 0);

  const alerts = await cutAndRepair(prometheus, new Cuts(lab, mesh), network);
  tell(`link ${CUT.link} of host ${CUT.host} cut silently both ways, and repaired:`);
  tell(table(ALERTS, alerts));
  await network.stop();
  return { prometheus: prometheusVersion(), hosts: HOSTS, slowestScrapeSeconds: slowest, dashboard: panels, alerts };
}

/** Asks Prometheus for every expression of the dashboard. @throws Error for one that it does not understand */
async function dashboard(prometheus: Prometheus): Promise<{ asked: number; answered: number }> {
  const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { panels: { targets?: { expr: string }[] }[] };
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  let answered = 0;
  for (const expression of expressions) {
    const filled = expression.replaceAll(/\$(instance|peer)\b/g, '.*').replaceAll('$__rate_interval', '30s');
    // Counters that have never moved need two scrapes within the window.
    for (let tries = 0; tries < 10; tries++) {
      if ((await prometheus.query(filled)).length > 0) {
        answered++;
        break;
      }
      if (filled.endsWith('> 0')) break;
      await sleep(1000);
    }
  }
  return { asked: expressions.length, answered };
}

function seconds(value: number | null): string {
  return value?.toFixed(1) ?? '-';
}

function samples(text: string): number {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
}

function lastLine(text: string): string {
  return text.split('\n').at(-1)?.trim() ?? '';
}
