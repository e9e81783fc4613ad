/**
 * `npm run pmtu`: three links whose paths take packets of 1500, 1400 and 9000 bytes, one of which shrinks to 1300 under
 * traffic, once as the devices show it and once silently. What was found, how long that took, what was lost.
 * `path-mtu-run.ts` is what happens.
 */
import { parseArgs } from 'node:util';
import { type Column, table } from '../src/cli/show/table.js';
import type { Policy } from '../src/config/model.js';
import { chosen } from './chosen.js';
import { POLICIES } from './demo-options.js';
import { Lab } from './namespaces.js';
import { type FoundRow, type PathMtuResult, runPathMtu, type ShrinkRow } from './path-mtu-run.js';
import { runProgram } from './program.js';
import { whole } from './whole-number.js';

const USAGE = `usage: npm run -s pmtu -- [options]

Three links with paths of 1500, 1400 and 9000 bytes: what is found, and what is lost when one shrinks to 1300.

  --policies A,B  only these of ${POLICIES.join(', ')} (all)
  --rate N        frames a second from each host to the other, 100 to 20000 (10000)
  --json          one JSON object on standard output
`;

/** `mtu auto` follows after 5 s; a row that took longer, with what goes before it, says nothing of that. */
const TAP_STAYS_MS = 4000;

const both = (values: (number | null)[]): string => values.map((value) => value ?? '-').join(' ');

const LINKS: readonly Column<FoundRow>[] = [
  { title: 'link', cell: (row) => row.link, align: 'right' },
  { title: 'device', cell: (row) => row.device, align: 'right' },
  { title: 'path', cell: (row) => row.path, align: 'right' },
  { title: 'found', cell: (row) => both(row.found), align: 'right' },
  { title: 'ms', cell: (row) => both(row.tookMs), align: 'right' },
];

const SHRUNK: readonly Column<ShrinkRow>[] = [
  { title: 'policy', cell: (row) => row.policy },
  { title: 'shrinks to 1300', cell: (row) => row.how },
  { title: 'found', cell: (row) => both(row.found), align: 'right' },
  { title: 'after ms', cell: (row) => row.foundMs, align: 'right' },
  { title: 'sent', cell: (row) => row.sent, align: 'right' },
  { title: 'lost', cell: (row) => row.lost, align: 'right' },
  { title: 'before the daemon', cell: (row) => row.excused, align: 'right' },
  { title: 'duplicated', cell: (row) => row.duplicated, align: 'right' },
  { title: 'gap ms', cell: (row) => row.gapMs, align: 'right' },
  { title: 'downs', cell: (row) => row.downs, align: 'right' },
];

/** What is not as it must be; empty: all is well. */
export function complaints({ links, shrunk, tapMtu, tapMtuAfter }: PathMtuResult): string[] {
  const wrong: string[] = [];
  for (const { link, path, found, tookMs } of links) {
    if (found.some((each) => each !== path)) wrong.push(`link ${link}: found ${both(found)}, not ${path}`);
    if (tookMs.includes(null)) wrong.push(`link ${link}: no log line tells how long its search took`);
  }
  for (const { policy, how, found, foundMs, tapMtu: during, lost, excused, duplicated, downs } of shrunk) {
    const where = `${policy}, ${how}`;
    if (foundMs < TAP_STAYS_MS && both(during) !== both(tapMtu))
      wrong.push(`${where}: TAP MTU ${both(during)} at once`);
    if (found.some((each) => each !== 1300)) wrong.push(`${where}: found ${both(found)}`);
    if (lost > excused) wrong.push(`${where}: lost ${lost}, ${excused} of them before the daemon read them`);
    if (duplicated > 0) wrong.push(`${where}: ${duplicated} duplicated`);
    if (downs > 0) wrong.push(`${where}: links went down ${downs} times`);
  }
  if (tapMtu.some((mtu) => mtu < 1300 || mtu >= 1400)) wrong.push(`TAP MTU ${both(tapMtu)} for a path of 1400`);
  if (tapMtuAfter.some((mtu) => mtu >= 1300)) wrong.push(`TAP MTU ${both(tapMtuAfter)} for a path of 1300`);
  return wrong;
}

/** Runs it; returns the exit code. */
export function main(args: string[]): Promise<number> {
  return runProgram(args, {
    name: 'pmtu',
    usage: USAGE,
    parse: parseOptions,
    async work({ json, ...what }) {
      const lab = new Lab();
      try {
        const times = { warmUpMs: 3000, beforeMs: 500, afterMs: 1500, patienceMs: 3500 };
        const result = await runPathMtu(lab, { ...what, ...times });
        const wrong = complaints(result);
        const verdict = wrong.length === 0 ? 'all is well' : wrong.join('\n');
        const ok = wrong.length === 0;
        process.stdout.write(`${json ? JSON.stringify({ ...result, ok }) : `${render(result)}\n\n${verdict}`}\n`);
        return ok;
      } finally {
        lab.close();
      }
    },
  });
}

function render({ links, tapMtu, shrunk, tapMtuAfter }: PathMtuResult): string {
  const interfaces = `MTU of the interfaces: ${both(tapMtu)}; with a link that stays at 1300: ${both(tapMtuAfter)}`;
  return [table(LINKS, links), '', table(SHRUNK, shrunk), '', interfaces].join('\n');
}

/** Null: help is asked for. @throws Error with a message for the user when an option is not understood */
function parseOptions(args: string[]): { policies: Policy[]; rate: number; json: boolean } | null {
  const { values } = parseArgs({
    args,
    options: {
      policies: { type: 'string' },
      rate: { type: 'string', default: '10000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const policies = chosen('policy', values.policies, POLICIES);
  return { policies, rate: whole('rate', values.rate, 100, 20_000), json: values.json };
}
