/** `npm run pmtu`: links whose paths take packets of different sizes, and one that shrinks: lab/path-mtu.ts. */
import { lab } from './compiled.mjs';

await lab('path-mtu', { apt: ['iproute2', 'nftables', 'util-linux'], what: 'the path MTU lab' });
