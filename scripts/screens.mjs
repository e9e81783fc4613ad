/** `npm run screens`: docs/screens.md from a real network, as root. See lab/screens.ts. */
import { program } from './compiled.mjs';
import { options } from './options.mjs';

options('usage: npm run screens\n');
program('lab/screens.js', {
  apt: ['iproute2', 'iputils-ping', 'util-linux', 'tmux', 'nftables'],
  what: 'a network to look at',
});
