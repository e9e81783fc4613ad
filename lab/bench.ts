/**
 * `npm run bench`: what the encrypted tunnel carries, beside the bare cable and the kernel's own VXLAN, in
 * one run and in turn (A B C, A B C …), so that the drift of a shared machine hits all alike. The
 * measuring program is iperf3; CPU time is what the kernel books on the daemons.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Column, table } from '../src/cli/show/table.js';
import { makeSystem, SYSTEMS, type System, type SystemName } from './bench-systems.js';
import { type Sample, tcp } from './bench-traffic.js';

const USAGE = `usage: npm run -s bench -- [options]

  --rounds N    measurements of each system, 1 to 50 (default 5)
  --seconds N   length of one measurement, 1 to 60 (default 4)
  --quick       2 rounds of 2 seconds
  --only A,B    these systems: ${SYSTEMS.join(', ')}
  --json        one JSON object on standard output
`;

interface Row {
  system: SystemName;
  case: string;
  unit: string;
  median: number;
  min: number;
  max: number;
  runs: number;
}

interface Options {
  rounds: number;
  seconds: number;
  systems: SystemName[];
  json: boolean;
}

/** Clock ticks a second in /proc/PID/stat (USER_HZ). */
const TICKS = 100;

export async function main(args: string[]): Promise<number> {
  let options: Options | null;
  try {
    options = parseOptions(args);
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  if (options === null) {
    process.stdout.write(USAGE);
    return 0;
  }
  const rows = await run(options);
  process.stdout.write(options.json ? `${JSON.stringify({ rows })}\n` : render(rows));
  return 0;
}

function parseOptions(args: string[]): Options | null {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: SYSTEMS.join(',') },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const names = values.only.split(',');
  const unknown = names.find((name) => !(SYSTEMS as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`there is no system '${unknown}'`);
  const rounds = values.quick ? 2 : whole('rounds', values.rounds, 50);
  const seconds = values.quick ? 2 : whole('seconds', values.seconds, 60);
  return { rounds, seconds, systems: names as SystemName[], json: values.json };
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most) throw new Error(`--${name} is a number from 1 to ${most}`);
  return value;
}

async function run({ rounds, seconds, systems }: Options): Promise<Row[]> {
  const made: System[] = [];
  const samples = new Map<SystemName, { rate: number[]; cpu: number[] }>();
  try {
    for (const name of systems) {
      made.push(await makeSystem(name));
      samples.set(name, { rate: [], cpu: [] });
    }
    for (let round = 1; round <= rounds; round++) {
      for (const [index, system] of made.entries()) {
        process.stderr.write(`bench: round ${round} of ${rounds}, ${system.name}\n`);
        const before = cpuSeconds(system);
        const sample: Sample = await tcp(system, seconds);
        const kept = samples.get(systems[index] as SystemName);
        kept?.rate.push(sample.mbits);
        if (system.daemons.length > 0) kept?.cpu.push((cpuSeconds(system) - before) / sample.gigabytes);
      }
    }
  } finally {
    for (const system of made) await system.stop();
  }
  return systems.flatMap((name) => {
    const { rate, cpu } = samples.get(name) ?? { rate: [], cpu: [] };
    const rows = [row(name, 'tcp', 'Mbit/s', rate)];
    if (cpu.length > 0) rows.push(row(name, 'cpu-s-per-gb', 's/GB', cpu));
    return rows;
  });
}

/** CPU seconds of the daemons so far, user and system. */
function cpuSeconds({ daemons }: System): number {
  let ticks = 0;
  for (const pid of daemons) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Fields 14 and 15 of proc(5), counted behind the name, which may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / TICKS;
}

function row(system: SystemName, name: string, unit: string, values: number[]): Row {
  const sorted = [...values].sort((a, b) => a - b);
  const round = (value: number | undefined): number => Number((value ?? 0).toPrecision(4));
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
  return {
    system,
    case: name,
    unit,
    median: round(median),
    min: round(sorted[0]),
    max: round(sorted.at(-1)),
    runs: sorted.length,
  };
}

function render(rows: Row[]): string {
  const vxlan = rows.find((each) => each.system === 'vxlan' && each.case === 'tcp')?.median;
  const ratio = (each: Row) => (each.case === 'tcp' && vxlan ? (each.median / vxlan).toFixed(2) : null);
  const columns: Column<Row>[] = [
    { title: 'System', cell: (each) => each.system },
    { title: 'Case', cell: (each) => each.case },
    { title: 'Median', cell: (each) => each.median, align: 'right' },
    { title: 'Min', cell: (each) => each.min, align: 'right' },
    { title: 'Max', cell: (each) => each.max, align: 'right' },
    { title: 'Unit', cell: (each) => each.unit },
    { title: 'x VXLAN', cell: ratio, align: 'right' },
  ];
  return `${table(columns, rows)}\n`;
}
