/** Programs of dist/, started when all that they need is there. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensure, ROOT } from './bootstrap.mjs';

const NAMESPACES = '(network namespaces, TAP devices)';

/**
 * Runs one of the lab's with the arguments of this process, in this process: it may be at a terminal. To tell its
 * options it needs neither root nor packages.
 * @param {string} name its name in lab/
 * @param {{ apt: string[], what: string }} wants Debian packages, and what it is that needs root
 */
export async function lab(name, { apt, what }) {
  const args = process.argv.slice(2);
  ensure(args.includes('--help') ? {} : { apt, root: `${what} ${NAMESPACES}` });
  const { main } = await import(new URL(`../dist/lab/${name}.js`, import.meta.url).href);
  process.exitCode = await main(args);
}

/**
 * Runs any other to its end, in a process of its own, with the arguments of this one.
 * @param {string} path below dist/
 * @param {{ apt: string[], what: string }} [wants] as above; left out: nothing but the build
 */
export function program(path, wants) {
  ensure(wants === undefined ? {} : { apt: wants.apt, root: `${wants.what} ${NAMESPACES}` });
  const command = [join(ROOT, 'dist', path), ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, command, { stdio: 'inherit' }).status ?? 1;
}
