/**
 * `npm run bench`: what the encrypted tunnel carries, beside the bare cable, the kernel's own VXLAN and, with
 * `--peers`, other tunnels, in one run and in turn. The measuring programs are iperf3, ping, and for UDP a
 * sender and receiver of our own (`bench-udp-program.ts`); CPU time and memory are what the kernel books.
 */
import { readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { parseOptions, USAGE } from './bench-options.js';
import { render } from './bench-rows.js';
import { run } from './bench-run.js';
import { runProgram } from './program.js';

export async function main(args: string[]): Promise<number> {
  if (args.includes('--scale')) {
    const scale = await import('./bench-scale.js');
    return scale.main(args.filter((arg) => arg !== '--scale'));
  }
  if (args.includes('--flood')) {
    const flood = await import('./bench-flood.js');
    return flood.main(args.filter((arg) => arg !== '--flood'));
  }
  if (args.includes('--braid')) {
    const braid = await import('./bench-braid.js');
    return braid.main(args.filter((arg) => arg !== '--braid'));
  }
  return runProgram(args, {
    name: 'bench',
    usage: USAGE,
    parse: parseOptions,
    async work(options) {
      const before = processorTime();
      const rows = await run(options);
      const about = machine(before);
      if (options.json) process.stdout.write(`${JSON.stringify({ machine: about, rows })}\n`);
      else process.stdout.write(`${inWords(about)}\n\n${render(rows)}`);
      return true;
    },
  });
}

/** What the figures depend on. */
interface Machine {
  cpu: string;
  cores: number;
  kernel: string;
  node: string;
  /** What the hypervisor gave to others of the processors' time during the run. */
  stolenPercent: number;
}

function machine(before: ProcessorTime): Machine {
  const processors = cpus();
  const now = processorTime();
  const stolen = (100 * (now.stolen - before.stolen)) / (now.all - before.all);
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    kernel: release(),
    node: process.version,
    stolenPercent: Number(stolen.toFixed(1)),
  };
}

function inWords({ cpu, cores, kernel, node, stolenPercent }: Machine): string {
  return `${cpu}, ${cores} cores (${stolenPercent} % of their time stolen), Linux ${kernel}, Node ${node}`;
}

interface ProcessorTime {
  stolen: number;
  all: number;
}

/** Of all processors so far, in clock ticks: the first line of /proc/stat, whose eighth number is `steal` (proc(5)). */
function processorTime(): ProcessorTime {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n');
  const ticks = line.split(/ +/).slice(1, 9).map(Number);
  return { stolen: ticks[7] ?? 0, all: ticks.reduce((sum, each) => sum + each, 0) };
}
