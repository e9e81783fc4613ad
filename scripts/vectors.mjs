/** `npm run vectors -- DIR`: published test vectors through the functions that the daemon calls. See test/vectors/run.ts. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensure, ROOT } from './bootstrap.mjs';

ensure();
const program = join(ROOT, 'dist', 'test', 'vectors', 'run.js');
process.exitCode = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
