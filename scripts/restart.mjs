/** `npm run restart`: what a restart of a daemon costs under traffic: lab/restart.ts. */
import { ensure } from './bootstrap.mjs';

const args = process.argv.slice(2);
ensure(
  args.includes('--help')
    ? {}
    : {
        apt: ['iproute2', 'iputils-ping', 'util-linux'],
        root: 'the restart lab (network namespaces, TAP devices)',
      },
);
const { main } = await import(new URL('../dist/lab/restart.js', import.meta.url).href);
process.exitCode = await main(args);
