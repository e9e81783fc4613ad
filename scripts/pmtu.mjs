/** `npm run pmtu`: links whose paths take packets of different sizes, and one that shrinks: lab/path-mtu.ts. */
import { ensure } from './bootstrap.mjs';

const args = process.argv.slice(2);
ensure(
  args.includes('--help')
    ? {}
    : {
        apt: ['iproute2', 'nftables', 'util-linux'],
        root: 'the path MTU lab (network namespaces, TAP devices)',
      },
);
const { main } = await import(new URL('../dist/lab/path-mtu.js', import.meta.url).href);
process.exitCode = await main(args);
