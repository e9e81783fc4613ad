/** `npm run bench`: the figures of the tunnel beside those of others. What it does and its options: lab/bench.ts. */
import { lab } from './compiled.mjs';

const TOOLS = ['iproute2', 'iperf3', 'iputils-ping', 'ethtool', 'util-linux'];
const PEERS = ['openvpn', 'openssl', 'tinc', 'fastd'];

await lab('bench', {
  apt: [...TOOLS, ...(process.argv.includes('--peers') ? PEERS : [])],
  what: 'the benchmark',
});
