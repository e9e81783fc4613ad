/** `npm run bench`: the figures of the tunnel beside those of others. What it does and its options: lab/bench.ts. */
import { ensure } from './bootstrap.mjs';

const args = process.argv.slice(2);
const TOOLS = ['iproute2', 'iperf3', 'iputils-ping', 'ethtool', 'util-linux'];
const PEERS = ['openvpn', 'openssl', 'tinc', 'fastd'];

ensure(
  args.includes('--help')
    ? {}
    : {
        apt: [...TOOLS, ...(args.includes('--peers') ? PEERS : [])],
        root: 'the benchmark (network namespaces, TAP devices)',
      },
);
const { main } = await import(new URL('../dist/lab/bench.js', import.meta.url).href);
process.exitCode = await main(args);
