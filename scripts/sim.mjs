/** `npm run sim`: random networks in simulated time, and what must hold in all of them. See test/sim/trials/run.ts. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensure, ROOT } from './bootstrap.mjs';

ensure();
const program = join(ROOT, 'dist', 'test', 'sim', 'trials', 'run.js');
process.exitCode = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
