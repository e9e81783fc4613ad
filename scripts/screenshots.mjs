/** `npm run screenshots`: docs/images/status-*.png from a real network, as root. See lab/screenshots.ts. */
import { program } from './compiled.mjs';
import { options } from './options.mjs';

options('usage: npm run screenshots\n');
program('lab/screenshots.js', {
  apt: ['iproute2', 'iputils-ping', 'util-linux', 'nftables', 'chromium-headless-shell', 'fonts-inter', 'pngquant'],
  what: 'a network to look at',
});
