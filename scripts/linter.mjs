/** Runs the linter, which also checks the formatting. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './bootstrap.mjs';

/**
 * Needs the npm packages, but no build. Quiet when all is well.
 * @param {{ write?: boolean }} options write: format, and mend what can be mended
 * @returns {boolean} whether nothing is left to complain about; the complaints go to stderr
 */
export function lint({ write = false } = {}) {
  const biome = join(ROOT, 'node_modules', '.bin', 'biome');
  const args = ['check', '--error-on-warnings', ...(write ? ['--write'] : []), '.'];
  const result = spawnSync(biome, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (result.status === 0) return true;
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`);
  return false;
}
