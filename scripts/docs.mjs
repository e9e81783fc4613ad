/** `npm run docs`: writes the reference manual and the manual page that are made from the grammar. See src/manual. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensure, ROOT } from './bootstrap.mjs';

ensure();
const program = join(ROOT, 'dist', 'src', 'manual', 'write.js');
process.exitCode = spawnSync(process.execPath, [program], { stdio: 'inherit' }).status ?? 1;
