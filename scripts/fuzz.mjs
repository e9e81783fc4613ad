/** `npm run fuzz`: mutated input for everything that reads what others wrote. See test/fuzz/run.ts. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensure, ROOT } from './bootstrap.mjs';

ensure();
const program = join(ROOT, 'dist', 'test', 'fuzz', 'run.js');
process.exitCode = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
