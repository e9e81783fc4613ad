/** Debian's own judge of packages. */
import { spawnSync } from 'node:child_process';

/** All that it has to say down to the pedantic, and what was overridden. */
const OPTIONS = ['--display-info', '--pedantic', '--show-overrides'];

/**
 * What is as it is for a reason has an override that tells the reason: packaging/debian/lintian-overrides.
 * @param {string} deb path
 * @returns {{ clean: boolean, text: string }} what it printed
 */
export function lintian(deb) {
  const { status, stdout, stderr, error } = spawnSync('lintian', [...OPTIONS, deb], { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`lintian failed: ${error.message}`);
  // That it should not run as root is no word on the package.
  const text = `${stdout}${stderr}`.replace(/^running with root privileges.*\n?/m, '');
  // Overridden tags begin with O, notes on them with N.
  return { clean: status !== 1 && !/^[EWIPX]: /m.test(text), text };
}
