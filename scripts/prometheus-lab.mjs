/** `npm run prometheus-lab`: four hosts, a Prometheus, and a link that is cut. What it does: lab/prometheus.ts. */
import { lab } from './compiled.mjs';

await lab('prometheus', { apt: ['iproute2', 'nftables', 'util-linux', 'prometheus'], what: 'the lab' });
