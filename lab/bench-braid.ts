/**
 * `npm run bench -- --braid`: what one TCP stream gets of two links together, by policy: links of one rate and of
 * different rates, with one delay and with different ones. Rates are bounded by tbf, delays are the relay's.
 */
import { parseArgs } from 'node:util';
import { type Column, table } from '../src/cli/show/table.js';
import type { Policy } from '../src/config/model.js';
import { median } from './bench-rows.js';
import { BraidStage, type Sample, type Wires } from './braid-stage.js';
import { chosen } from './chosen.js';
import { POLICIES } from './demo-options.js';
import { runProgram } from './program.js';
import { whole } from './whole-number.js';

const USAGE = `usage: npm run -s bench -- --braid [options]

Measures one TCP stream over two links whose rates are bounded, under each policy.

  --rounds N    measurements of each, 1 to 50 (default 3)
  --seconds N   length of one measurement, 1 to 60 (default 6)
  --only A,B    these cases: NAMES
  --policy A,B  these policies: passive, active, round-robin (default passive,round-robin)
  --tcp A,B     these congestion controls of the stream, such as cubic,bbr (default cubic, that of most Linux)
  --quick       1 round of 4 seconds
  --json        one JSON object on standard output
`;

interface Case extends Wires {
  name: string;
  /** What the project wants of round-robin, Mbit/s. */
  wanted: number;
}

const CASES: Case[] = [
  { name: 'equal', rates: [100, 100], delays: [0, 0], local: false, wanted: 180 },
  { name: 'equal-local', rates: [100, 100], delays: [0, 0], local: true, wanted: 180 },
  { name: 'delays', rates: [100, 100], delays: [2, 20], local: false, wanted: 150 },
  { name: 'rates', rates: [50, 200], delays: [0, 0], local: false, wanted: 200 },
  { name: 'rates-local', rates: [50, 200], delays: [0, 0], local: true, wanted: 200 },
];
const CASE_NAMES = CASES.map(({ name }) => name);

interface BraidOptions {
  rounds: number;
  seconds: number;
  cases: Case[];
  policies: Policy[];
  congestions: string[];
  json: boolean;
}

interface Row {
  case: string;
  links: string;
  policy: Policy;
  tcp: string;
  mbits: number;
  min: number;
  max: number;
  /** What is wanted; null: nothing is. */
  wanted: number | null;
  /** Most that the headers leave of what the links carry under this policy. */
  ceiling: number;
  retransmits: number;
  reordered: number;
  runs: number;
}

export function main(args: string[]): Promise<number> {
  const usage = USAGE.replace('NAMES', CASE_NAMES.join(', '));
  return runProgram(args, {
    name: 'bench',
    usage,
    parse: parseOptions,
    async work(options) {
      const rows = await measure(options);
      process.stdout.write(options.json ? `${JSON.stringify({ rows })}\n` : `${table(COLUMNS, rows)}\n`);
      return true;
    },
  });
}

function parseOptions(args: string[]): BraidOptions | null {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      policy: { type: 'string', default: 'passive,round-robin' },
      quick: { type: 'boolean', default: false },
      tcp: { type: 'string', default: 'cubic' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const names = chosen('case', values.only, CASE_NAMES);
  return {
    rounds: whole('rounds', values.rounds ?? (values.quick ? '1' : '3'), 1, 50),
    seconds: whole('seconds', values.seconds ?? (values.quick ? '4' : '6'), 1, 60),
    cases: CASES.filter(({ name }) => names.includes(name)),
    policies: chosen('policy', values.policy, POLICIES),
    congestions: values.tcp.split(','),
    json: values.json,
  };
}

async function measure({ cases, policies, congestions, rounds, seconds }: BraidOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const each of cases) {
    for (const policy of policies) {
      const stage = await BraidStage.open(each, policy);
      try {
        await stage.measure(1); // Node compiles what runs often
        for (const tcp of congestions) {
          const samples: Sample[] = [];
          for (let round = 0; round < rounds; round++) samples.push(await stage.measure(seconds, tcp));
          rows.push(rowOf(each, policy, tcp, stage.ceiling(used(each.rates, policy)), samples));
        }
      } finally {
        stage.close();
      }
    }
  }
  return rows;
}

/** The rates that add up under a policy: with active every link carries all, and the fastest brings it first. */
function used(rates: number[], policy: Policy): number[] {
  if (policy === 'passive') return rates.slice(0, 1);
  return policy === 'active' ? [Math.max(...rates)] : rates;
}

function rowOf(each: Case, policy: Policy, tcp: string, ceiling: number, samples: Sample[]): Row {
  const mbits = samples.map((sample) => sample.mbits);
  return {
    case: each.name,
    links: each.rates.map((rate, link) => `${rate} Mbit/s ${each.delays[link]} ms`).join(' + '),
    policy,
    tcp,
    mbits: round(median(mbits)),
    min: round(Math.min(...mbits)),
    max: round(Math.max(...mbits)),
    wanted: policy === 'round-robin' ? each.wanted : null,
    ceiling: round(ceiling),
    retransmits: median(samples.map((sample) => sample.retransmits)),
    reordered: median(samples.map((sample) => sample.reordered)),
    runs: samples.length,
  };
}

function round(mbits: number): number {
  return Number(mbits.toFixed(1));
}

const COLUMNS: Column<Row>[] = [
  { title: 'Case', cell: (row) => row.case },
  { title: 'Links', cell: (row) => row.links },
  { title: 'Policy', cell: (row) => row.policy },
  { title: 'TCP', cell: (row) => row.tcp },
  { title: 'Mbit/s', cell: (row) => row.mbits, align: 'right' },
  { title: 'Min', cell: (row) => row.min, align: 'right' },
  { title: 'Max', cell: (row) => row.max, align: 'right' },
  { title: 'Wanted', cell: (row) => row.wanted, align: 'right' },
  { title: 'Ceiling', cell: (row) => row.ceiling, align: 'right' },
  { title: 'Retransmits', cell: (row) => row.retransmits, align: 'right' },
  { title: 'Reordered', cell: (row) => row.reordered, align: 'right' },
  { title: 'Runs', cell: (row) => row.runs, align: 'right' },
];
