/** `npm run prometheus-lab`: four hosts, a Prometheus, and a link that is cut. What it does: lab/prometheus.ts. */
import { ensure } from './bootstrap.mjs';

const args = process.argv.slice(2);
ensure(
  args.includes('--help')
    ? {}
    : {
        apt: ['iproute2', 'nftables', 'util-linux', 'prometheus'],
        root: 'the lab (network namespaces, TAP devices)',
      },
);
const { main } = await import(new URL('../dist/lab/prometheus.js', import.meta.url).href);
process.exitCode = await main(args);
