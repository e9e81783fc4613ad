/** `npm run failover`: links cut in the midst of traffic, and what was lost. What it does and its options: lab/failover.ts. */
import { ensure } from './bootstrap.mjs';

const args = process.argv.slice(2);
ensure(
  args.includes('--help')
    ? {}
    : {
        apt: ['iproute2', 'nftables', 'util-linux'],
        root: 'the failover matrix (network namespaces, TAP devices)',
      },
);
const { main } = await import(new URL('../dist/lab/failover.js', import.meta.url).href);
process.exitCode = await main(args);
