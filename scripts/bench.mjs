/** `npm run bench`: throughput beside the bare cable and VXLAN. What it does and its options: lab/bench.ts. */
import { ensure } from './bootstrap.mjs';

const help = process.argv.includes('--help');
ensure(
  help ? {} : { apt: ['iproute2', 'iperf3', 'util-linux'], root: 'the benchmark (network namespaces, TAP devices)' },
);
const { main } = await import(new URL('../dist/lab/bench.js', import.meta.url).href);
process.exitCode = await main(process.argv.slice(2));
