/** `npm run screens`: docs/screens.md from a real network, as root. See lab/screens.ts. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensure, ROOT } from './bootstrap.mjs';

ensure({
  apt: ['iproute2', 'iputils-ping', 'util-linux', 'tmux', 'nftables'],
  root: 'a network to look at (network namespaces, TAP devices)',
});
const program = join(ROOT, 'dist', 'lab', 'screens.js');
process.exitCode = spawnSync(process.execPath, [program], { stdio: 'inherit' }).status ?? 1;
