/** `npm run restart`: what a restart of a daemon costs under traffic: lab/restart.ts. */
import { lab } from './compiled.mjs';

await lab('restart', { apt: ['iproute2', 'iputils-ping', 'util-linux'], what: 'the restart lab' });
