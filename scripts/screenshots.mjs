/** `npm run screenshots`: docs/images/status-*.png from a real network, as root. See lab/screenshots.ts. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensure, ROOT } from './bootstrap.mjs';
import { options } from './options.mjs';

options('usage: npm run screenshots\n');
ensure({
  apt: ['iproute2', 'iputils-ping', 'util-linux', 'nftables', 'chromium-headless-shell', 'fonts-inter', 'pngquant'],
  root: 'a network to look at (network namespaces, TAP devices)',
});
const program = join(ROOT, 'dist', 'lab', 'screenshots.js');
process.exitCode = spawnSync(process.execPath, [program], { stdio: 'inherit' }).status ?? 1;
