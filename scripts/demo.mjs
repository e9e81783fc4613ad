/** `npm run demo`: the lab on a fresh clone. What it does and its options: lab/demo.ts. */
import { lab } from './compiled.mjs';

await lab('demo', { apt: ['iproute2', 'nftables', 'iputils-ping', 'util-linux'], what: 'the demo' });
