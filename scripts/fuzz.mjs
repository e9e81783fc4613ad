/** `npm run fuzz`: mutated input for everything that reads what others wrote. See test/fuzz/run.ts. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensure, ROOT } from './bootstrap.mjs';

ensure();
const program = join(ROOT, 'dist', 'test', 'fuzz', 'run.js');
const { status, signal } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
if (signal !== null) {
  process.stderr.write(`sennit: the fuzzer died of ${signal}: that is a finding, in the target that was named last\n`);
}
process.exitCode = status ?? 1;
