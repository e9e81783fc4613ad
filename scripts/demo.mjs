/** `npm run demo`: the lab on a fresh clone. What it does and its options: lab/demo.ts. */
import { ensure } from './bootstrap.mjs';

const help = process.argv.includes('--help');
ensure(
  help
    ? {}
    : {
        apt: ['iproute2', 'nftables', 'iputils-ping', 'util-linux'],
        root: 'the demo (network namespaces, TAP devices)',
      },
);
const { main } = await import(new URL('../dist/lab/demo.js', import.meta.url).href);
process.exitCode = await main(process.argv.slice(2));
