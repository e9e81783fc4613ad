/**
 * `npm run demo`: real daemons in network namespaces, joined by several links; traffic between every pair; for every
 * policy a link is cut in four ways, and a table tells what was lost. On a terminal the network then stays, with
 * the user at host 1's prompt. lab/experiment.ts is what happens in one row.
 */
import type { Policy } from '../src/config/model.js';
import { Cuts } from './cuts.js';
import { SENNIT } from './daemon.js';
import { type DemoOptions, parseOptions, USAGE } from './demo-options.js';
import { renderTable } from './demo-table.js';
import { type Bench, CUTS, complaint, measure, type Row } from './experiment.js';
import { Lab } from './namespaces.js';
import { Network, tunnelAddress } from './network.js';
import { Probe } from './probe.js';
import { runProgram } from './program.js';
import { makeMesh } from './topology.js';

/** Runs the demo; returns the exit code. */
export function main(args: string[]): Promise<number> {
  return runProgram(args, {
    name: 'demo',
    usage: USAGE,
    parse: parseOptions,
    async work(options) {
      const lab = new Lab();
      try {
        return await runDemo(lab, options);
      } finally {
        lab.close();
      }
    },
  });
}

/** @returns whether every row is as it must be */
async function runDemo(lab: Lab, options: DemoOptions): Promise<boolean> {
  const { hosts, links, rate } = options;
  say(`${hosts} hosts, ${links} links each; ${rate} datagrams/s and a ping flood between every two of them`);
  const mesh = makeMesh(lab, { hosts, links });
  const network = new Network(lab, mesh, { policy: options.policies[0] as Policy });
  await network.start();
  say(`look from beside: ip netns exec ${network.host(1).namespace} ping ${tunnelAddress(2)}`);
  say(`              or: node ${SENNIT} --socket ${network.daemon(1).socket}`);
  const ends = mesh.hosts.map((host) => ({ ...host, address: tunnelAddress(host.id) }));
  const probe = await Probe.start(lab, ends, { rate });
  const rows = await runRows({ lab, network, probe, cuts: new Cuts(lab, mesh) }, options);
  const complaints = rows.map(complaint).filter((text) => text !== null);
  const ok = complaints.length === 0;
  if (options.json) process.stdout.write(`${JSON.stringify({ hosts, links, rate, ok, rows })}\n`);
  else process.stdout.write(`\n${renderTable(rows)}\n\n`);
  for (const text of complaints) say(`NOT AS IT MUST BE: ${text}`);
  if (ok && !options.json) say('as it must be: nothing lost, nothing twice');
  if (options.shell && process.stdin.isTTY && process.stdout.isTTY) await prompt(lab, network);
  return ok;
}

async function runRows(bench: Bench, { links, policies }: DemoOptions): Promise<Row[]> {
  const cuts = links > 1 ? CUTS : (['none'] as const);
  if (links === 1) say('with one link there is nothing to change over to, so nothing is cut');
  const rows: Row[] = [];
  for (const policy of policies) {
    await bench.network.setPolicy(policy);
    for (const cut of cuts) {
      const row = await measure(bench, policy, cut);
      rows.push(row);
      say(`${policy}, ${cut}: ${row.sent} sent, ${row.lost} lost, ${row.duplicated} duplicated, gap ${row.gapMs} ms`);
    }
  }
  return rows;
}

async function prompt(lab: Lab, network: Network): Promise<void> {
  say('the network runs on; this is the prompt of host 1 ("?" helps, "exit" ends everything)');
  await lab.foreground([process.execPath, SENNIT, '--socket', network.daemon(1).socket]);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
