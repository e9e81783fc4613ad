/** Other programs of this project, as steps run them. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Failed } from './steps.mjs';

/**
 * Runs one of the scripts to its end.
 * @param {string} root the repository
 * @param {string} name its name in scripts/
 * @param {string[]} args
 * @returns {string} what it printed
 */
export function script(root, name, args = []) {
  const command = [join(root, 'scripts', name), ...args];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, command, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (status !== 0) throw new Failed(`${stdout}${stderr}${error?.message ?? ''}`);
  return stdout;
}
