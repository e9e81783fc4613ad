/** Other programs, as they are asked for what they print. */
import { spawnSync } from 'node:child_process';
import { Failed } from './steps.mjs';

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [where]
 * @returns {string} what it printed
 * @throws Failed with what it had to complain of
 */
export function output(command, args, where = {}) {
  const options = { ...where, encoding: 'utf8', maxBuffer: 16 << 20 };
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (status !== 0) throw new Failed(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}`);
  return stdout;
}
