/**
 * The programs without a node_modules tree: one folder with what runs on a host. Used by the package for Debian.
 *
 *     package.json                        version, and that these are modules
 *     dist/bin/*.js                       the programs, their dependencies within
 *     dist/bin/status-page.html           what the metrics listener shows a browser
 *     build/koffi/linux_ARCH/koffi.node   the one native part, as its makers built it
 */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Entry points by the name that they get. The lane's is looked for beside the others under its own. */
const PROGRAMS = {
  sennitd: 'dist/src/daemon/start.js',
  'lane-worker': 'dist/src/daemon/lane-worker.js',
  sennit: 'dist/src/cli/shell/main.js',
};

/** Packages in CommonJS ask for Node's own modules by `require`. */
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

/**
 * Puts it all into `folder`.
 * @param {string} root the repository, compiled
 * @param {string} folder where to; must not exist
 * @param {{ arch: 'x64' | 'arm64', native: string, version: string }} target where its koffi.node lies, what it calls itself
 * @returns {Promise<string[]>} names of the packages that are in it
 */
export async function bundle(root, folder, { arch, native, version }) {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: PROGRAMS,
    outdir: join(folder, 'dist', 'bin'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // This one looks for its native part beside the program instead of in node_modules.
    alias: { koffi: 'koffi/indirect' },
    banner: { js: REQUIRE },
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  });
  const { name, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ name, version, license, type: 'module' })}\n`);
  const library = join(folder, 'build', 'koffi', `linux_${arch}`, 'koffi.node');
  mkdirSync(dirname(library), { recursive: true });
  copyFileSync(native, library);
  // It is executable in the packages for some architectures.
  chmodSync(library, 0o644);
  copyFileSync(join(root, 'dist/src/status/status-page.html'), join(folder, 'dist', 'bin', 'status-page.html'));
  for (const file of readdirSync(join(folder, 'dist', 'bin'))) {
    const path = join(folder, 'dist', 'bin', file);
    const isProgram = file === 'sennitd.js' || file === 'sennit.js';
    // Debian's programs name their interpreter by its place.
    if (isProgram) writeFileSync(path, readFileSync(path, 'utf8').replace(/^#!.*\n/, '#!/usr/bin/node\n'));
    chmodSync(path, isProgram ? 0o755 : 0o644);
  }
  const packages = Object.keys(metafile.inputs).map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  return [...new Set(packages.filter((found) => found !== undefined))].sort();
}
