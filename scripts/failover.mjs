/** `npm run failover`: links cut in the midst of traffic, and what was lost. What it does and its options: lab/failover.ts. */
import { lab } from './compiled.mjs';

await lab('failover', { apt: ['iproute2', 'nftables', 'util-linux'], what: 'the failover matrix' });
